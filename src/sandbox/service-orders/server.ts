/**
 * A system of service orders to rehearse and test with. The documents describe neither answers nor failures: things are answered as they were given, with an id;
 * failures have `code` and `message`. Fields of a thing have no names, so that it takes any.
 */
import type { Json, JsonObject } from '../../base/json.ts';
import { type Answer, json } from '../answering.ts';
import { type HttpSandbox, startHttpSandbox } from '../http-sandbox.ts';
import { badBody, bodyOf, OpenSystem, type OpenSystemOptions, problem } from '../open-system.ts';
import type { Asked, SimulatedSystem } from '../simulated-system.ts';
import { Tally } from '../tally.ts';
import { type Call, calls, unsorted } from './routes.ts';
import { matches, passes, publicHash, ServiceOrderStore, shown, type Thing } from './store.ts';

export type ServiceOrdersSandboxOptions = OpenSystemOptions;

export interface ServiceOrdersSandbox extends HttpSandbox {
  /** By where they lie, e.g. `t1/s1/SO-1/events`. */
  things: ReadonlyMap<string, readonly Thing[]>;
  /** How often `operation reference` took effect, e.g. `ServiceOrder/create SO-1`. */
  effects: ReadonlyMap<string, number>;
  /** What opens the public page of an order. */
  publicHash(order: string): string;
}

const byOperation = new Map(calls.map((call) => [call.operation, call]));

const usualPage = 25;
const largestPage = 100;

export async function startServiceOrders(
  options: ServiceOrdersSandboxOptions,
): Promise<ServiceOrdersSandbox> {
  const system = new ServiceOrderSimulator(options);
  const sandbox = await startHttpSandbox(system, options);
  return {
    ...sandbox,
    things: system.store.things,
    effects: system.effects.counts,
    publicHash: (id) => publicHash({ id, fields: {} }),
  };
}

class ServiceOrderSimulator extends OpenSystem implements SimulatedSystem {
  readonly store = new ServiceOrderStore();
  readonly effects = new Tally();

  constructor(options: ServiceOrdersSandboxOptions) {
    super(calls, options);
  }

  protected serve(asked: Asked): Answer {
    const call = byOperation.get(asked.operation);
    if (call === undefined) return problem(404, 'NOT_FOUND', 'no such call');
    const badId = Object.entries(asked.path).find(
      ([name, id]) => !(call.deed === 'public' && name === 'id') && !/^[A-Za-z0-9_-]+$/.test(id),
    );
    if (badId !== undefined) return problem(400, 'BAD_REFERENCE', `${badId[0]} is not a reference`);
    const { tenant = '', store, serviceOrder } = asked.path;
    if (serviceOrder !== undefined && this.#find(`${tenant}/${store}`, 'orders', serviceOrder) === undefined)
      return notFound('service order');
    const place = [tenant, store, serviceOrder].filter((part) => part !== undefined).join('/');
    return this.#do(call, place, asked);
  }

  state(): unknown {
    const shownIn = ([place, things]: [string, Thing[]]) => [
      place,
      things.map(({ id, fields }) => ({ id, ...fields })),
    ];
    return Object.fromEntries([...this.store.things].map(shownIn));
  }

  reset(): void {
    this.store.reset();
    this.effects.clear();
  }

  #do(call: Call, place: string, asked: Asked): Answer {
    const { kind, deed } = call;
    if (deed === 'list') return this.#list(call, place, asked.query, (thing) => passes(thing, asked.query));
    if (deed === 'create' || deed === 'search' || deed === 'update') {
      const body = bodyOf(asked);
      if (body === null) return badBody();
      if (deed === 'search') return this.#search(call, place, asked.query, body);
      return deed === 'create'
        ? this.#create(call, place, body)
        : this.#update(call, place, asked.path['id'] ?? '', body);
    }
    const id = asked.path['id'] ?? '';
    const thing =
      deed === 'public'
        ? this.store.listOf(place, kind).find((one) => publicHash(one) === id)
        : this.#find(place, kind, id);
    if (thing === undefined) return notFound(kind);
    if (deed === 'report') return report(thing, asked.headers.accept);
    if (deed !== 'delete') return json(200, shown(kind, thing));
    this.store.remove(place, kind, thing);
    this.effects.add(`${call.operation} ${id}`);
    return { status: 204, body: '' };
  }

