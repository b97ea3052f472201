/** The warehouse that `samples/warehouse/systems/warehouse.yaml` declares, as somebody else would have built it. */
import { isObject, type Json, type JsonObject } from '../../src/base/json.ts';
import { type Answer, json, objectIn } from '../../src/sandbox/answering.ts';
import { type HttpSandbox, startHttpSandbox } from '../../src/sandbox/http-sandbox.ts';
import { Doorman, type SandboxLogin } from '../../src/sandbox/logins.ts';
import { operationsOf, type Route, router } from '../../src/sandbox/routes.ts';
import type { Asked, SimulatedSystem } from '../../src/sandbox/simulated-system.ts';
import { Tally } from '../../src/sandbox/tally.ts';

const routes: readonly Route[] = [
  { operation: 'login/token', method: 'POST', template: '/oauth/token' },
  { operation: 'Orders/create', method: 'POST', template: '/shops/{shop}/orders' },
  { operation: 'Orders/list', method: 'GET', template: '/shops/{shop}/orders' },
  { operation: 'Orders/get', method: 'GET', template: '/shops/{shop}/orders/{id}' },
  { operation: 'Orders/hold', method: 'PUT', template: '/shops/{shop}/orders/{id}/hold' },
  { operation: 'Orders/remark', method: 'POST', template: '/shops/{shop}/orders/{id}/remarks' },
  { operation: 'Stock/set', method: 'PUT', template: '/shops/{shop}/stock' },
  { operation: 'Stock/count', method: 'POST', template: '/shops/{shop}/counts' },
  { operation: 'Jobs/get', method: 'GET', template: '/jobs/{job}' },
];

interface Order {
  id: string;
  shop: string;
  number: string;
  state: string;
}

export interface Warehouse extends HttpSandbox {
  stock: ReadonlyMap<string, Json>;
  effects: ReadonlyMap<string, number>;
}

/** Where counts are told, and how it proves who it is. */
export interface Telling {
  url: string;
  headers: Record<string, string>;
}

export async function startWarehouse(
  login: SandboxLogin = { kind: 'none' },
  telling: Telling | null = null,
): Promise<Warehouse> {
  const system = new WarehouseSystem(login, telling);
  const sandbox = await startHttpSandbox(system, {});
  return { ...sandbox, stock: system.stock, effects: system.effects.counts };
}

class WarehouseSystem implements SimulatedSystem {
  readonly operations = operationsOf(routes);
  readonly effects = new Tally();
  readonly stock = new Map<string, Json>();
  readonly #routed = router(routes);
  readonly #orders: Order[] = [];
  readonly #jobs = new Map<string, Json>();
  readonly #doorman: Doorman;
  readonly #telling: Telling | null;

  constructor(login: SandboxLogin, telling: Telling | null) {
    this.#telling = telling;
    this.#doorman = new Doorman(login);
  }

  readonly route = (method: string, path: string): ReturnType<SimulatedSystem['route']> =>
    this.#routed(method, path);

  answer(asked: Asked): Answer {
    const { operation, path, query, body } = asked;
    if (operation === 'login/token') return this.#doorman.issue(asked);
    if (!this.#doorman.admits(asked)) return no('LOGIN', 'who are you?', 401);
    const { shop = '', id = '', job = '' } = path;
    const sent = objectIn(body) ?? {};
    if (shop.startsWith('closed')) return no('CLOSED', `${shop} is closed`);
    if (operation === 'Jobs/get') return this.#job(job);
    if (operation === 'Orders/create') return this.#order(shop, sent);
    if (operation === 'Orders/list') return this.#list(shop, query);
    if (operation === 'Stock/set') return this.#set(shop, sent);
    if (operation === 'Stock/count') return this.#count(shop, String(asked.headers['x-request-code'] ?? ''));
    const order = this.#orders.find((one) => one.id === id && one.shop === shop);
    if (order === undefined) return no('NO_SUCH_ORDER', `${id} is not known`);
    if (operation === 'Orders/hold') order.state = sent['held'] === true ? 'held' : 'open';
    if (operation !== 'Orders/get') this.effects.add(`${operation} ${id}`);
    return ok({ ...order });
  }

  failure(status: number, code = 'BUSY'): Answer {
    return no(code, 'scripted', status);
  }

  wrongSchema(): Answer {
    return json(200, { done: true });
  }

  state(): unknown {
    return { orders: this.#orders, stock: Object.fromEntries(this.stock) };
  }

  reset(): void {
    this.effects.clear();
    this.stock.clear();
    this.#jobs.clear();
    this.#orders.length = 0;
  }

  #order(shop: string, { number, lines }: JsonObject): Answer {
    if (!Array.isArray(lines) || lines.length === 0) return no('EMPTY', 'nothing is ordered');
    const order = { id: `O-${this.#orders.length + 1}`, shop, number: String(number), state: 'open' };
    this.#orders.push(order);
    this.effects.add(`Orders/create ${shop} ${number}`);
    return ok({ id: order.id });
  }

  #list(shop: string, query: URLSearchParams): Answer {
    const number = query.get('number');
    const all = this.#orders.filter((one) => one.shop === shop && (number ?? one.number) === one.number);
    const size = Number(query.get('per_page') ?? 50);
    const page = Number(query.get('page') ?? 1);
    const orders = all.slice((page - 1) * size, page * size).map((one) => ({ ...one }));
    return ok({ orders, total: all.length });
  }

  #set(shop: string, { articles, async }: JsonObject): Answer {
    const rows = Array.isArray(articles) ? articles.filter((row: Json) => isObject(row)) : [];
    const results = rows.map((row: JsonObject): JsonObject => {
      const { sku = '', quantity = 0 } = row;
      if (String(sku).startsWith('GONE')) return { sku, result: 'refused', why: 'no longer sold' };
      const key = `${shop} ${sku}`;
      const result = this.stock.get(key) === quantity ? 'unchanged' : 'set';
      this.stock.set(key, quantity);
      this.effects.add(`Stock/set ${key}`);
      return { sku, result };
    });
    if (async !== true) return ok({ results });
    const job = `J-${this.#jobs.size + 1}`;
    this.#jobs.set(job, { state: 'running', results });
    return ok({ job });
  }

  /** A shop that is being moved cannot be counted, which is found out later. */
  #count(shop: string, request_code: string): Answer {
    this.effects.add(`Stock/count ${shop}`);
    const counted = !shop.startsWith('moving');
    const body = JSON.stringify({ request_code, counted, ...(counted ? {} : { why: 'the shop is moving' }) });
    if (this.#telling) {
      const { url, headers } = this.#telling;
      const told = fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      told.then(
        (answer) => answer.body?.cancel(),
        () => undefined,
      );
    }
    return ok({ request_code });
  }

  /** Runs when it is first asked for, and is done from then on. */
  #job(job: string): Answer {
    const found = this.#jobs.get(job);
    if (!isObject(found)) return no('NO_SUCH_JOB', `${job} is not known`);
    this.#jobs.set(job, { ...found, state: 'done' });
    return ok(found['state'] === 'done' ? { ...found } : { state: 'running' });
  }
}

const ok = (fields: JsonObject): Answer => json(200, { ok: true, ...fields });
const no = (code: string, text: string, status = 200): Answer =>
  json(status, { ok: false, error: { code, text } });
