import { describe, expect, it } from 'vitest';
import { explain } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { Connector, Operation } from '../../src/connectors/port.ts';
import { createServoConnector, type ServoOptions } from '../../src/connectors/servo/connector.ts';
import { servoOperations } from '../../src/connectors/servo/operations.ts';
import { type ServoSandbox, startServo } from '../../src/sandbox/servo/server.ts';
import { describeConnector } from './conformance.ts';
import { faults } from './faults.ts';
import { restOptions } from './options.ts';

const token = '976f7492627e2c8ca3bfc77b9286db5097c69e57';

interface Rig {
  sandbox: ServoSandbox;
  connector: Connector;
  call(id: string, request: JsonObject): ReturnType<Connector['call']>;
  close(): Promise<void>;
}

async function startRig(override: Partial<ServoOptions> = {}): Promise<Rig> {
  const sandbox = await startServo({ token });
  const connector = createServoConnector({
    ...restOptions(sandbox.url),
    token,
    ...override,
  });
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
  const found = servoOperations.get(id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

const order = (fields: JsonObject = {}): JsonObject => ({
  problem: 'The screen stays black',
  customer: { name: 'Zoë Müller', email: 'zoe@example.com', zip_code: '00500', city: 'Helsinki' },
  device: { sn: '11112222333344445555', description: 'MacBook Pro', accessories: ['Power adapter'] },
  attachment: { name: 'receipt.pdf', data: Buffer.from('%PDF-1.3').toString('base64') },
  ...fields,
});

async function prepare(rig: Rig, id: string): Promise<JsonObject> {
  if (id === 'Order/create') return order();
  if (id === 'Warranty/lookup') return { sn: 'DGKFL06JDHJP' };
  const { answer } = await rig.call('Order/create', order());
  return { q: (answer as JsonObject)['order'] ?? '' };
}

describeConnector('servo', servoOperations, { done: true }, async () => {
  const rig = await startRig();
  return {
    connector: rig.connector,
    prepare: ({ id }) => prepare(rig, id),
    refused: ({ id }) =>
      id === 'Order/create' ? null : id === 'Order/status' ? { q: '1' } : { sn: 'NOT-KNOWN-0000' },
    failNext: ({ id }, failing) => rig.sandbox.faults.next(id, faults[failing]),
    received: ({ id }) => rig.sandbox.calls.get(id) ?? 0,
    reset: () => rig.sandbox.reset(),
    close: rig.close,
  };
});

describe('Servo', () => {
  it('gets an order with its device and its file, as they were given', async () => {
    const rig = await startRig();
    const { answer } = await rig.call('Order/create', order());
    expect(rig.sandbox.orders.get(String((answer as JsonObject)['order']))?.details).toEqual(order());
    await rig.close();
  });

  it('shows how an order stands, to whoever has no token as well', async () => {
    const rig = await startRig();
    const { answer } = await rig.call('Order/create', order());
    const q = String((answer as JsonObject)['order']);
    rig.sandbox.proceed(q, 'Awaiting parts');
    const stranger = createServoConnector({ ...restOptions(rig.sandbox.url), token: 'other' });
    expect((await stranger.call(operation('Order/status'), { q })).answer).toMatchObject({
      status: 'Awaiting parts',
      timeline: [{ status: 'Awaiting parts' }, { status: 'In the service queue' }],
    });
    await stranger.close();
    await rig.close();
  });

  it('is refused as a target with a token that it does not know, without showing it', async () => {
    const rig = await startRig({ token: 'canary' });
    const error: unknown = await rig.connector.check().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TARGET_REFUSES', retry: 'never' });
    expect(explain(error)).not.toContain('canary');
    await rig.close();
  });

  it('cannot be configured with a token that no header takes', () => {
    const options = { ...restOptions('https://servo.example'), token: 'a\nb' };
    expect(() => createServoConnector(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it.each<[string, JsonObject]>([
    ['no customer', { customer: {} }],
    ['an address that is none', { customer: { name: 'A', email: 'zoe' } }],
    ['a file that is not base64', { attachment: { name: 'a', data: '*' } }],
    ['accessories in one text', { device: { accessories: 'a, b' } }],
  ])('takes no order with %s', (_name, fields) => {
    expect(operation('Order/create').request.safeParse(order(fields)).success).toBe(false);
  });

  it('has the same reference for the same content, whatever the order of its fields', () => {
    const { reference } = operation('Order/create');
    const turned = Object.fromEntries(Object.entries(order()).reverse());
    expect(reference(turned)).toBe(reference(order()));
    expect(reference(order({ problem: 'Another' }))).not.toBe(reference(order()));
  });
});

describe('the simulator of Servo', () => {
  it.each<[string, JsonObject, string]>([
    ['no problem', { problem: '' }, 'problem'],
    ['no address', { customer: { name: 'A' } }, 'customer.email'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ])('takes no order with %s', async (_name, fields, says) => {
    const sandbox = await startServo({ token });
    const response = await fetch(`${sandbox.url}/api/orders/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Token ${token}` },
      body: JSON.stringify(order(fields)),
    });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain(says);
    expect(sandbox.effects.size).toBe(0);
    await sandbox.close();
  });

  it('wants the slash at the end of a path, JSON, and the token', async () => {
    const sandbox = await startServo({ token });
    const post = (path: string, headers: Record<string, string>) =>
      fetch(sandbox.url + path, { method: 'POST', headers, body: JSON.stringify(order()) });
    const authorization = `Token ${token}`;
    expect((await post('/api/orders', { authorization })).status).toBe(404);
    expect((await post('/api/orders/', { authorization })).status).toBe(415);
    expect((await post('/api/orders/', { 'content-type': 'application/json' })).status).toBe(401);
    expect((await post('/api/status/', {})).status).toBe(405);
    await sandbox.close();
  });
});
