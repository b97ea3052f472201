import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { Connector } from '../../src/connectors/port.ts';
import {
  createServicerEventsConnector,
  type ServicerEventsOptions,
} from '../../src/connectors/servicer-events/connector.ts';
import { servicerEvents } from '../../src/connectors/servicer-events/operations.ts';
import {
  type ServicerEventsSandbox,
  type ServiceType,
  startServicerEvents,
} from '../../src/sandbox/servicer-events/server.ts';
import { describeConnector } from './conformance.ts';
import { faults } from './faults.ts';
import { restOptions } from './options.ts';
import { operationOf } from './service-orders-fixture.ts';

const place = { tenant: 't1', store: 's1', serviceOrder: 'SO-1' };

interface Rig {
  sandbox: ServicerEventsSandbox;
  connector: Connector;
  options: ServicerEventsOptions;
  post(id: string, fields: JsonObject): ReturnType<Connector['call']>;
  close(): Promise<void>;
}

async function startRig(override: Partial<ServicerEventsOptions> = {}): Promise<Rig> {
  const sandbox = await startServicerEvents({});
  const options: ServicerEventsOptions = {
    ...restOptions(sandbox.url),
    login: { kind: 'none' },
    way: { path: null, method: null },
    timestamps: 'seconds',
    ...override,
  };
  const connector = createServicerEventsConnector(options);
  return {
    sandbox,
    connector,
    options,
    post: (id, fields) => connector.call(operationOf(connector, id), { ...place, ...fields }),
    async close() {
      await sandbox.close();
      await connector.close();
    },
  };
}

function open(
  sandbox: ServicerEventsSandbox,
  serviceType: ServiceType,
  state: 'new' | 'accepted' | 'closed' = 'accepted',
) {
  sandbox.orders.set('SO-1', { serviceType, state, events: [] });
}

const typeOf = (id: string): ServiceType =>
  id.startsWith('repair_onsite') ? 'repair_onsite' : 'repair_depot';
const nameOf = (id: string): string => (id === 'other/custom' ? 'parts_ordered' : (id.split('/')[1] ?? ''));

describeConnector('servicer-events', servicerEvents, { done: true }, async () => {
  const rig = await startRig();
  return {
    connector: rig.connector,
    async prepare({ id }) {
      open(rig.sandbox, typeOf(id));
      return { ...place, event: nameOf(id), notes: 'x' };
    },
    refused: ({ id }) => ({ ...place, serviceOrder: 'SO-0', event: nameOf(id) }),
    takesAnything: () => true,
    failNext: (_operation, failing) => rig.sandbox.faults.next('events', faults[failing]),
    received: () => rig.sandbox.calls.get('events') ?? 0,
    reset: () => rig.sandbox.reset(),
    close: rig.close,
  };
});

describe('an event', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it.each([
    ['seconds', 1_767_607_200],
    ['milliseconds', 1_767_607_200_000],
  ] as const)('has its moments in %s, in whichever unit they were given', async (timestamps, sent) => {
    rig = await startRig({ timestamps });
    open(rig.sandbox, 'repair_onsite');
    for (const given of [1_767_607_200, 1_767_607_200_000]) {
      await rig.post('repair_onsite/customer_contact', {
        event: 'customer_contact',
        contactTimestamp: given,
        appointmentTimestamps: [given, given],
        somethingElse: given,
      });
      expect(rig.sandbox.orders.get('SO-1')?.events.at(-1)).toEqual({
        event: 'customer_contact',
        contactTimestamp: sent,
        appointmentTimestamps: [sent, sent],
        somethingElse: given,
      });
    }
  });

  it.each<[string, string, JsonObject]>([
    ['a wrong type', 'repair_depot/repair_eta', { event: 'repair_eta', isDelayed: 'yes' }],
    [
      'a moment as text',
      'repair_depot/repair_started',
      { event: 'repair_started', repairStartedAt: '2026-01-05' },
    ],
    ['the name of another', 'repair_depot/repair_started', { event: 'resolved' }],
    ['a listed name among the others', 'other/custom', { event: 'resolved' }],
    ['no name', 'other/custom', {}],
    ['an order that no path takes', 'other/custom', { event: 'x', serviceOrder: 'a/b' }],
  ])('with %s is not sent', async (_name, id, fields) => {
    rig = await startRig();
    open(rig.sandbox, 'repair_depot');
    await expect(rig.post(id, fields)).rejects.toMatchObject({ code: 'CALL_FAILED', retry: 'never' });
    expect(rig.sandbox.calls.size).toBe(0);
  });

  it.each<[string, ServiceType, 'new' | 'accepted' | 'closed', string]>([
    ['of an order of the other type', 'repair_onsite', 'accepted', 'WRONG_SERVICE_TYPE'],
    ['of an order that was not accepted', 'repair_depot', 'new', 'NOT_ACCEPTED'],
    ['of a closed order', 'repair_depot', 'closed', 'CLOSED'],
  ])('%s is refused', async (_name, type, state, code) => {
    rig = await startRig();
    open(rig.sandbox, type, state);
    const answer = await rig.post('repair_depot/repair_started', { event: 'repair_started' });
    expect(answer).toMatchObject({ accepted: false, code });
    expect(rig.sandbox.effects.size).toBe(0);
  });

  it('of another name belongs to either type of service', async () => {
    rig = await startRig();
    for (const type of ['repair_depot', 'repair_onsite'] as const) {
      open(rig.sandbox, type);
      const other = { event: 'van_stocked', eventDate: 1_767_607_200, metadata: { parts: [1] } };
      expect(await rig.post('other/custom', other)).toMatchObject({ accepted: true });
    }
  });

  it('is the same only when all of it is', async () => {
    rig = await startRig();
    const { reference } = operationOf(rig.connector, 'repair_depot/repair_started');
    const request = { ...place, event: 'repair_started', repairStartedAt: 1 };
    expect(reference({ ...request })).toBe(reference(request));
    expect(reference({ ...request, repairStartedAt: 2 })).not.toBe(reference(request));
    expect(reference({ ...request, serviceOrder: 'SO-2' })).not.toBe(reference(request));
  });
});

describe('the way of events', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is what is configured, for the check as well', async () => {
    rig = await startRig({
      way: { path: '/tenants/t9/stores/s9/service-orders/{serviceOrder}/events', method: null },
    });
    expect(await rig.connector.check()).toContain('404');
    open(rig.sandbox, 'repair_depot');
    expect(await rig.post('other/custom', { event: 'x' })).toMatchObject({ accepted: true });
  });

  it('cannot leave out the order', async () => {
    rig = await startRig();
    expect(() =>
      createServicerEventsConnector({ ...rig.options, way: { path: '/events', method: null } }),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('the simulator of events, spoken to without the connector', () => {
  it.each<[JsonObject, number]>([
    [{ event: 'repair_started', repairStartedAt: 'x' }, 400],
    [{ event: 'repair_eta', isDelayed: 1 }, 400],
    [{ event: '' }, 400],
    [{ notes: 'x' }, 400],
    [{ event: 'batched', availabilityWindows: ['x'] }, 400],
    [{ event: 'batched' }, 422],
    [{ event: 'anything', colour: 'red' }, 201],
  ])('answers %j with %s', async (event, status) => {
    const sandbox = await startServicerEvents({});
    open(
      sandbox,
      event['event'] === 'batched' && event['availabilityWindows'] ? 'repair_onsite' : 'repair_depot',
    );
    const response = await fetch(`${sandbox.url}/tenants/t1/stores/s1/service-orders/SO-1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(response.status).toBe(status);
    await sandbox.close();
  });
});
