/** The connector of systems that files declare, on the one that comes as a sample. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain, TidegateErrors } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { declaredBatch } from '../../src/connectors/declared/batch.ts';
import { createDeclaredConnector } from '../../src/connectors/declared/connector.ts';
import { loadSystem } from '../../src/connectors/declared/load.ts';
import type { LoginOptions } from '../../src/connectors/login/login.ts';
import type { Async, CallResult, Connector, Operation } from '../../src/connectors/port.ts';
import type { SandboxLogin } from '../../src/sandbox/logins.ts';
import { describeConnector } from './conformance.ts';
import { faults } from './faults.ts';
import { restOptions } from './options.ts';
import { startWarehouse, type Warehouse } from './warehouse-sandbox.ts';

const file = 'samples/warehouse/systems/warehouse.yaml';
const system = await loadSystem(file);

interface Rig {
  sandbox: Warehouse;
  connector: Connector;
  call(id: string, request: JsonObject): Promise<CallResult>;
  close(): Promise<void>;
}

async function startRig(
  login: LoginOptions = { kind: 'none' },
  atSandbox: SandboxLogin = { kind: 'none' },
): Promise<Rig> {
  const sandbox = await startWarehouse(atSandbox);
  const withUrl = login.kind === 'oauth2' ? { ...login, tokenUrl: `${sandbox.url}${login.tokenUrl}` } : login;
  const connector = createDeclaredConnector(system, { ...restOptions(sandbox.url), login: withUrl });
  return {
    sandbox,
    connector,
    call: (id, request) => connector.call(operation(id), request),
    async close() {
      await sandbox.close();
      await connector.close();
    },
  };
}

function operation(id: string): Operation {
  const found = system.operations.get(id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

const shop = { shop: 'helsinki-1' };
const order = (number: string): JsonObject => ({ ...shop, number, lines: [{ sku: 'SKU-1', quantity: 2 }] });
const stock = (...articles: JsonObject[]): JsonObject => ({ ...shop, articles });

let made = 0;
async function prepare({ call }: Rig, id: string): Promise<JsonObject> {
  made += 1;
  const number = `N-${made}`;
  if (id === 'Orders/create') return order(number);
  if (id === 'Stock/set') return stock({ sku: 'SKU-1', quantity: made });
  if (id === 'Stock/count') return { ...shop, 'X-Request-Code': number };
  if (id === 'Jobs/get') {
    const { answer } = await call('Stock/set', { ...stock({ sku: 'SKU-1', quantity: 1 }), async: true });
    return { job: (answer as JsonObject)['job'] ?? '' };
  }
  if (id === 'Orders/list') return shop;
  if (id === 'Orders/find') return { ...shop, number };
  const created = (await call('Orders/create', order(number))).answer as JsonObject;
  const place = { ...shop, id: created['id'] ?? '' };
  if (id === 'Orders/hold') return { ...place, held: true };
  return id === 'Orders/remark' ? { ...place, text: 'ring twice' } : place;
}

const closed = { shop: 'closed-1' };
const refused: Record<string, JsonObject> = {
  'Orders/create': { ...order('1'), ...closed },
  'Orders/find': { ...closed, number: '1' },
  'Orders/list': closed,
  'Orders/get': { ...shop, id: 'O-0' },
  'Orders/hold': { ...shop, id: 'O-0', held: true },
  'Orders/remark': { ...shop, id: 'O-0', text: 'x' },
  'Stock/set': { ...stock({ sku: 'GONE-1', quantity: 1 }) },
  'Stock/count': { ...closed, 'X-Request-Code': '1' },
  'Jobs/get': { job: 'J-0' },
};

// The look-up asks where the list is asked for: the server sees one operation.
const received = (id: string): string => (id === 'Orders/find' ? 'Orders/list' : id);

describeConnector('a declared system', system.operations, { done: true }, async () => {
  const rig = await startRig();
  return {
    connector: rig.connector,
    prepare: ({ id }) => prepare(rig, id),
    refused: ({ id }) => refused[id] ?? null,
    failNext: ({ id }, failing) => rig.sandbox.faults.next(received(id), faults[failing]),
    received: ({ id }) => rig.sandbox.calls.get(received(id)) ?? 0,
    reset: () => rig.sandbox.reset(),
    close: rig.close,
  };
});

describe('a declared system', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it('is judged by what its answers say, whatever their status', async () => {
    const result = await rig.call('Orders/get', { ...shop, id: 'O-0' });
    expect(result).toMatchObject({ accepted: false, status: 200, code: 'NO_SUCH_ORDER' });
    expect(result.message).toBe('O-0 is not known');
  });

  it('gives each row of a batch its own result', async () => {
    const rows = [
      { sku: 'SKU-1', quantity: 3 },
      { sku: 'GONE-1', quantity: 1 },
    ];
    const { answer, accepted } = await rig.call('Stock/set', stock(...rows));
    expect(accepted).toBe(false);
    const results = operation('Stock/set').batch?.results(answer, rows);
    expect(
      [...(results?.rows ?? [])].map(([key, row]) => [key, row.accepted, row.code, row.message]),
    ).toEqual([
      ['SKU-1', true, 'set', ''],
      ['GONE-1', false, 'refused', 'no longer sold'],
    ]);
    expect(operation('Stock/set').batch?.limit).toBe(500);
  });

  it('says of a batch of one row what became of that row', async () => {
    const { accepted, code } = await rig.call('Stock/set', stock({ sku: 'GONE-1', quantity: 1 }));
    expect([accepted, code]).toEqual([false, 'refused']);
  });

  it('follows a job until it is done, and then has the result of every row', async () => {
    const { async, batch } = operation('Stock/set') as Operation & {
      async: Extract<Async, { mode: 'poll' }>;
    };
    const rows = [{ sku: 'SKU-9', quantity: 3 }];
    const queued = await rig.call('Stock/set', { ...stock(...rows), ...async.ask });
    expect(queued.accepted).toBe(true);
    const job = async.job(queued.answer) ?? '';
    const ask = async () => async.judge(await rig.call(async.status.operation, async.status.request(job)));
    expect(await ask()).toBeNull();
    const done = await ask();
    expect(done).toMatchObject({ accepted: true });
    expect(batch?.results(done?.answer ?? null, rows)?.rows.get('SKU-9')).toMatchObject({ code: 'set' });
  });

  it('tells by its code what a callback is about, and how it ended', async () => {
    const { async } = operation('Stock/count') as Operation & { async: Extract<Async, { mode: 'callback' }> };
    const { answer } = await rig.call('Stock/count', { ...shop, [async.codeField]: 'C-1' });
    expect([async.queued(answer, 'C-1'), async.queued(answer, 'C-2')]).toEqual([true, false]);
    expect(async.codeOf({ request_code: 'C-1', counted: true })).toBe('C-1');
    expect(async.codeOf({ counted: true })).toBeNull();
    expect(async.judge({ counted: true })).toMatchObject({ accepted: true });
    expect(async.judge({ counted: false, why: 'shut' })).toMatchObject({ accepted: false, message: 'shut' });
    expect(async.judge({})).toBeNull();
  });

  it('turns pages, and knows how many rows there are', async () => {
    rig.sandbox.reset();
    for (const number of ['1', '2', '3']) await rig.call('Orders/create', order(number));
    const { paging } = operation('Orders/list');
    const { answer } = await rig.call('Orders/list', { ...shop, ...paging?.ask(2, 2) });
    expect(paging?.items(answer)).toMatchObject([{ number: '3' }]);
    expect(paging?.total(answer)).toBe(3);
  });

  it.each<[string, JsonObject, string]>([
    ['another order alone', { orders: [{ id: 'O-1', number: '2', shop: 'helsinki-1' }], total: 1 }, 'absent'],
    ['the order twice', { orders: [found('O-1'), found('O-2')] }, 'unclear'],
    ['the order without its id', { orders: [{ number: '1', shop: 'helsinki-1' }] }, 'unclear'],
    ['no list', {}, 'unclear'],
    ['the order', { orders: [{ id: 'O-0', number: '2', shop: 'x' }, found('O-7')] }, 'happened'],
    ['the order, its number as a number', { orders: [{ ...found('O-7'), number: 1 }] }, 'happened'],
    ['nothing that has what is compared', { orders: [{ id: 'O-7', shop: 'helsinki-1' }] }, 'unclear'],
  ])('judges a look-up that shows %s', (_name, answer, kind) => {
    const { repeat } = operation('Orders/create');
    if (repeat.mode !== 'lookup') throw new Error('it is looked up');
    const result = { accepted: true, status: 200, code: '', message: '', ticket: null, answer };
    expect(repeat.judge(result, order('1')).kind).toBe(kind);
  });

  it.each([undefined, null])('proves nothing by a look-up for what was sent as %s', (number) => {
    const { repeat } = operation('Orders/create');
    if (repeat.mode !== 'lookup') throw new Error('it is looked up');
    const { number: _number, ...rest } = order('1');
    const sent = number === undefined ? rest : { ...rest, number };
    const result = { accepted: true, status: 200, code: '', message: '', ticket: null };
    expect(repeat.judge({ ...result, answer: { orders: [] } }, sent).kind).toBe('unclear');
  });

  it.each<[string, LoginOptions, SandboxLogin]>([
    [
      'a secret in a header',
      { kind: 'header', name: 'X-Key', value: 's3' },
      { kind: 'header', name: 'X-Key', value: 's3' },
    ],
    [
      'user and password',
      { kind: 'basic', user: 'u', password: 'p' },
      { kind: 'basic', user: 'u', password: 'p' },
    ],
    [
      'OAuth2 client credentials',
      {
        kind: 'oauth2',
        tokenUrl: '/oauth/token',
        clientId: 'c',
        clientSecret: 's',
        scope: null,
        credentials: 'basic',
      },
      { kind: 'oauth2', clientId: 'c', clientSecret: 's' },
    ],
    [
      'an HMAC signature',
      {
        ...{ kind: 'hmac', keyId: 'k', secret: 's', encoding: 'hex' },
        ...{ headers: { key: 'X-Key', date: 'X-Date', signature: 'X-Signature' } },
        sign: ['method', 'path', 'date', 'body-hash'],
      },
      { kind: 'hmac', keyId: 'k', secret: 's' },
    ],
  ])('logs in with %s, and is refused without', async (_name, login, atSandbox) => {
    const known = await startRig(login, atSandbox);
    expect(await known.connector.check()).toMatch(/^Orders\/list answered with status 200$/);
    await known.close();
    const stranger = await startRig({ kind: 'none' }, atSandbox);
    await expect(stranger.connector.check()).rejects.toMatchObject({ code: 'TARGET_REFUSES' });
    await stranger.close();
  });
});

function found(id: string): JsonObject {
  return { id, number: '1', shop: 'helsinki-1' };
}

describe('the results of a declared batch', () => {
  const entries = { key: 'id', code: 'code' };
  const batch = declaredBatch({
    ...{ rows: 'rows', rowKey: 'id', limit: null },
    results: [
      { list: 'created', accepted: true, ...entries },
      { list: 'failed', accepted: false, ...entries },
      { map: 'by.id', accepted: { path: '.', is: ['ok'] } },
    ],
    common: { path: 'errors', accepted: false, message: '.' },
  });
  const of = (answer: JsonObject, ...ids: string[]) =>
    batch.results(
      answer,
      ids.map((id) => ({ id })),
    );
  const outcomes = (answer: JsonObject, ...ids: string[]) =>
    Object.fromEntries([...(of(answer, ...ids)?.rows ?? [])].map(([id, { accepted }]) => [id, accepted]));

  it('are found in lists that stand for an outcome, whatever their order', () => {
    const answer = { failed: [{ id: 2, code: 'E7' }], created: [{ id: '1' }] };
    expect(outcomes(answer, '1', '2', '3')).toEqual({ 1: true, 2: false });
    expect(of(answer, '2')?.rows.get('2')?.code).toBe('E7');
  });

  it('are found in an object by row key', () => {
    expect(outcomes({ by: { id: { a: 'ok', b: 'bad' } } }, 'a', 'b')).toEqual({ a: true, b: false });
  });

  it('leave out rows that were not sent, and those with two outcomes', () => {
    const answer = { created: [{ id: 'a' }, { id: 'x' }], failed: [{ id: 'a' }], errors: 'some failed' };
    expect(outcomes(answer, 'a', 'b')).toEqual({});
    expect(of(answer, 'a', 'b')?.common).toBeNull();
  });

  it('have one word for all others where the answer has it', () => {
    expect(of({ errors: 'no stock is open' }, 'a')?.common).toMatchObject({
      ...{ accepted: false, code: 'REFUSED', message: 'no stock is open' },
    });
  });

  it('are none where the answer speaks of no rows', () => {
    expect(of({ ok: true }, 'a')).toBeNull();
  });
});

describe('a file that declares a system', () => {
  let folder: string;
  let right: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    right = await readFile(file, 'utf8');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each<[what: string, from: string, to: string, says: RegExp]>([
    [
      'a key that is not known',
      'purpose: Order goods',
      'porpose: Order goods',
      /:\d+:5: CONFIG_INVALID: "porpose" is not known here.*Did you mean "purpose"/s,
    ],
    [
      'a word of JSON Schema that is not known',
      'minLength: 1, maxLength: 40',
      'minLenght: 1',
      /"minLenght" is not known here.*Did you mean "minLength"/s,
    ],
    [
      'a type that is not known',
      'text: { type: string, minLength',
      'text: { type: strin, minLength',
      /none of the possible forms|not one of the allowed/,
    ],
    [
      'a path with a field that the request has not',
      '/shops/{shop}/stock',
      '/shops/{shp}/stock',
      /:\d+:11: CONFIG_INVALID: "shp" is no required field.*Did you mean "shop"/s,
    ],
    [
      'a look-up by a read that is not there',
      'operation: Orders/find',
      'operation: Orders/fnd',
      /:\d+:18: .*there is no read "Orders\/fnd".*Did you mean "Orders\/find"/s,
    ],
    [
      'a look-up that leaves out what the read needs',
      'request: { shop: shop, number: number }',
      'request: { shop: shop }',
      /Orders\/find needs "number"/,
    ],
    [
      'a write that does not say what becomes of a lost answer',
      '    repeat: { mode: safe }\n    batch:',
      '    batch:',
      /"repeat" is missing.*safe, lookup or never/s,
    ],
    ['a row key that rows may lack', 'rowKey: sku', 'rowKey: skew', /"skew" is no required field of a row/],
    [
      'a reference to a field that may be missing',
      'reference: [shop, number]',
      'reference: [wanted_on]',
      /"wanted_on" is no required field/,
    ],
    [
      'a look-up that asks for what may be missing',
      'request: { shop: shop, number: number }',
      'request: { shop: shop, number: wanted_on }',
      /"wanted_on" is no required field/,
    ],
    [
      'a look-up that compares what may be missing',
      'same: { number: number, shop: shop }',
      'same: { number: wanted_on, shop: shop }',
      /"wanted_on" is no required field/,
    ],
    [
      'a check that does not fit',
      'request: { shop: check, page: 1 }',
      'request: { shop: 7 }',
      /it does not fit Orders\/list/,
    ],
    [
      'a repetition for a read',
      'paging: { page: page',
      'repeat: { mode: safe }\n    paging: { page: page',
      /a read has no repeat/,
    ],
  ])('is refused with %s, at its place', async (_what, from, to, says) => {
    expect(right).toContain(from);
    const path = join(folder, 'warehouse.yaml');
    await writeFile(path, right.replace(from, to));
    const error: unknown = await loadSystem(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TidegateErrors);
    expect((error as TidegateErrors).errors.map(explain).join('\n')).toMatch(says);
  });
});
