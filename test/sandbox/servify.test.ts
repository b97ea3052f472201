import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/base/json.ts';
import { sign } from '../../src/connectors/servify/crypto.ts';
import { type ServifySandbox, startServify } from '../../src/sandbox/servify/server.ts';
import {
  clientId,
  clientSecret,
  HeldClock,
  newContract,
  type Rig,
  rsaPair,
  startRig,
} from '../connectors/servify-fixture.ts';

const clock = new HeldClock();
const host = 'client.example';

function headers(over: Record<string, string> = {}): Record<string, string> {
  const date = over['x-date'] ?? new Date(clock.now()).toUTCString();
  return {
    'content-type': 'application/json',
    'client-id': clientId,
    'x-host': host,
    'x-date': date,
    'hmac-signature': sign(clientSecret, date, host),
    ...over,
  };
}

describe('the simulator, spoken to without the connector', () => {
  let sandbox: ServifySandbox;
  beforeAll(async () => {
    sandbox = await startServify({
      clientId,
      clientSecret,
      clientPublicKey: rsaPair().publicKey,
      clock,
      plain: true,
      tokenTtlMs: 60_000,
    });
  });
  beforeEach(() => sandbox.reset());
  afterAll(() => sandbox.close());

  async function ask(path: string, body: Json, over: Record<string, string> = {}): Promise<JsonObject> {
    const response = await fetch(`${sandbox.url}/${path}`, {
      method: 'POST',
      headers: headers(over),
      body: JSON.stringify(body),
    });
    return { http: response.status, ...((await response.json()) as JsonObject) };
  }
  const tokenOf = async (): Promise<string> => {
    const { data } = await ask('Auth/generateToken', {});
    return String((data as JsonObject)['token']);
  };
  const call = async (path: string, body: Json) => ask(path, body, { 'client-session-id': await tokenOf() });

  it('answers only POST to the paths it has', async () => {
    expect((await fetch(`${sandbox.url}/Contract/none`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${sandbox.url}/Contract/createContract`)).status).toBe(405);
  });

  it.each([
    ['CLIENT.INVALID.401', { 'client-id': 'other' }],
    ['HMAC.INVALID.401', { 'hmac-signature': 'AAAA' }],
    ['HMAC.INVALID.401', { 'x-host': 'other.example' }],
    ['HMAC.INVALID.401', { 'x-date': new Date(clock.now() - 16 * 60_000).toUTCString() }],
    ['HMAC.INVALID.401', { 'x-date': '2026-03-01T12:00:00Z' }],
  ])('answers %s to %j', async (errorCode, over) => {
    const answer = await ask('Auth/generateToken', {}, over);
    expect(answer).toMatchObject({ http: 401, success: false, errorCode, data: {} });
    expect(answer['ticketNumber']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('ends tokens when their time is over', async () => {
    const token = await tokenOf();
    const list = { StartDate: '2026-01-01', EndDate: '2026-01-02', Pagination: {} };
    const withToken = { 'client-session-id': token };
    expect(await ask('Contract/getContractList', list, withToken)).toMatchObject({ success: true });
    clock.advance(60_000);
    expect(await ask('Contract/getContractList', list, withToken)).toMatchObject({
      errorCode: 'TOK.EXP.001',
    });
  });

  it.each<[string, JsonObject]>([
    ['CustomerName is missing', { CustomerName: undefined as unknown as Json }],
    ['PlanPrice is not a number', { PlanPrice: '3000' }],
    ['DateOfPurchase is not a date', { DateOfPurchase: '2026-02-30' }],
    ['Colour is not a field', { Colour: 'red' }],
    ['CustomerAddress.Street is not a field', { CustomerAddress: { Street: 'x' } }],
  ])('refuses a contract of which %s', async (problem, fields) => {
    const answer = await call('Contract/createContract', newContract(fields));
    expect(answer).toMatchObject({ http: 400, errorCode: 'DATA.BAD_REQUEST.400' });
    expect(answer['message']).toContain(problem);
    expect(sandbox.effects.size).toBe(0);
  });

  it('makes and counts a second contract under the same id', async () => {
    const request = newContract({ ExternalReferenceID: 'TWICE' });
    await call('Contract/createContract', request);
    expect(await call('Contract/createContract', request)).toMatchObject({ success: true });
    expect(sandbox.effects.get('Contract/createContract TWICE')).toBe(2);
    expect(sandbox.contracts.size).toBe(2);
  });

  it('cancels once, and reactivates only what is cancelled', async () => {
    await call('Contract/createContract', newContract({ ExternalReferenceID: 'C' }));
    const cancel = { ExternalReferenceID: 'C', ReasonCode: 'R', CancellationInitiationDate: '2026-03-02' };
    expect(await call('Contract/cancelContract', cancel)).toMatchObject({ data: { isCancellable: true } });
    expect(await call('Contract/cancelContract', cancel)).toMatchObject({ data: { isCancellable: false } });
    expect(sandbox.effects.get('Contract/cancelContract C')).toBe(1);
    const again = { ExternalReferenceID: 'C' };
    expect(await call('Contract/reactivate', again)).toMatchObject({ success: true });
    expect(await call('Contract/reactivate', again)).toMatchObject({ errorCode: 'DATA.BAD_REQUEST.400' });
  });

  it('lists page by page', async () => {
    for (let i = 0; i < 5; i++) await call('Contract/createContract', newContract());
    const list = { StartDate: '2026-01-01', EndDate: '2026-12-31', limitFilter: 2 };
    expect(await call('Contract/getContractList', { ...list, Pagination: { CurrentPage: 3 } })).toMatchObject(
      {
        data: { ContractList: [{}], TotalCount: 5, TotalPages: 3, ItemsPerPage: 2 },
      },
    );
  });

  it('leaves out devices it does not know, and answers in another order', async () => {
    const [a, b] = ['111111111111111', '222222222222222'];
    for (const ProductUniqueID of [a, b])
      await call('Contract/createContract', newContract({ ProductUniqueID }));
    const { data } = await call('Contract/getContractDetailsbyIMEI', { IMEIs: [a, '466', b] });
    expect((data as JsonObject[]).map((row) => row['imei'])).toEqual([b, a]);
  });

  const device = {
    PlanCode: 'SFYPROTECT01',
    BrandCode: 'OnePlus',
    ProductUniqueID: '123456789012345',
    ProductPurchaseCost: 52000,
    CountryCode: 'IN',
    ProductSubCategoryCode: 'SMART_PHONE',
  };
  it.each<[string, JsonObject]>([
    ['ELIGIBLE_FOR_PLAN', {}],
    ['INVALID_REQUEST_PARAMS', { ProductPurchaseCost: 0 }],
    ['INVALID_DEVICE_UNIQUE_IDENTIFIER', { ProductUniqueID: '12345670000' }],
    ['UNSUPPORTED_APP', { PlanCode: 'PARTNERONLY01' }],
    ['UNSUPPORTED_PLAN_PRICE', { PlanCode: 'NOSUCHPLAN' }],
    ['UNSUPPORTED_COUNTRY', { CountryCode: 'FR' }],
    ['UNSUPPORTED_DEVICE', { BrandCode: 'NoBrand' }],
    ['UNSUPPORTED_PRODUCT_PURCHASE_COST', { ProductPurchaseCost: 150_001 }],
    ['UNSUPPORTED_DEVICE_DATE_OF_PURCHASE', { DeviceDateOfPurchase: '2018-12-31' }],
    ['UNSUPPORTED_LAST_REPAIR_DATE', { LastRepairDate: '2018-12-31' }],
    ['ALREADY_REGISTERED_AGAINST_POLICY', { ProductUniqueID: '999999999999999' }],
  ])('says %s for %j', async (code, fields) => {
    await call('Contract/createContract', newContract({ ProductUniqueID: '999999999999999' }));
    const eligible = code === 'ELIGIBLE_FOR_PLAN';
    const { data } = await call('Contract/checkEligibility', { ...device, ...fields });
    expect(data).toMatchObject({ IsEligible: eligible, EligibilityStatusCode: code });
    expect((data as JsonObject)['PlanPrice']).toBe(eligible ? 3000 : undefined);
  });
});

describe('the simulator with its shortcut', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({}, { shortcut: { decryptEvery: 10 } });
  });
  afterAll(() => rig.close());

  it('does a sample and gives the others the answer of it', async () => {
    const create = rig.connector.operations.get('Contract/createContract');
    if (create === undefined) throw new Error('no createContract');
    for (let i = 0; i < 30; i++) {
      expect(await rig.connector.call(create, newContract())).toMatchObject({ accepted: true });
    }
    // The first, because there was nothing to answer with yet, and the tenth, twentieth and thirtieth.
    expect(rig.sandbox.contracts.size).toBe(4);
    expect(rig.sandbox.effects.get('Contract/createContract unread')).toBe(26);
  });
});
