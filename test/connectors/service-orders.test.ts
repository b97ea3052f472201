import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { createServiceOrdersConnector } from '../../src/connectors/service-orders/connector.ts';
import { serviceOrderOperations } from '../../src/connectors/service-orders/operations.ts';
import { describeConnector } from './conformance.ts';
import { faults } from './faults.ts';
import { operationOf, type Rig, startRig, store } from './service-orders-fixture.ts';

/** Field of the path that names the thing itself, and the call that makes one. */
const things: Record<string, { field: string; create: string }> = {
  ServiceOrderItem: { field: 'item', create: 'ServiceOrderItem/create' },
  ServiceOrderEvent: { field: 'event', create: 'ServiceOrderEvent/create' },
  ServiceOrderHours: { field: 'hoursEntry', create: 'ServiceOrderHours/create' },
  ServiceStatus: { field: 'serviceStatus', create: 'ServiceStatus/create' },
  HourlyRate: { field: 'hourlyRate', create: 'HourlyRate/create' },
};

async function prepare(rig: Rig, id: string): Promise<JsonObject> {
  const [group = '', deed = ''] = id.split('/');
  const tenant = { tenant: 't1' };
  const scoped = group.startsWith('ServiceOrder');
  if (id === 'ServiceOrder/create') return { ...store, title: 'Black screen' };
  if (id === 'ServiceOrder/list' || id === 'ServiceOrder/search') return store;
  const serviceOrder = scoped ? await rig.made('ServiceOrder/create', { ...store, title: 'x' }) : '';
  const place = scoped ? { ...store, serviceOrder } : tenant;
  if (id === 'ServiceOrder/getByPublicHash')
    return { ...store, publicHash: rig.sandbox.publicHash(serviceOrder) };
  if (id === 'ServiceType/update') return { ...tenant, serviceType: 'repair_depot', name: 'Depot' };
  const thing = things[group];
  if (thing === undefined || deed === 'list') return place;
  if (deed === 'create') return { ...place, note: 'made' };
  return { ...place, [thing.field]: await rig.made(thing.create, { ...place, note: 'made' }) };
}

function refused(id: string): JsonObject | null {
  const [group = '', deed = ''] = id.split('/');
  if (id === 'ServiceOrder/getByPublicHash') return { ...store, publicHash: 'unknown' };
  if (id === 'ServiceType/update') return { tenant: 't1', serviceType: 'unknown' };
  if (group === 'ServiceOrder')
    return deed === 'list' || deed === 'search' || deed === 'create'
      ? null
      : { ...store, serviceOrder: 'SO-0' };
  const thing = things[group];
  if (group.startsWith('ServiceOrder')) {
    const own = thing === undefined || deed === 'list' || deed === 'create' ? {} : { [thing.field]: 'X-0' };
    return { ...store, serviceOrder: 'SO-0', ...own };
  }
  return deed === 'update' && thing !== undefined ? { tenant: 't1', [thing.field]: 'X-0' } : null;
}

const open = /\/(create|update|search)$/;

describeConnector('service-orders', serviceOrderOperations, { done: true }, async () => {
  const rig = await startRig();
  return {
    connector: rig.connector,
    prepare: ({ id }) => prepare(rig, id),
    refused: ({ id }) => refused(id),
    takesAnything: ({ id }) => open.test(id),
    failNext: ({ id }, failing) => rig.sandbox.faults.next(id, faults[failing]),
    received: ({ id }) => rig.sandbox.calls.get(id) ?? 0,
    reset: () => rig.sandbox.reset(),
    close: rig.close,
  };
});

describe('the operations of service orders', () => {
  it('are 32', () => {
    expect(serviceOrderOperations.size).toBe(32);
  });

  it.each([
    ['a bare list', [{ a: 1 }], [{ a: 1 }], null],
    ['a list in an object', { data: [1, 2], totalCount: 9 }, [1, 2], 9],
  ])('find what they list in %s', (_name, answer, items, total) => {
    const { paging, response } = serviceOrderOperations.get('HourlyRate/list') ?? {};
    expect(response?.safeParse(answer).success).toBe(true);
    expect(paging?.items(answer)).toEqual(items);
    expect(paging?.total(answer)).toBe(total);
  });
});

