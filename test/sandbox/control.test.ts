/** The controls of the simulated systems, asked as curl would ask them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { Connector } from '../../src/connectors/port.ts';
import { createServiceOrdersConnector } from '../../src/connectors/service-orders/connector.ts';
import { createServicerEventsConnector } from '../../src/connectors/servicer-events/connector.ts';
import { createServoConnector } from '../../src/connectors/servo/connector.ts';
import { startServiceOrders } from '../../src/sandbox/service-orders/server.ts';
import { startServicerEvents } from '../../src/sandbox/servicer-events/server.ts';
import { startServo } from '../../src/sandbox/servo/server.ts';
import { apiToken, device, rows, startRig as startMyserveRig } from '../connectors/myserve-fixture.ts';
import { restOptions } from '../connectors/options.ts';
import { newContract, startRig as startServifyRig } from '../connectors/servify-fixture.ts';

interface Case {
  url: string;
  connector: Connector;
  close(): Promise<void>;
}

const token = 'token-of-servo';
const place = { tenant: 't1', store: 's1' };
const noWays = { operations: {}, parameters: {} };
const none = { kind: 'none' } as const;

const cases: Record<
  string,
  {
    start(): Promise<Case>;
    /** A call with an effect; what the simulator calls it, and a word of what it then holds. */
    operation: string;
    request(): JsonObject;
    called?: string;
    holds: string;
    secret?: string;
    setUp?: { lever: string; body: JsonObject };
  }
> = {
  servify: {
    async start() {
      const { sandbox, connector, close } = await startServifyRig();
      return { url: sandbox.url, connector, close };
    },
    operation: 'Contract/createContract',
    request: () => newContract({ CustomerName: 'Ada Held' }),
    holds: 'Ada Held',
  },
  servo: {
    async start() {
      const sandbox = await startServo({ token });
      const connector = createServoConnector({ ...restOptions(sandbox.url), token });
      return { url: sandbox.url, connector, close: () => closeBoth(sandbox, connector) };
    },
    operation: 'Order/create',
    request: () => ({ problem: 'The screen stays black', customer: { name: 'Zoë', email: 'z@example.com' } }),
    holds: 'The screen stays black',
    secret: token,
  },
  myserve: {
    async start() {
      const { sandbox, connector, close } = await startMyserveRig();
      return { url: sandbox.url, connector, close };
    },
    operation: 'Devices/synchronize',
    request: () => rows(device('7805550000')),
    holds: '7805550000',
    secret: apiToken,
  },
  'service-orders': {
    async start() {
      const sandbox = await startServiceOrders({});
      const options = { ...restOptions(sandbox.url), login: none, ways: noWays, checkTenant: 't1' };
      const connector = createServiceOrdersConnector(options);
      return { url: sandbox.url, connector, close: () => closeBoth(sandbox, connector) };
    },
    operation: 'ServiceOrder/create',
    request: () => ({ ...place, title: 'Black screen' }),
    holds: 'Black screen',
  },
  'servicer-events': {
    async start() {
      const sandbox = await startServicerEvents({});
      const way = { path: null, method: null };
      const options = { ...restOptions(sandbox.url), login: none, way, timestamps: 'seconds' as const };
      const connector = createServicerEventsConnector(options);
      return { url: sandbox.url, connector, close: () => closeBoth(sandbox, connector) };
    },
    operation: 'repair_depot/repair_started',
    called: 'events',
    request: () => ({ ...place, serviceOrder: 'SO-1', event: 'repair_started', notes: 'on the bench' }),
    holds: 'on the bench',
    setUp: { lever: 'orders', body: { id: 'SO-1', serviceType: 'repair_depot', state: 'accepted' } },
  },
};

async function closeBoth(...parts: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const part of parts) await part.close();
}

