/**
 * What people at MyServe work on: SIM cards, tickets, transfers, orders, and changes of a device's status. Numbers, cards and dealers that end in 0000 are
 * not known. Where the documents give status 201 to failures too, the simulator uses it for what it finds out after it has looked at the fields.
 */
import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../../base/json.ts';
import { type Answer, json } from '../answering.ts';
import { inWords, type Problem, problemsIn } from '../field-rules.ts';
import type { Tally } from '../tally.ts';
import { itemFields, leavingFields } from './fields.ts';
import type { Jobs } from './jobs.ts';
import { isUnknown, type Records } from './synchronize.ts';

const carriers = new Set(['bell', 'telus', 'rogers', 'sasktel', 'mts', 'verizon', 'at&t']);

/** `{"<field>": ["message"]}`. */
export const byField = (problems: readonly Problem[]): JsonObject => {
  const fields: Record<string, string[]> = {};
  for (const { path, problem } of problems)
    fields[path] = [...(fields[path] ?? []), problem === 'is missing' ? "can't be blank" : problem];
  return fields;
};

export const notFound = (text: string): Answer => ({ status: 404, type: 'text/plain', body: text });

export class Requests {
  /** By operation and id or uuid. */
  readonly made = new Map<string, JsonObject>();
  readonly orders = new Map<string, JsonObject>();
  readonly #effects: Tally;
  readonly #jobs: Jobs;
  readonly #records: Records;
  readonly #carrierActions: readonly string[] | null;
  #last = 0;

  constructor(effects: Tally, jobs: Jobs, records: Records, carrierActions: readonly string[] | null) {
    this.#effects = effects;
    this.#jobs = jobs;
    this.#records = records;
    this.#carrierActions = carrierActions;
  }

  clear(): void {
    this.made.clear();
    this.orders.clear();
    this.#last = 0;
  }