describe('service orders', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it.each(['a/b', '..', 'a b', '', 'a\n', 'ö'])(
    'are not asked for by the reference %j',
    async (serviceOrder) => {
      rig = await startRig();
      await expect(rig.call('ServiceOrder/get', { ...store, serviceOrder })).rejects.toMatchObject({
        code: 'CALL_FAILED',
        retry: 'never',
      });
      expect(rig.sandbox.calls.size).toBe(0);
    },
  );

  it('come page by page, in either order, by their filters', async () => {
    rig = await startRig();
    for (const state of ['open', 'open', 'closed', 'open'])
      await rig.made('ServiceOrder/create', { ...store, state, priority: state === 'open' ? 'high' : 'low' });
    const { paging } = operationOf(rig.connector, 'ServiceOrder/list');
    if (paging === undefined) throw new Error('no paging');
    const ids = async (fields: JsonObject): Promise<unknown[]> => {
      const { answer } = await rig.call('ServiceOrder/list', { ...store, ...fields });
      return paging.items(answer).map((one) => (one as JsonObject)['serviceOrderUid']);
    };
    const all = await ids({});
    expect(all).toHaveLength(4);
    expect(await ids({ sort: 'DESC' })).toEqual(all.toReversed());
    expect(await ids({ ...paging.ask(2, 3) })).toEqual(all.slice(3));
    expect(await ids({ state: 'closed' })).toEqual([all[2]]);
    expect(await ids({ priorities: ['low', 'none'] })).toEqual([all[2]]);
    const { answer } = await rig.call('ServiceOrder/list', { ...store, ...paging.ask(1, 1) });
    expect(paging.total(answer)).toBe(4);
  });

  it('are searched by a part of a value, whatever its case', async () => {
    rig = await startRig();
    const ann = await rig.made('ServiceOrder/create', {
      ...store,
      customer: { name: 'Johanna' },
      date: '2006-05-04',
    });
    await rig.made('ServiceOrder/create', { ...store, customer: { name: 'Peter' }, date: '2006-06-01' });
    const found = async (fields: JsonObject) =>
      (await rig.call('ServiceOrder/search', { ...store, ...fields })).answer;
    expect(await found({ query: 'ANNA' })).toMatchObject({ items: [{ serviceOrderUid: ann }], total: 1 });
    expect(await found({ dateTo: '2006-05-04' })).toMatchObject({ total: 1 });
    expect(await found({ page: 2, itemsPerPage: 1 })).toMatchObject({
      items: [{ date: '2006-06-01' }],
      total: 2,
    });
  });

  it('have a report, as a file or in base64, by what is accepted', async () => {
    rig = await startRig();
    const order = { ...store, serviceOrder: await rig.made('ServiceOrder/create', store) };
    const { answer: asJson } = await rig.call('ServiceOrder/report', {
      ...order,
      Accept: 'application/json',
    });
    const { answer: asFile } = await rig.call('ServiceOrder/report', {
      ...order,
      Accept: 'application/octet-stream',
    });
    const { answer: unsaid } = await rig.call('ServiceOrder/report', order);
    expect(asFile).toEqual({ ...(asJson as JsonObject), contentType: 'application/octet-stream' });
    expect(unsaid).toEqual(asJson);
    const bytes = Buffer.from(String((asFile as JsonObject)['content']), 'base64');
    expect([...bytes.subarray(-4)]).toEqual([0xff, 0xfe, 0x00, 0x80]);
  });

  it('say in their own words why something was refused', async () => {
    rig = await startRig();
    expect(await rig.call('ServiceOrder/get', { ...store, serviceOrder: 'SO-0' })).toMatchObject({
      accepted: false,
      status: 404,
      code: 'NOT_FOUND',
      message: 'orders is not known',
    });
  });
});

describe('the way of service orders', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is what is configured', async () => {
    const way = { path: '/tenants/{tenant}/hourly-rates', method: null };
    rig = await startRig({
      ways: { operations: { 'ServiceType/list': way }, parameters: { itemsPerPage: 'sort' } },
    });
    // Which the simulator answers as it answers that other call: its lists of rates cannot be sorted.
    expect(await rig.call('ServiceType/list', { tenant: 't1' })).toMatchObject({ answer: { total: 0 } });
    expect([...rig.sandbox.calls]).toEqual([['HourlyRate/list', 1]]);
    const renamed = await rig.call('ServiceType/list', { tenant: 't1', itemsPerPage: 5 });
    expect(renamed).toMatchObject({ accepted: false, code: 'BAD_SORT' });
  });

  it('may leave out tenant and store, which are then not sent at all', async () => {
    const way = { path: '/tenants/t9/stores/s9/service-orders/{serviceOrder}', method: null };
    rig = await startRig({ ways: { operations: { 'ServiceOrder/get': way }, parameters: {} } });
    const serviceOrder = await rig.made('ServiceOrder/create', { tenant: 't9', store: 's9' });
    expect(await rig.call('ServiceOrder/get', { ...store, serviceOrder })).toMatchObject({ accepted: true });
  });

  it.each([
    [
      'an operation that there is not',
      { 'ServiceOrder/gett': { path: null, method: null } },
      'ServiceOrder/get?',
    ],
    ['a field that there is not', { 'ServiceOrder/get': { path: '/{order}', method: null } }, '{order}'],
    [
      'no reference to what is meant',
      { 'ServiceOrder/delete': { path: '/orders', method: null } },
      '{serviceOrder}',
    ],
  ])('is refused with %s', async (_name, operations, says) => {
    rig = await startRig();
    const create = () =>
      createServiceOrdersConnector({ ...rig.options, ways: { operations, parameters: {} } });
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    try {
      create();
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).toContain(says);
    }
  });
});
