/** What Servify's calls beside those about contracts say, and how their lost answers are found out. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json, JsonObject } from '../../src/base/json.ts';
import type { Async, CallResult, Operation } from '../../src/connectors/port.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import { newContract, type Rig, startRig } from './servify-fixture.ts';
import { claimed, newVoucher } from './servify-service-requests.ts';

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

function operation(id: string): Operation {
  const found = servifyOperations.get(id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

const fits = (id: string, request: JsonObject): boolean => operation(id).request.safeParse(request).success;

const found = (answer: Json, more: Partial<CallResult> = {}): CallResult => ({
  accepted: true,
  status: 200,
  code: '',
  message: '',
  ticket: null,
  answer,
  ...more,
});

describe('requests', () => {
  it.each<[string, string, JsonObject]>([
    [
      'a check for a fake names the model',
      'Diagnosis/fakeCheck',
      { CheckType: 'FakePhone', CustomerDeclaredDetails: { IMEI: '1' } },
    ],
    [
      'a check for a lock names the IMEI',
      'Diagnosis/fakeCheck',
      { CheckType: 'ICloud', CustomerDeclaredDetails: { Model: 'A | 64' } },
    ],
    [
      'a check is one of three',
      'Diagnosis/fakeCheck',
      { CheckType: 'All', CustomerDeclaredDetails: { IMEI: '1', Model: 'A' } },
    ],
    ['a shipment is named', 'Logistics/UpdateLogisticsStatus', { status: 'attempted' }],
    ['a status is set', 'Logistics/UpdateLogisticsStatus', { ReferenceID: 'R' }],
    ['a claim is named', 'ServiceRequest/updateClaimRequestStatus', { statusCode: 'SC0002' }],
    ['a claim has our id', 'ServiceRequest/createClaimRequest', { imeiOrSerial: '1' }],
    [
      'a payment is for something',
      'Wallet/checkWalletBalanceAndDebitAmount',
      { StoreCode: 'S', WalletProvider: 'P', CurrencyCode: 'INR', ContractArray: [] },
    ],
    ['a queued call has a code', 'Async/Contract/createContract', newContract()],
  ])('are sent only where %s', (_name, id, request) => {
    expect(fits(id, request)).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ['true', { ClaimClosed: true }],
    ['1', { ClaimClosed: 1 }],
    ['either spelling', { ASCenterVendorCode: 'a', ASCenterVenderCode: 'b' }],
  ])('about costs may have %s', (_name, fields) => {
    expect(fits('ServiceRequest/updateClaimExpenditure', { ExternalReferenceID: 'E', ...fields })).toBe(true);
  });
});

describe('vouchers', () => {
  const id = 'Voucher/captureVoucherSales';
  const answered = (created: JsonObject[], failed: JsonObject[]): Json => ({
    VoucherResult: { createdCodes: created, failedCodes: failed },
  });

  it('have a result each, and none where the answer contradicts itself', () => {
    const [a, b, c] = [{ VoucherCode: 'A' }, { VoucherCode: 'B' }, { VoucherCode: 'C' }];
    const rows = [a, b, c, { VoucherCode: 'D' }];
    const results = operation(id).batch?.results(answered([a, c], [b, c]), rows);
    expect([...(results?.rows ?? [])].map(([code, { accepted }]) => [code, accepted])).toEqual([
      ['A', true],
      ['B', false],
    ]);
    expect(results?.common).toBeNull();
  });

  it('are recorded once; a second time is a failure without a reason', async () => {
    rig = await startRig();
    const [first, second] = [newVoucher(), newVoucher()];
    const sell = (...VoucherArray: JsonObject[]) => rig?.connector.call(operation(id), { VoucherArray });
    expect(await sell(first)).toMatchObject({ accepted: true, code: 'CREATED' });
    expect(await sell(first)).toMatchObject({ accepted: false, code: 'FAILED' });
    const both = await sell(first, second);
    expect(both).toMatchObject({ accepted: false });
    expect([
      ...(operation(id)
        .batch?.results(both?.answer ?? null, [first, second])
        ?.rows.values() ?? []),
    ]).toMatchObject([{ accepted: true }, { accepted: false }]);
    expect([...rig.sandbox.effects.values()]).toEqual([1, 1]);
  });
});

describe('a lost change of a claim’s status', () => {
  const { repeat } = operation('ServiceRequest/updateClaimStatus');
  if (repeat.mode !== 'lookup') throw new Error('it is looked up');
  const charge = { ChargeType: 'ServiceCharge', Amount: 1000 };
  const sent = { ReferenceID: 'R', StatusCode: 'SC0002', Charges: [charge] };

  it.each<[string, string, CallResult]>([
    [
      'happened when the claim has it, with the charges',
      'happened',
      found({ StatusCode: 'SC0002', Charges: [charge] }),
    ],
    [
      'is unclear without the charges',
      'unclear',
      found({ StatusCode: 'SC0002', Charges: [{ ...charge, Amount: 1 }] }),
    ],
    [
      'is unclear when the claim had it before',
      'unclear',
      found({ StatusCode: 'SC0003', Logs: [{ StatusCode: 'SC0002' }] }),
    ],
    [
      'is absent when the claim never had it',
      'absent',
      found({ StatusCode: 'SC0003', Logs: [{ Status: 'x' }] }),
    ],
    [
      'is unclear when there is no such claim',
      'unclear',
      found({}, { accepted: false, code: 'DATA.BAD_REQUEST.400' }),
    ],
    ['is unclear when the look-up failed', 'unclear', found({}, { accepted: false, code: 'X' })],
  ])('%s', (_name, kind, answer) => {
    expect(repeat.judge(answer, sent)).toMatchObject({ kind });
  });
});

it('asks for the claims of a span of days page by page', async () => {
  rig = await startRig();
  const { reference } = await claimed(rig);
  const list = operation('ServiceRequest/getClaimList');
  const span = { StartDate: '2000-01-01', EndDate: '2199-12-31' };
  const { answer } = await rig.connector.call(list, { ...span, ...list.paging?.ask(1, 10) });
  expect(list.paging?.total(answer)).toBe(1);
  expect(list.paging?.items(answer)).toMatchObject([{ ReferenceID: reference }]);
});

describe('a call that is only queued', () => {
  const create = operation('Async/Contract/createContract');
  const calledBack = ({ async }: Operation): Extract<Async, { mode: 'callback' }> => {
    if (async?.mode !== 'callback') throw new Error('the operation is called back');
    return async;
  };

  it.each<[string, string, Json, JsonObject | null]>([
    [
      'a sale',
      create.id,
      { requestCode: 'c', soldPlanCode: 'S1' },
      { accepted: true, answer: { SoldPlanCode: 'S1' } },
    ],
    [
      'a failure',
      create.id,
      { requestCode: 'c', success: false, errorCode: 'X', message: 'no' },
      { accepted: false, code: 'X', message: 'no' },
    ],
    ['a sale without its code', create.id, { requestCode: 'c', success: true }, null],
    [
      'a payment',
      'Async/Contract/createTransaction',
      { requestCode: 'c', success: true },
      { accepted: true },
    ],
    ['nothing', 'Async/Contract/createTransaction', { requestCode: 'c' }, null],
    ['no object', create.id, 'done', null],
  ])('is told of %s', (_name, id, body, expected) => {
    const result = calledBack(operation(id)).judge(body);
    if (expected === null) expect(result).toBeNull();
    else expect(result).toMatchObject(expected);
  });

  it('is acknowledged by its own code only', () => {
    const { queued, codeOf } = calledBack(create);
    expect(queued({ requestCode: 'c' }, 'c')).toBe(true);
    expect(queued({ requestCode: 'd' }, 'c')).toBe(false);
    expect(codeOf({ requestCode: 'c' })).toBe('c');
    expect(codeOf([])).toBeNull();
  });

  it('is done later, and told to the callback; the code travels in a header', async () => {
    const told: Json[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        told.push({ key: request.headers['x-key'] ?? '', ...JSON.parse(body) });
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.listening).toBe(true));
    const { port } = server.address() as AddressInfo;
    rig = await startRig(
      {},
      { callback: { url: `http://127.0.0.1:${port}/done`, headers: { 'x-key': 'k' } } },
    );
    const request = newContract();
    rig.sandbox.failCallback('twice');
    const answer = await rig.connector.call(create, { ...request, 'request-code': 'c-1' });
    expect(answer).toMatchObject({ accepted: true, answer: { requestCode: 'c-1' } });
    await vi.waitFor(() => expect(told).toHaveLength(2));
    const [contract] = rig.sandbox.contracts.values();
    expect(told[0]).toEqual({
      key: 'k',
      requestCode: 'c-1',
      externalReferenceID: request['ExternalReferenceID'],
      soldPlanCode: contract?.soldPlanCode,
    });
    expect(contract?.details).not.toHaveProperty('request-code');
    server.close();
    server.closeAllConnections();
  });
});