  changeStatus(request: JsonObject): Answer {
    const { number, new_status: status, new_status_details: details } = request;
    if (status === 'suspended' && details === undefined)
      return json(422, { new_status_details: ["can't be blank"] });
    const device = this.#records.of('Devices').get(String(number));
    // As in the documents' example: the complaint names a field that no request has.
    if (device === undefined) return json(201, { device: ["can't be blank"] });
    this.#records.set('Devices', String(number), { ...device, status: status ?? '' });
    this.#effects.add(`Devices/changeStatus ${number} ${status}`);
    return json(201, { id: this.#next() });
  }

  changeSim(request: JsonObject): Answer {
    if (isUnknown(request['new_sim'])) return json(201, { new_sim: ['is not known'] });
    const id = this.#next();
    this.#effects.add(`SimCardChanges/create ${request['number']} ${request['new_sim']}`);
    this.#follow(`SimCardChanges/get ${id}`, { status: 'initial' });
    return json(201, { id });
  }

  openTicket(request: JsonObject): Answer {
    const ticket = {
      ticket_type: 'helpdesk',
      additional_info: {},
      ...request,
      comment: null,
      status: 'pending',
    };
    const emails = request['notify_emails'];
    if (Array.isArray(emails) && emails.some((one) => !String(one).includes('@')))
      return json(201, { errors: { notify_emails: ['is invalid'] }, data: request });
    const id = this.#next();
    this.#effects.add(`Tickets/create ${request['subject']}`);
    this.made.set(`Tickets/get ${id}`, ticket);
    return json(201, { id, ...ticket });
  }

  listTickets(): JsonObject[] {
    return [...this.made].filter(([name]) => name.startsWith('Tickets/')).map(([, ticket]) => ticket);
  }

  transferIn(request: JsonObject): Answer {
    const kind = request['request_type'] ?? 'person-to-business';
    return this.#transfer('In', { rate_plan_name: 'Rate Plan', ...request, request_type: kind });
  }

  transferOut(request: JsonObject): Answer {
    const kind = String(
      request['request_type'] ??
        (request['new_business_name'] === undefined ? 'business-to-person' : 'business-to-business'),
    );
    const rules = leavingFields[kind];
    const problems = rules ? problemsIn(request, rules) : [{ path: 'request_type', problem: 'is not known' }];
    if (problems.length > 0) return json(422, { errors: byField(problems), data: request });
    const action = request['carrier_action'];
    if (
      this.#carrierActions !== null &&
      action !== undefined &&
      !this.#carrierActions.includes(String(action))
    )
      return json(201, { errors: { carrier_action: ['is not offered by this carrier'] }, data: request });
    return this.#transfer('Out', { ...request, request_type: kind });
  }

  read(operation: string, id: string): Answer {
    const made = this.made.get(`${operation} ${id}`);
    const spelled = operation.startsWith('Transfer') ? '404 Not Found' : '404, Not Found';
    return made === undefined ? notFound(spelled) : json(200, made);
  }

  order(request: JsonObject): Answer {
    const items = Array.isArray(request['order_items']) ? request['order_items'] : [];
    const problems = items.flatMap((item, index) =>
      isObject(item) ? itemProblems(item).map((problem) => `Item ${index + 1} ${problem}`) : [],
    );
    if (!carriers.has(String(request['carrier_name']).toLowerCase())) problems.push("Carrier can't be found");
    if (isUnknown(request['dealer_name'])) problems.push("Dealer can't be found");
    if (problems.length > 0) return json(422, { status: 'failed', errors: problems });
    const uuid = randomUUID();
    const { carrier_name, dealer_name, shipping, shipping_address, ...rest } = request;
    const order: JsonObject = {
      ...rest,
      uuid,
      state: 'Configuration',
      carrier_name: carrier_name ?? '',
      dealer: { name: dealer_name ?? '' },
      shipping_info: isObject(shipping) ? shipping : { address: shipping_address ?? '' },
    };
    this.orders.set(uuid, order);
    this.#effects.add(`Orders/create ${request['purchase_order_number'] ?? uuid}`);
    return json(201, { status: 'succeeded', data: order });
  }

  readOrder(uuid: string, withBell: boolean): Answer {
    const order = this.orders.get(uuid);
    if (order === undefined) return json(404, { status: 'failed', error: 'Order not found' });
    return json(200, {
      status: 'succeeded',
      data: withBell ? { ...order, bell_info: { orders: [] } } : order,
    });
  }

  #transfer(way: 'In' | 'Out', { sandbox, ...request }: JsonObject): Answer {
    const data: JsonObject = {
      ...request,
      ...(request['send_to_carrier'] === undefined
        ? {}
        : { send_to_carrier: String(request['send_to_carrier']) === 'true' }),
      status: request['status'] === 'preapproved' ? 'approved' : 'pending',
    };
    if (isUnknown(request['phone_number']))
      return json(201, { errors: { phone_number: ["can't be blank"] }, data });
    const transfer = { ...data, uuid: randomUUID() };
    if (sandbox === true) return json(201, transfer);
    const { meta, phone_number: number } = request;
    const name = isObject(meta) && meta['internal_id'] !== undefined ? meta['internal_id'] : number;
    this.#effects.add(`TransferOfResponsibility/create${way} ${name}`);
    this.#follow(`TransferOfResponsibility/get${way} ${transfer.uuid}`, transfer);
    return json(201, transfer);
  }

  /** Requests are done after a while, like jobs. */
  #follow(name: string, request: JsonObject): void {
    this.made.set(name, request);
    this.#jobs.later(() => this.made.set(name, { ...request, status: 'completed' }));
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }
}

function itemProblems(item: JsonObject): string[] {
  const rules = itemFields[String(item['request_type'])];
  if (rules === undefined) return ["request_type can't be blank"];
  const problems = inWords(problemsIn(item, rules));
  const { reason, custom_reason: why, port_request: port, number } = item;
  if (reason !== undefined && reason !== 'eligible_for_upgrade' && why === undefined)
    problems.push("custom_reason can't be blank");
  if (port !== undefined && number === undefined) problems.push("number can't be blank");
  return problems;
}