describe.each(Object.entries(cases))('the simulator of %s', (_name, given) => {
  let rig: Case;
  beforeAll(async () => {
    rig = await given.start();
  });
  afterAll(() => rig.close());

  // biome-ignore lint/suspicious/noExplicitAny: whatever the control answers is compared as it is
  async function control(method: string, path: string, body?: JsonObject): Promise<any> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${rig.url}/_sandbox${path}`, { method, ...init });
    return { status: answer.status, ...((await answer.json()) as object) };
  }
  const raw = async (path: string): Promise<string> => (await fetch(`${rig.url}/_sandbox${path}`)).text();
  const operation = () => {
    const found = rig.connector.operations.get(given.operation);
    if (found === undefined) throw new Error(`no operation ${given.operation}`);
    return found;
  };
  const call = () => rig.connector.call(operation(), given.request());
  const called = given.called ?? given.operation;

  beforeEach(async () => {
    await control('POST', '/reset');
    if (given.setUp) await control('POST', `/${given.setUp.lever}`, given.setUp.body);
  });

  it('shows what was done, what was asked and what it holds, and forgets it when reset', async () => {
    await call();
    const [effect = ''] = Object.keys(JSON.parse(await raw('/effects')));
    expect(effect).not.toBe('');
    expect(await raw('/state')).toContain(given.holds);
    const requests = JSON.parse(await raw('/requests'));
    expect(requests.at(-1)).toMatchObject({ operation: called, status: expect.any(Number) });
    // Decrypted, where it came encrypted.
    expect(JSON.stringify(requests.at(-1).body)).toContain(given.holds);
    if (given.secret) expect(JSON.stringify(requests)).not.toContain(given.secret);
    expect((await control('GET', '')).calls).toMatchObject({ [called]: 1 });

    expect(await control('POST', '/reset')).toMatchObject({ status: 200 });
    expect(JSON.parse(await raw('/effects'))).toEqual({});
    expect(JSON.parse(await raw('/requests'))).toEqual([]);
    expect(await raw('/state')).not.toContain(given.holds);
  });

  it('misbehaves as told, as often as told, and then works again', async () => {
    const planned = { operation: called, fault: { kind: 'drop-after' }, times: 2 };
    expect((await control('POST', '/faults', planned)).waiting[called]).toHaveLength(2);
    for (const _time of [1, 2]) await expect(call()).rejects.toMatchObject({ code: 'CALL_IN_DOUBT' });
    expect((await call()).status).toBeLessThan(300);
    expect(await control('GET', '/faults')).toMatchObject({ waiting: {}, met: { 'drop-after': 2 } });
  });

  it('forgets faults that are taken back', async () => {
    await control('POST', '/faults', { operation: called, fault: { kind: 'mute' } });
    await control('DELETE', '/faults');
    expect(await call()).toMatchObject({ accepted: true });
  });

  it('says what is wrong with what it is told', async () => {
    const misspelt = { operation: called.slice(0, -1), fault: { kind: 'mute' } };
    expect(await control('POST', '/faults', misspelt)).toMatchObject({
      status: 404,
      problem: expect.stringContaining(`did you mean ${called}?`),
    });
    expect(await control('POST', '/faults', { operation: called, fault: { kind: 'late' } })).toMatchObject({
      status: 400,
      problem: expect.stringContaining('fault.ms'),
    });
    expect(await control('POST', '/nothing')).toMatchObject({ status: 404 });
  });

  it('lists its controls, and every operation that can be told to fail', async () => {
    const { operations, controls } = await control('GET', '');
    expect(operations).toContain(called);
    expect(controls).toEqual(expect.arrayContaining(['GET /_sandbox', 'POST /_sandbox/faults']));
    if (given.setUp) expect(controls).toContain(`POST /_sandbox/${given.setUp.lever}`);
  });
});

describe('levers of single systems', () => {
  const post = (url: string, body: JsonObject) => fetch(url, { method: 'POST', body: JSON.stringify(body) });

  it('lets an order of Servo go on, and knows which orders there are', async () => {
    const sandbox = await startServo({ token });
    const at = `${sandbox.url}/_sandbox/proceed`;
    expect((await post(at, { order: '1', status: 'Done' })).status).toBe(404);
    const connector = createServoConnector({ ...restOptions(sandbox.url), token });
    const create = connector.operations.get('Order/create');
    if (create) await connector.call(create, cases['servo']?.request() ?? {});
    const [order = ''] = sandbox.orders.keys();
    expect((await post(at, { order, status: 'Done' })).status).toBe(200);
    expect(sandbox.orders.get(order)?.statuses.at(-1)).toBe('Done');
    await closeBoth(sandbox, connector);
  });

  it('does at Servify what is to be there beforehand', async () => {
    const { sandbox, close } = await startServifyRig();
    const request = newContract();
    const done = await post(`${sandbox.url}/_sandbox/perform`, {
      operation: 'Contract/createContract',
      request,
    });
    expect(await done.json()).toMatchObject({ ok: true, data: { SoldPlanCode: expect.any(String) } });
    expect(sandbox.contracts.size).toBe(1);
    const wrong = await post(`${sandbox.url}/_sandbox/perform`, { operation: 'Contract/create', request });
    expect(wrong.status).toBe(400);
    expect((await post(`${sandbox.url}/_sandbox/callbacks`, { fault: 'twice' })).status).toBe(200);
    await close();
  });
});
