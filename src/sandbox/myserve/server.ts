/** A MyServe to rehearse and test with: its token, its batches and jobs, its pages of 100, and all of its ways to say no. */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { type Answer, json, objectIn } from '../answering.ts';
import { problemsIn } from '../field-rules.ts';
import { type HttpSandbox, type HttpSandboxOptions, startHttpSandbox } from '../http-sandbox.ts';
import { operationsOf, router } from '../routes.ts';
import type { Asked, SimulatedSystem } from '../simulated-system.ts';
import { Tally } from '../tally.ts';
import { catalogue } from './catalogue.ts';
import { operationFields } from './fields.ts';
import { Jobs } from './jobs.ts';
import { byField, notFound, Requests } from './requests.ts';
import { routes } from './routes.ts';
import { type Group, groupNames, groupOf, Records } from './synchronize.ts';

const pageSize = 100;

export interface MyserveSandboxOptions extends HttpSandboxOptions {
  token: string;
  /** Until a job or a request is done; 50 ms if left out, `null` for never. */
  jobMs?: number | null;
  /** What the carrier of all lines offers; everything if left out. */
  carrierActions?: readonly string[];
  /** What `BillingDataLines/list` gives. */
  billingLines?: readonly JsonObject[];
}

export interface MyserveSandbox extends HttpSandbox {
  records(group: Group): ReadonlyMap<string, JsonObject>;
  /** By uuid. */
  orders: ReadonlyMap<string, JsonObject>;
  /** How often `operation reference` took effect, e.g. `Employees/synchronize A100500`. */
  effects: ReadonlyMap<string, number>;
}

export async function startMyserve(options: MyserveSandboxOptions): Promise<MyserveSandbox> {
  const system = new MyserveSimulator(options);
  const sandbox = await startHttpSandbox(system, options);
  return {
    ...sandbox,
    records: (group) => system.records.of(group),
    orders: system.requests.orders,
    effects: system.effects.counts,
    async close() {
      system.jobs.clear();
      await sandbox.close();
    },
  };
}

class MyserveSimulator implements SimulatedSystem {
  readonly effects = new Tally();
  readonly jobs: Jobs;
  readonly records = new Records(this.effects);
  readonly requests: Requests;
  readonly operations = operationsOf(routes);
  readonly route = router(routes);
  readonly #options: MyserveSandboxOptions;

  constructor(options: MyserveSandboxOptions) {
    this.#options = options;
    this.jobs = new Jobs(options.jobMs === undefined ? 50 : options.jobMs);
    this.requests = new Requests(this.effects, this.jobs, this.records, options.carrierActions ?? null);
  }

  answer({ operation, method, path, query, headers, body }: Asked): Answer {
    if (headers['api_token'] !== this.#options.token)
      return json(200, { message: 'Invalid API token provided' });
    const request = method === 'GET' ? { ...path, ...Object.fromEntries(query) } : objectIn(body);
    if (request === null) return json(422, { base: ['is not JSON'] });
    const rules = operationFields[operation];
    const problems = rules ? problemsIn(request, rules) : [];
    if (problems.length > 0) return unfit(operation, byField(problems), request);
    return this.#do(operation, request);
  }

  failure(status: number, code?: string): Answer {
    return status >= 500 ? json(status, { status }) : json(status, { message: code ?? 'Too many requests' });
  }

  wrongSchema(): Answer {
    return json(200, { done: true });
  }

  state(): unknown {
    return {
      ...Object.fromEntries(groupNames.map((group) => [group, [...this.records.of(group).values()]])),
      orders: [...this.requests.orders.values()],
      requests: Object.fromEntries(this.requests.made),
    };
  }

  reset(): void {
    this.effects.clear();
    this.jobs.clear();
    this.records.clear();
    this.requests.clear();
  }

  #do(operation: string, request: JsonObject): Answer {
    const group = groupOf(operation);
    if (group !== null && operation.endsWith('/synchronize')) return this.#synchronize(group, request);
    if (operation.endsWith('/synchronizationStatus')) {
      const job = this.jobs.find(operation, String(request['job_id']));
      return job === null ? notFound('404, Not Found') : json(200, job);
    }
    switch (operation) {
      case 'Devices/changeStatus':
        return this.requests.changeStatus(request);
      case 'SimCardChanges/create':
        return this.requests.changeSim(request);
      case 'Tickets/create':
        return this.requests.openTicket(request);
      case 'TransferOfResponsibility/createIn':
        return this.requests.transferIn(request);
      case 'TransferOfResponsibility/createOut':
        return this.requests.transferOut(request);
      case 'Orders/create':
        return this.requests.order(request);
      case 'Orders/get':
        return this.requests.readOrder(String(request['order_uuid']), request['bell_info'] === 'true');
      case 'SimCardChanges/get':
      case 'Tickets/get':
      case 'TransferOfResponsibility/getIn':
      case 'TransferOfResponsibility/getOut':
        return this.requests.read(operation, String(request['id'] ?? request['uuid']));
      default:
        return this.#list(operation, request);
    }
  }

