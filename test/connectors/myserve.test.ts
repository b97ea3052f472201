import type { JsonObject } from '../../src/base/json.ts';
import { myserveOperations } from '../../src/connectors/myserve/operations.ts';
import type { Operation } from '../../src/connectors/port.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { describeConnector, type Failing } from './conformance.ts';
import {
  category,
  device,
  employee,
  incoming,
  order,
  type Rig,
  rows,
  startRig,
  toBusiness,
  toPerson,
  wireline,
} from './myserve-fixture.ts';

const faults: Record<Failing, Fault> = {
  'server-error': { kind: 'status', status: 500, errorCode: 'scripted' },
  throttled: { kind: 'throttle', retryAfter: '3' },
  'cut-before-effect': { kind: 'drop-before' },
  'cut-after-effect': { kind: 'drop-after' },
  garbage: { kind: 'garbage' },
  'wrong-schema': { kind: 'wrong-schema' },
};

/** What a call made first gives to the request that is asked for. */
async function after(
  rig: Rig,
  id: string,
  request: JsonObject,
  take: string,
  as = take,
): Promise<JsonObject> {
  const { answer } = await rig.call(id, request);
  const made = answer as JsonObject;
  const from = (made['data'] as JsonObject | undefined) ?? made;
  return { [as]: from[take] ?? '' };
}

const requests: Readonly<Record<string, (rig: Rig) => JsonObject | Promise<JsonObject>>> = {
  'Devices/list': () => ({ since: 1_700_000_000 }),
  'Devices/synchronize': () => rows(device('7805550001')),
  'Devices/synchronizationStatus': (rig) => after(rig, 'Devices/synchronize', rows(device('1')), 'job_id'),
  'Devices/changeStatus': async (rig) => {
    await rig.call('Devices/synchronize', rows(device('7805550002')));
    return { number: '7805550002', new_status: 'suspended', new_status_details: 'Full Rate' };
  },
  'Employees/list': () => ({ page: 1 }),
  'Employees/synchronize': () => rows(employee('A1')),
  'Employees/synchronizationStatus': (rig) =>
    after(rig, 'Employees/synchronize', rows(employee('A2')), 'job_id'),
  'AccountingCategories/list': () => ({}),
  'AccountingCategories/synchronize': () => rows(category('44822')),
  'AccountingCategories/synchronizationStatus': (rig) =>
    after(rig, 'AccountingCategories/synchronize', rows(category('44823')), 'job_id'),
  'Orders/list': () => ({ page: 1 }),
  'Orders/get': (rig) => after(rig, 'Orders/create', order(), 'uuid', 'order_uuid'),
  'Orders/create': () => order(),
  'HardwareOrdering/accessories': () => ({ product_id: 3956 }),
  'HardwareOrdering/products': () => ({ carrier: 'Bell' }),
  'HardwareOrdering/cities': () => ({}),
  'SimCardChanges/get': (rig) => after(rig, 'SimCardChanges/create', { number: '1', new_sim: '2' }, 'id'),
  'SimCardChanges/create': () => ({ number: '7805550003', old_sim: '12345', new_sim: '54321' }),
  'Tickets/list': () => ({}),
  'Tickets/get': (rig) =>
    after(rig, 'Tickets/create', { subject: 'S', notify_emails: ['a@example.com'] }, 'id'),
  'Tickets/create': () => ({
    subject: 'Broken screen',
    ticket_type: 'helpdesk',
    additional_info: { phone_number: '7805550003' },
    notify_emails: ['a@example.com'],
  }),
  'DataUsage/byBusinessAccount': () => ({ business_account: '12345' }),
  'InMonthDataUsage/byNumber': () => ({ number: '7805550001' }),
  'InMonthDataUsage/businessAccounts': () => ({}),
  'Wirelines/list': () => ({}),
  'Wirelines/synchronize': () => rows(wireline('7805550004')),
  'Wirelines/synchronizationStatus': (rig) =>
    after(rig, 'Wirelines/synchronize', rows(wireline('1')), 'job_id'),
  'BillingDataLines/list': () => ({ page: 1, business_account: '12345', cycle_date: '2026-01-01' }),
  'TransferOfResponsibility/createIn': () => incoming(),
  'TransferOfResponsibility/getIn': (rig) =>
    after(rig, 'TransferOfResponsibility/createIn', incoming(), 'uuid'),
  'TransferOfResponsibility/createOut': () => toBusiness(),
  'TransferOfResponsibility/getOut': (rig) =>
    after(rig, 'TransferOfResponsibility/createOut', toPerson(), 'uuid'),
};

const uuid = '8b456fd4-d5fd-4346-ab70-fd93cb57cbf9';

/** Lists refuse nothing but the token. */
const refusals: Readonly<Record<string, JsonObject>> = {
  'Devices/synchronize': rows(device('7805550009', { manager: 'Person 0000' })),
  'Devices/synchronizationStatus': { job_id: '99' },
  'Devices/changeStatus': { number: '7805559999', new_status: 'cancelled' },
  'Employees/synchronize': rows(employee('A9', { manager_employee_number: 'A0000' })),
  'Employees/synchronizationStatus': { job_id: 99 },
  'AccountingCategories/synchronize': rows(category('1', { accounting_type: 'Approved Spend' })),
  'AccountingCategories/synchronizationStatus': { job_id: '99' },
  'Orders/get': { order_uuid: uuid },
  'Orders/create': order({ carrier_name: 'Nobody', dealer_name: 'Dealer 0000' }),
  'SimCardChanges/get': { id: 99 },
  'SimCardChanges/create': { number: '7805550003', new_sim: '10000' },
  'Tickets/get': { id: '99' },
  'Tickets/create': { subject: 'S', notify_emails: ['nobody'] },
  'Wirelines/synchronize': rows(wireline('7805550008', { wireline_account: '10000' })),
  'Wirelines/synchronizationStatus': { job_id: '99' },
  'TransferOfResponsibility/createIn': incoming({ phone_number: '7805550000' }),
  'TransferOfResponsibility/getIn': { uuid },
  'TransferOfResponsibility/createOut': toPerson({ phone_number: '7805550000' }),
  'TransferOfResponsibility/getOut': { uuid },
};

describeConnector('myserve', myserveOperations, { done: true }, async () => {
  const rig = await startRig();
  return {
    connector: rig.connector,
    async prepare({ id }: Operation) {
      const request = await requests[id]?.(rig);
      if (request === undefined) throw new Error(`no request for ${id}`);
      return request;
    },
    refused: ({ id }) => refusals[id] ?? null,
    failNext: ({ id }, failing) => rig.sandbox.faults.next(id, faults[failing]),
    received: ({ id }) => rig.sandbox.calls.get(id) ?? 0,
    reset: () => rig.sandbox.reset(),
    close: rig.close,
  };
});