  #find(place: string, kind: Call['kind'], id: string): Thing | undefined {
    return this.store.listOf(place, kind).find((thing) => thing.id === id);
  }

  #list({ kind }: Call, place: string, query: URLSearchParams, wanted: (thing: Thing) => boolean): Answer {
    const sort = query.get('sort');
    if (sort !== null && (unsorted.has(kind) || (sort !== 'ASC' && sort !== 'DESC')))
      return problem(400, 'BAD_SORT', 'sort is not ASC or DESC, or not possible here');
    const page = numberOf(query.get('page'), 1);
    const size = numberOf(query.get('itemsPerPage'), usualPage);
    if (page === null || size === null || size > largestPage)
      return problem(400, 'BAD_PAGE', `pages count from 1 and have at most ${largestPage} items`);
    const all = this.store.listOf(place, kind).filter(wanted);
    if (sort === 'DESC') all.reverse();
    const items = all.slice((page - 1) * size, page * size).map((thing): Json => shown(kind, thing));
    return json(200, { items, total: all.length });
  }

  #search(call: Call, place: string, query: URLSearchParams, wanted: JsonObject): Answer {
    for (const name of ['dateFrom', 'dateTo']) {
      const day = wanted[name];
      if (day !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(String(day)))
        return problem(400, 'BAD_DATE', `${name} is not a day`);
    }
    return this.#list(call, place, query, (thing) => matches(thing, wanted));
  }

  #create({ kind, operation }: Call, place: string, fields: JsonObject): Answer {
    const wrong = wrongField(kind, fields);
    if (wrong !== null) return problem(400, 'BAD_FIELD', wrong);
    const thing = this.store.add(place, kind, fields);
    this.effects.add(`${operation} ${thing.id}`);
    return json(201, shown(kind, thing));
  }

  #update({ kind, operation }: Call, place: string, id: string, fields: JsonObject): Answer {
    const thing = this.#find(place, kind, id);
    if (thing === undefined) return notFound(kind);
    const wrong = wrongField(kind, fields);
    if (wrong !== null) return problem(400, 'BAD_FIELD', wrong);
    thing.fields = { ...thing.fields, ...fields };
    this.effects.add(`${operation} ${id}`);
    return json(200, shown(kind, thing));
  }
}

/** The few rules for bodies that the documents give. */
function wrongField(
  kind: Call['kind'],
  { position, orderAddress, invoiceAddress }: JsonObject,
): string | null {
  if (kind === 'service-statuses' && position !== undefined && typeof position !== 'number')
    return 'position is not a number';
  const addresses = [orderAddress, invoiceAddress].filter((one) => one !== undefined);
  const wrong = addresses.some((one) => typeof one !== 'object' || one === null || Array.isArray(one));
  return kind === 'sales-orders' && wrong ? 'an address is not an object' : null;
}

function report({ id }: Thing, accept = ''): Answer {
  const file = Buffer.concat([Buffer.from(`%PDF-1.4 ${id} `), Buffer.from([0xff, 0xfe, 0x00, 0x80])]);
  if (accept === 'application/octet-stream') return { status: 200, type: accept, body: file };
  if (accept !== 'application/json')
    return problem(406, 'NOT_ACCEPTABLE', 'neither a file nor JSON is wanted');
  return json(200, { content: file.toString('base64') });
}

const numberOf = (text: string | null, usual: number): number | null =>
  text === null ? usual : /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null;

const notFound = (what: string): Answer => problem(404, 'NOT_FOUND', `${what} is not known`);