  #synchronize(group: Group, request: JsonObject): Answer {
    const list = request['data'];
    const rows = Array.isArray(list) ? list.filter((row) => isObject(row)) : [];
    const work = () => this.records.synchronize(group, rows, { trial: request['sandbox'] === true });
    const statusOperation = `${group}/synchronizationStatus`;
    if (request['async'] === true) {
      const callback = request['status_callback_url'];
      const job_id = this.jobs.queue(statusOperation, work, typeof callback === 'string' ? callback : null);
      return json(200, { message: 'Job successfully created', job_id });
    }
    const done = work();
    return json(200, {
      message: done.failed ? 'Errors occurred during the perform' : 'Successfully performed',
      job_id: this.jobs.finished(statusOperation, done),
      results: done.results,
    });
  }

  #list(operation: string, request: JsonObject): Answer {
    const rows = this.#rowsOf(operation, request);
    const page = Number(request['page'] ?? 1);
    if (!paged.has(operation)) return json(200, { data: rows });
    const data = rows.slice((page - 1) * pageSize, page * pageSize);
    const totals = { total_count: rows.length, page, total_pages: Math.ceil(rows.length / pageSize) };
    return json(200, {
      ...(operation === 'Orders/list' && request['page'] !== undefined ? totals : {}),
      data,
    });
  }

  #rowsOf(operation: string, request: JsonObject): readonly JsonObject[] {
    const group = groupOf(operation);
    if (group !== null) return [...this.records.of(group).values()];
    switch (operation) {
      case 'Orders/list':
        return [...this.requests.orders.values()];
      case 'Tickets/list':
        return this.requests.listTickets();
      case 'HardwareOrdering/accessories':
        return offered(operation, 'product_ids', numberOr(request['product_id']));
      case 'HardwareOrdering/products':
        return offered(operation, 'carriers', request['carrier']);
      case 'DataUsage/byBusinessAccount':
        return [...this.records.of('Devices').values()]
          .filter((device) => device['billing_account'] === request['business_account'])
          .map(({ number = '', username = '' }) => ({ number, username, total_volume: 1024 }));
      case 'InMonthDataUsage/byNumber':
        return [{ date: '2026-01-05', data: 1024 }];
      case 'BillingDataLines/list':
        return (this.#options.billingLines ?? []).filter(
          (line) =>
            same(line['number'], request['number']) &&
            same(line['billing_account'], request['business_account']) &&
            same(line['cycle_date'], request['cycle_date']),
        );
      default:
        return catalogue[operation] ?? [];
    }
  }
}

const paged = new Set(['Employees/list', 'Orders/list', 'BillingDataLines/list']);

const same = (value: Json | undefined, asked: Json | undefined): boolean =>
  asked === undefined || String(value) === asked;

const numberOr = (value: Json | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

const offered = (operation: string, list: string, asked: Json | undefined): readonly JsonObject[] =>
  (catalogue[operation] ?? []).filter((one) => {
    const offers = one[list];
    return asked === undefined || (Array.isArray(offers) && offers.includes(asked));
  });

/** The group of calls decides about the shape. */
function unfit(operation: string, fields: JsonObject, data: JsonObject): Answer {
  if (operation === 'Orders/create') {
    const errors = Object.entries(fields).map(([name, texts]) => `${name} ${String(texts)}`);
    return json(422, { status: 'failed', errors });
  }
  if (operation.startsWith('Tickets/') || operation.startsWith('Transfer'))
    return json(422, { errors: fields, data });
  return json(422, fields);
}
