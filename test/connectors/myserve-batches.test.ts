import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json, JsonObject } from '../../src/base/json.ts';
import type { Async, Operation } from '../../src/connectors/port.ts';
import {
  category,
  device,
  employee,
  incoming,
  operation,
  order,
  type Rig,
  rows,
  startRig,
  toBusiness,
  toPerson,
} from './myserve-fixture.ts';

let rig: Rig;
afterEach(() => rig?.close());

/** What the answer says of each row that was sent, by its key. */
function resultsOf(id: string, answer: Json, sent: readonly JsonObject[]): JsonObject {
  const found = operation(id).batch?.results(answer, sent);
  return Object.fromEntries([...(found?.rows ?? [])].map(([key, { code }]) => [key, code]));
}

function polling({ async }: Operation): Extract<Async, { mode: 'poll' }> {
  if (async?.mode !== 'poll') throw new Error('the operation is not polled');
  return async;
}

describe('a batch of MyServe', () => {
  it('gets a result of its own for each row, though one of them fails', async () => {
    rig = await startRig();
    const data = [device('1'), device('2', { manager: 'Person 0000' }), device('3', { device_make: 'X' })];
    await rig.call('Devices/synchronize', { data: [device('3')] });
    const { accepted, answer } = await rig.call('Devices/synchronize', { data });
    expect(accepted).toBe(false);
    expect(resultsOf('Devices/synchronize', answer, data)).toEqual({
      1: 'created',
      2: 'error',
      3: 'updated',
    });
    expect([...rig.sandbox.records('Devices').keys()]).toEqual(['3', '1']);
  });

  it('takes what is about no row for all rows without a word of their own', async () => {
    rig = await startRig();
    const data = [category('44822'), category('44822', { accounting_type: 'Sub Account' })];
    const { accepted, answer } = await rig.call('AccountingCategories/synchronize', { data });
    expect(accepted).toBe(false);
    const found = operation('AccountingCategories/synchronize').batch?.results(answer, data);
    expect(found?.rows.size).toBe(0);
    expect(found?.common).toMatchObject({ accepted: false, code: 'error' });
    expect(rig.sandbox.effects.size).toBe(0);
  });

  it('finds employees by number, and by name where a name is one alone', () => {
    const data = [
      employee('A1', { name: 'Ada' }),
      employee('A2', { name: 'Bo' }),
      employee('A3', { name: 'Bo' }),
    ];
    const results = { Ada: { status: 'created' }, Bo: { status: 'created' }, A3: { status: 'updated' } };
    expect(resultsOf('Employees/synchronize', { results }, data)).toEqual({ A1: 'created', A3: 'updated' });
  });

  it('has no result for a row that the answer leaves out, and none for one that was not sent', () => {
    const results = { 9: { status: 'created' }, constructor: { status: 'created' } };
    const found = operation('Devices/synchronize').batch?.results({ results }, [device('1')]);
    expect(found).toEqual({ rows: new Map(), common: null });
  });

  it('cannot have a category by the name that stands for no row', () => {
    const { request } = operation('AccountingCategories/synchronize');
    expect(request.safeParse(rows(category('Common'))).success).toBe(false);
  });

  it('changes nothing when it is a try run', async () => {
    rig = await startRig();
    const { code } = await rig.call('Employees/synchronize', { ...rows(employee('A1')), sandbox: true });
    expect(code).toBe('created');
    expect(rig.sandbox.records('Employees').size).toBe(0);
  });
});

