import type { JsonObject } from '../../src/base/json.ts';
import { createMyserveConnector, type MyserveOptions } from '../../src/connectors/myserve/connector.ts';
import { myserveOperations } from '../../src/connectors/myserve/operations.ts';
import type { CallResult, Connector, Operation } from '../../src/connectors/port.ts';
import {
  type MyserveSandbox,
  type MyserveSandboxOptions,
  startMyserve,
} from '../../src/sandbox/myserve/server.ts';
import { restOptions } from './options.ts';

export const apiToken = 'token-1';

export interface Rig {
  sandbox: MyserveSandbox;
  connector: Connector;
  call(id: string, request: JsonObject): Promise<CallResult>;
  close(): Promise<void>;
}

/** A simulator and a connector that fit each other, except for what is overridden. */
export async function startRig(
  override: Partial<MyserveOptions> = {},
  sandboxOverride: Partial<MyserveSandboxOptions> = {},
): Promise<Rig> {
  const sandbox = await startMyserve({ token: apiToken, ...sandboxOverride });
  const connector = createMyserveConnector({
    ...restOptions(sandbox.url),
    apiToken,
    trial: false,
    statusCallback: null,
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

export function operation(id: string): Operation {
  const found = myserveOperations.get(id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

export const rows = (...data: JsonObject[]): JsonObject => ({ data });

export const device = (number: string, fields: JsonObject = {}): JsonObject => ({
  number,
  username: 'Zoë Müller',
  billing_account: '12345',
  device_make: 'iPhone',
  accounting_categories: [
    { 'GL Account': '44822', percent: '75' },
    { 'GL Account': '44823', percent: '25' },
  ],
  last_upgraded_date: '2025-01-31',
  asset_tag: '',
  ...fields,
});

export const employee = (number: string, fields: JsonObject = {}): JsonObject => ({
  number,
  name: 'Zoë Müller',
  email: `${number}@example.com`,
  status: 'active',
  accounting_categories: [{ 'GL Account': '44822' }],
  ...fields,
});

export const category = (name: string, fields: JsonObject = {}): JsonObject => ({
  accounting_type: 'GL Account',
  name,
  description: 'Sales',
  ...fields,
});

export const wireline = (number: string, fields: JsonObject = {}): JsonObject => ({
  number,
  username: 'Front desk',
  wireline_account: '123456789',
  contract_expiry_date: '2027-01-31',
  ...fields,
});

export const item = (fields: JsonObject = {}): JsonObject => ({
  request_type: 'replacement',
  product_id: 3956,
  color: '',
  device_term: { name: '3 year term (16GB)', price: 0 },
  number: '7806000001',
  accessories: [{ id: 111, quantity: 1 }],
  reason: 'broken',
  custom_reason: 'fell down the stairs',
  billing_account_number: '0530762816',
  accounting_codes: [{ type_name: 'GL Account', category_name: '44822' }],
  ...fields,
});

export const shipping: JsonObject = {
  company_name: 'Example Ltd',
  address1: '1 Harbour Road',
  address2: '',
  bell_api_city_id: 111,
  postal_code: 'T5A 0A1',
  phone_number: '7805550100',
  attention: 'Zoë Müller',
  note: '',
};

export const order = (fields: JsonObject = {}): JsonObject => ({
  carrier_name: 'Bell',
  dealer_name: 'Example Dealer',
  requester_emails: ['requester@example.com'],
  order_items: [item()],
  shipping,
  purchase_order_number: 'PO-1',
  ...fields,
});

export const incoming = (fields: JsonObject = {}): JsonObject => ({
  phone_number: '7805550101',
  employee_name: 'Zoë Müller',
  rate_plan_name: 'Rate Plan',
  business_account_number: '123456',
  send_to_carrier: true,
  meta: { internal_id: 'T-1' },
  ...fields,
});

export const toPerson = (fields: JsonObject = {}): JsonObject => ({
  request_type: 'business-to-person',
  phone_number: '7805550102',
  carrier_action: 'remove_port_protection',
  confirm_legal_name: 'Zoë Müller',
  date: '2026-02-01',
  days_before_suspend: 30,
  meta: { internal_id: 'T-2' },
  ...fields,
});

export const toBusiness = (fields: JsonObject = {}): JsonObject => ({
  request_type: 'business-to-business',
  phone_number: '7805550103',
  business_account_number: '123456',
  new_business_name: 'New Company',
  send_to_carrier: 'true',
  ...fields,
});
