import type { JsonObject } from '../../src/base/json.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { describeConnector, type Failing } from './conformance.ts';
import { newContract, type Rig, startRig } from './servify-fixture.ts';
import { refusedServiceRequests, serviceRequest } from './servify-service-requests.ts';

const faults: Record<Failing, Fault> = {
  'server-error': { kind: 'status', status: 500, errorCode: 'SM.WTR.500' },
  throttled: { kind: 'throttle', retryAfter: '3' },
  'cut-before-effect': { kind: 'drop-before' },
  'cut-after-effect': { kind: 'drop-after' },
  garbage: { kind: 'garbage' },
  'wrong-schema': { kind: 'wrong-schema' },
};

/** Sells a contract and gives what the operations ask about it. */
async function sold(
  rig: Rig,
): Promise<{ request: JsonObject; code: string; id: string; order: string; device: string }> {
  const operation = servifyOperations.get('Contract/createContract');
  if (operation === undefined) throw new Error('no createContract');
  const request = newContract();
  await rig.connector.call(operation, request);
  const contract = [...rig.sandbox.contracts.values()].at(-1);
  if (contract === undefined) throw new Error('nothing was sold');
  const id = contract.externalReferenceId;
  return {
    request,
    code: contract.soldPlanCode,
    id,
    order: String(request['OrderID']),
    device: contract.device,
  };
}

const cancellation = { ReasonCode: 'RC101', CancellationInitiationDate: '2026-03-02' };
const device = { ModelNo: 'A1', ProductUniqueID: '111', SerialNumber: '222', BrandCode: 'SAMSUNG' };
const payment = {
  TransactionType: 'SUCCESS',
  ExternalPaymentID: 'PAY1',
  PaymentDate: '2026-03-31 18:13:22',
  Amount: 25.5,
  CurrencyCode: 'USD',
};
const renewal = { ExternalPlanCode: 'P1', PlanCode: 'SFYPROTECT01', SalesChannel: 'WEB' };
const eligibility = {
  PlanCode: 'SFYPROTECT01',
  BrandCode: 'OnePlus',
  ProductUniqueID: '123456789012345',
  ProductPurchaseCost: 52000,
  CountryCode: 'IN',
  ProductSubCategoryCode: 'SMART_PHONE',
};

const queued = 'Async/';
let codes = 0;

async function prepare(rig: Rig, id: string): Promise<JsonObject> {
  const other = await serviceRequest(rig, id);
  if (other !== undefined) return other;
  if (id.startsWith(queued)) {
    codes += 1;
    return { ...(await prepare(rig, id.slice(queued.length))), 'request-code': `code-${codes}` };
  }
  if (id === 'Contract/createContract') return newContract();
  if (id === 'Contract/checkEligibility') return eligibility;
  const contract = await sold(rig);
  const requests: Record<string, JsonObject> = {
    'Contract/cancelContract': { ExternalReferenceID: contract.id, ...cancellation },
    'Contract/renewContract': {
      AssociatedSoldPlanCode: contract.code,
      ExternalReferenceID: `${contract.id}-NEW`,
      ...renewal,
    },
    'Contract/reactivate': { ExternalReferenceID: contract.id },
    'Contract/createTransaction': { ExternalReferenceID: contract.id, ...payment },
    'Contract/updateContract': {
      ExternalReferenceID: contract.id,
      Device: device,
      Consumer: { CountryCode: 'IN', MobileNo: 1111111111 },
      Contract: { City: 'Pune' },
    },
    'Contract/updateOrderDetails': { OrderID: contract.order, Consumer: { Name: 'R. Smith' }, Contract: {} },
    'Contract/getContractInfo': { ExternalReferenceID: contract.id },
    'Contract/getContractList': {
      StartDate: '2026-01-01',
      EndDate: '2026-12-31',
      Pagination: { CurrentPage: 1 },
    },
    'Contract/getContractDetailsbyIMEI': { IMEIs: ['466', contract.device] },
    'Contract/getOrderActivationDetails': { OrderID: contract.order },
  };
  if (id === 'Contract/reactivate') {
    const cancel = servifyOperations.get('Contract/cancelContract');
    if (cancel !== undefined)
      await rig.connector.call(cancel, { ExternalReferenceID: contract.id, ...cancellation });
  }
  return requests[id] ?? {};
}

function refused(id: string): JsonObject | null {
  const unknown = { ExternalReferenceID: 'UNKNOWN' };
  const requests: Record<string, JsonObject> = {
    'Contract/cancelContract': { ...unknown, ...cancellation },
    'Contract/renewContract': { ...unknown, AssociatedSoldPlanCode: 'UNKNOWN', ...renewal },
    'Contract/reactivate': unknown,
    'Contract/createTransaction': { ...unknown, ...payment },
    'Contract/updateContract': { ...unknown, Device: device, Consumer: { CountryCode: 'IN' }, Contract: {} },
    'Contract/updateOrderDetails': { OrderID: 'UNKNOWN', Consumer: { Name: 'R' }, Contract: {} },
    'Contract/getContractInfo': unknown,
    'Contract/getOrderActivationDetails': { OrderID: 'UNKNOWN' },
  };
  return requests[id] ?? refusedServiceRequests[id] ?? null;
}

const wrongAnswer = { success: true, message: '', data: { Sold: 1 } };

describeConnector('servify', servifyOperations, wrongAnswer, async () => {
  const rig = await startRig();
  return {
    connector: rig.connector,
    prepare: (operation) => prepare(rig, operation.id),
    refused: (operation) => refused(operation.id),
    bodyOf: (data) => ({ success: true, message: '', data }),
    failNext: (operation, failing) => rig.sandbox.faults.next(operation.id, faults[failing]),
    received: (operation) => rig.sandbox.calls.get(operation.id) ?? 0,
    reset: () => rig.sandbox.reset(),
    close: rig.close,
  };
});