describe('a job of MyServe', () => {
  it('is followed from the answer that it is queued to the results of its rows', async () => {
    rig = await startRig();
    const synchronize = operation('Employees/synchronize');
    const { ask, job, status, judge } = polling(synchronize);
    const data = [employee('A1'), employee('A2', { manager_name: 'Person 0000' })];
    const queued = await rig.call(synchronize.id, { data, ...ask });
    expect(queued).toMatchObject({ accepted: true, code: 'queued' });
    expect(rig.sandbox.records('Employees').size).toBe(0);

    const id = job(queued.answer) ?? '';
    const look = async () => judge(await rig.call(status.operation, status.request(id)));
    expect(await look()).toBeNull();
    const ended = await vi.waitFor(async () => {
      const result = await look();
      expect(result).not.toBeNull();
      return result;
    });
    expect(ended).toMatchObject({ accepted: false, code: 'errored' });
    expect(resultsOf(synchronize.id, ended?.answer ?? null, data)).toEqual({ A1: 'created', A2: 'error' });
    expect([...rig.sandbox.records('Employees').keys()]).toEqual(['A1']);
  });

  it('tells its result to the address that was given, once', async () => {
    const told: Json[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        told.push(JSON.parse(body));
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.listening).toBe(true));
    const { port } = server.address() as AddressInfo;
    rig = await startRig();
    await rig.call('AccountingCategories/synchronize', {
      ...rows(category('44822')),
      async: true,
      status_callback_url: `http://127.0.0.1:${port}/done`,
    });
    await vi.waitFor(() =>
      expect(told).toMatchObject([{ status: 'completed', results: { 44822: { status: 'created' } } }]),
    );
    server.close();
    server.closeAllConnections();
  });

  it.each<[string, JsonObject]>([
    ['SimCardChanges/create', { number: '1', new_sim: '2' }],
    ['TransferOfResponsibility/createIn', incoming()],
    ['TransferOfResponsibility/createOut', toPerson()],
  ])('of people, asked for by %s, is over when its state says so', async (id, request) => {
    rig = await startRig();
    const { job, status, judge } = polling(operation(id));
    const { answer } = await rig.call(id, request);
    const look = async () => judge(await rig.call(status.operation, status.request(job(answer) ?? '')));
    await vi.waitFor(async () => expect(await look()).toMatchObject({ accepted: true, code: 'completed' }));
  });

  it('stays open for a state that no document names', () => {
    const { judge } = polling(operation('SimCardChanges/create'));
    const found = { accepted: true, status: 200, code: 'frobbed', message: '', ticket: null, answer: {} };
    expect(judge(found)).toBeNull();
    expect(judge({ ...found, code: 'cancelled' })).toMatchObject({ accepted: false });
  });
});

describe('a target for try runs', () => {
  it('sends every call that can be tried as a try run', async () => {
    rig = await startRig({ trial: true });
    expect(await rig.connector.check()).toContain('try runs only');
    await rig.call('Employees/synchronize', rows(employee('A1')));
    await rig.call('TransferOfResponsibility/createOut', toBusiness());
    expect(rig.sandbox.effects.size).toBe(0);
  });

  it('does not send what cannot be tried', async () => {
    rig = await startRig({ trial: true });
    await expect(rig.call('Orders/create', order())).rejects.toMatchObject({ code: 'TARGET_REFUSES' });
    expect(rig.sandbox.calls.get('Orders/create')).toBeUndefined();
  });
});

describe('lists of MyServe', () => {
  it('come in pages of 100, with totals where orders are listed by page', async () => {
    const billingLines = Array.from({ length: 230 }, (_, n) => ({
      number: String(n),
      billing_account: 'B1',
    }));
    rig = await startRig({}, { billingLines });
    const { paging } = operation('BillingDataLines/list');
    const sizes = await Promise.all(
      [1, 2, 3, 4].map(async (page) => {
        const { answer } = await rig.call('BillingDataLines/list', paging?.ask(page, 100) as JsonObject);
        return paging?.items(answer).length;
      }),
    );
    expect(sizes).toEqual([100, 100, 30, 0]);
    const { answer } = await rig.call('Orders/list', { page: 1 });
    expect(operation('Orders/list').paging?.total(answer)).toBe(0);
    expect(paging?.total(answer)).toBe(0);
    expect(paging?.total((await rig.call('Orders/list', {})).answer)).toBeNull();
  });
});

describe('a token', () => {
  it('that is not known makes the target refuse, without being shown', async () => {
    rig = await startRig({ apiToken: 'canary' });
    const error: unknown = await rig.connector.check().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TARGET_REFUSES', retry: 'never' });
    expect(String(error)).not.toContain('canary');
  });

  it('that no header takes is refused at once', async () => {
    rig = await startRig();
    await expect(startRig({ apiToken: 'a\nb' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
