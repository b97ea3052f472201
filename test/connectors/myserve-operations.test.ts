/** Rules of MyServe's requests beyond "required": asked of the client's schemas, and of the simulator, which has its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { type MyserveSandbox, startMyserve } from '../../src/sandbox/myserve/server.ts';
import {
  apiToken,
  category,
  device,
  incoming,
  item,
  operation,
  order,
  rows,
  shipping,
  toBusiness,
  toPerson,
} from './myserve-fixture.ts';

let sandbox: MyserveSandbox;
beforeAll(async () => {
  sandbox = await startMyserve({ token: apiToken });
});
afterAll(() => sandbox.close());

/** Whether the simulator did it, asked without the client. */
async function does(id: string, request: JsonObject): Promise<boolean> {
  sandbox.reset();
  const { method, path } = operation(id);
  const answer = await fetch(sandbox.url + path, {
    method,
    headers: { 'content-type': 'application/json', api_token: apiToken },
    body: JSON.stringify(request),
  });
  await answer.text();
  return sandbox.effects.size > 0;
}

const fits = (id: string, request: JsonObject): boolean => operation(id).request.safeParse(request).success;

const port = { prev_carrier_account: '12345678' };
const newItem: JsonObject = {
  request_type: 'new',
  product_id: 3956,
  billing_account_number: '1',
  employee_name: 'Zoë',
  device_term: { name: 'no term', price: 999 },
  accounting_codes: [],
};
const accessory: JsonObject = {
  request_type: 'accessory',
  employee_name: 'Zoë',
  accessories: [{ id: 111, quantity: 2 }],
  accounting_codes: [{ type_name: 'GL Account', category_name: '1' }],
};
const { shipping: _shipping, ...unshipped } = order();
const { note: _note, ...noteless } = shipping;

describe('client and simulator agree that', () => {
  it.each<[string, string, JsonObject]>([
    [
      'a device may leave its categories out',
      'Devices/synchronize',
      rows(device('1', { accounting_categories: [] })),
    ],
    [
      'a category may have approvers by name alone',
      'AccountingCategories/synchronize',
      rows(category('1', { approval_managers: [{ name: 'Ada' }] })),
    ],
    [
      'an order may have a flat address',
      'Orders/create',
      { ...unshipped, shipping_address: '1 Harbour Road' },
    ],
    [
      'an upgrade needs no reason of its own',
      'Orders/create',
      order({ order_items: [without(item({ reason: 'eligible_for_upgrade' }), 'custom_reason')] }),
    ],
    ['a new device may be ordered', 'Orders/create', order({ order_items: [newItem] })],
    [
      'a number may be ported in',
      'Orders/create',
      order({ order_items: [{ ...newItem, port_request: port, number: '1' }] }),
    ],
    ['accessories may be ordered alone', 'Orders/create', order({ order_items: [accessory, newItem] })],
    [
      'a line may come in by its device alone',
      'TransferOfResponsibility/createIn',
      incoming({ rate_plan_name: 'x', device_make: 'iPhone' }),
    ],
    ['a line may go to a person', 'TransferOfResponsibility/createOut', toPerson({ status: 'preapproved' })],
    [
      'a line may go to a business',
      'TransferOfResponsibility/createOut',
      without(toBusiness(), 'request_type'),
    ],
  ])('%s', async (_name, id, request) => {
    expect(fits(id, request)).toBe(true);
    expect(await does(id, request)).toBe(true);
  });

  it.each<[string, string, JsonObject]>([
    [
      'shares add up to 100',
      'Devices/synchronize',
      rows(device('1', { accounting_categories: [{ A: '1', percent: '99' }] })),
    ],
    ['a day is one', 'Devices/synchronize', rows(device('1', { last_upgraded_date: '31.01.2025' }))],
    [
      'a status is one of those listed',
      'Employees/synchronize',
      rows({ number: 'A1', name: 'Zoë', status: 'gone' }),
    ],
    ['a number is filled', 'Wirelines/synchronize', rows({ number: '', wireline_account: '1' })],
    [
      'an approver has a name or an address',
      'AccountingCategories/synchronize',
      rows(category('1', { accounting_type: 'Approved Spend', approval_managers: [{}] })),
    ],
    ['a suspension says at what rate', 'Devices/changeStatus', { number: '1', new_status: 'suspended' }],
    ['an order is shipped somewhere', 'Orders/create', unshipped],
    ['shipping is complete', 'Orders/create', order({ shipping: noteless })],
    ['an item says what it is', 'Orders/create', order({ order_items: [without(item(), 'request_type')] })],
    [
      'a broken device is explained',
      'Orders/create',
      order({ order_items: [without(item(), 'custom_reason')] }),
    ],
    [
      'a ported number is named',
      'Orders/create',
      order({ order_items: [{ ...newItem, port_request: port }] }),
    ],
    [
      'a port names the account',
      'Orders/create',
      order({ order_items: [{ ...newItem, number: '1', port_request: {} }] }),
    ],
    [
      'an accessory has no city',
      'Orders/create',
      order({ order_items: [{ ...accessory, city: 'Toronto' }] }),
    ],
    ['a rate plan can be found', 'TransferOfResponsibility/createIn', without(incoming(), 'rate_plan_name')],
    [
      'an e-mail to the carrier is decided about',
      'TransferOfResponsibility/createIn',
      without(incoming(), 'send_to_carrier'),
    ],
    [
      'a person takes over with a known action',
      'TransferOfResponsibility/createOut',
      toPerson({ carrier_action: 'steal' }),
    ],
    [
      'a person has a legal name',
      'TransferOfResponsibility/createOut',
      without(toPerson(), 'confirm_legal_name'),
    ],
    ['a business is no person', 'TransferOfResponsibility/createOut', toBusiness({ date: '2026-01-01' })],
    [
      'a business has a name',
      'TransferOfResponsibility/createOut',
      without(toBusiness(), 'new_business_name'),
    ],
  ])('%s', async (_name, id, request) => {
    expect(fits(id, request)).toBe(false);
    expect(await does(id, request)).toBe(false);
  });
});

describe('the simulator of MyServe', () => {
  it('refuses an action that the carrier does not offer', async () => {
    const narrow = await startMyserve({ token: apiToken, carrierActions: ['remove_port_protection'] });
    const { path } = operation('TransferOfResponsibility/createOut');
    const ask = async (action: string): Promise<JsonObject> => {
      const answer = await fetch(narrow.url + path, {
        method: 'POST',
        headers: { api_token: apiToken },
        body: JSON.stringify(toPerson({ carrier_action: action })),
      });
      return (await answer.json()) as JsonObject;
    };
    expect(await ask('cancel')).toHaveProperty('errors.carrier_action');
    expect(await ask('remove_port_protection')).toHaveProperty('uuid');
    await narrow.close();
  });

  it('answers below the path without a version as well', async () => {
    const headers = { api_token: apiToken };
    const answer = await fetch(`${sandbox.url}/api/clients/hardware_ordering/cities`, { headers });
    expect(await answer.json()).toHaveProperty('data');
  });
});

function without(object: JsonObject, name: string): JsonObject {
  const { [name]: _left, ...rest } = object;
  return rest;
}
