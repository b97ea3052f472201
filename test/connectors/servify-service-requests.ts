/** Proper requests of Servify's calls beside those about contracts, and requests that it refuses. */
import type { JsonObject } from '../../src/base/json.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import type { Rig } from './servify-fixture.ts';

let made = 0;

export const newClaim = (fields: JsonObject = {}): JsonObject => {
  made += 1;
  return {
    externalReferenceID: `CLAIM-${made}`,
    imeiOrSerial: '354567999900889',
    name: 'Zoë Müller',
    currencyCode: 'USD',
    issues: [{ issueCode: '7EDE254DF8', issueRemarks: 'cracked', issueCategoryCode: '' }],
    consumerServiceRequestDetails: { lossDateTime: '2026-01-04', descriptionOfLoss: 'fell' },
    ...fields,
  };
};

export const newVoucher = (fields: JsonObject = {}): JsonObject => {
  made += 1;
  return { VoucherCode: `V-${made}`, VoucherReferenceID: 'SERIES01', Name: 'Zoë Müller', ...fields };
};

/** Ids of a claim that was just made. */
export async function claimed(rig: Rig): Promise<{ reference: string; external: string; waybill: string }> {
  const create = servifyOperations.get('ServiceRequest/createClaimRequest');
  if (create === undefined) throw new Error('no createClaimRequest');
  await rig.connector.call(create, newClaim());
  const claim = [...rig.sandbox.claims.values()].at(-1);
  if (claim === undefined) throw new Error('nothing was claimed');
  const { referenceId, externalReferenceId, waybill } = claim;
  return { reference: referenceId, external: externalReferenceId ?? '', waybill };
}

const slots = {
  ServiceType: 'Carry In',
  CountryCode: 'IN',
  Zipcode: '400010',
  ProductCode: 'IPHONE 7',
  ProductFamily: 'IPHONE',
  BrandCode: 'APPLE',
  ProductSubCategoryCode: 'Smartphone',
  TimeZone: '+05:30',
  CurrentDateTime: '2026-03-01 16:44:28',
  ServiceLocationCode: 'LOC1',
};
const store = { StoreCode: 'IN1555200001', WalletProvider: 'Paytm' };
const noStore = { ...store, StoreCode: 'IN0000' };
const contracts = { CurrencyCode: 'INR', ContractArray: [{ ContractCode: 'SFPABB1Y', ContractPrice: 1049 }] };
const appointment = {
  MobileNo: '9200000000',
  IMEI1: 'FFMX1',
  ServiceType: 'Carry in',
  ScheduleDate: '2026-03-02',
};

const proper: Readonly<Record<string, (rig: Rig) => JsonObject | Promise<JsonObject>>> = {
  'TradeIn/cancelTradeInRequest': () => ({
    tradeInReferenceID: 'V1CTSVJX13',
    partner: 'servify',
    userName: 'u',
  }),
  'TradeIn/getTradeInRequestDetails': () => ({ tradeInReferenceID: 'V1CTSVJX13', partner: 'servify' }),
  'TradeIn/storeShipmentDetails': () => ({
    tradeInReferenceID: 'V1CTSVJX13',
    waybillNo: 'W1',
    dropDetails: { landmark: '', pinCode: '560070', countryCode: 'IN' },
    pickupDetails: { landmark: '', pinCode: '560057', countryCode: 'IN' },
    timePeriod: { scheduleDate: '2026-04-17', fromTime: '10:00:00', toTime: '22:00:00' },
  }),
  'Diagnosis/fakeCheck': () => ({
    CheckType: 'Both',
    CustomerDeclaredDetails: { IMEI: '123456789102', Brand: 'Apple', Model: 'IPhone 8 | 64' },
  }),
  'Diagnosis/fetchDiagnosisResult': () => ({ ProductUniqueID: '355458116100414' }),
  'ServiceRequest/fetchSlots': () => slots,
  'ServiceRequest/fetchRequestSlots': () => ({ serviceLocationCode: 'LOC1', countryCode: 'US' }),
  'ServiceRequest/getBrandList': () => ({ productSubCategoryCode: 'SMARTPHONE', countryCode: 'IN' }),
  'ServiceRequest/getProductList': () => ({ productSubCategoryCode: 'SMARTPHONE', brandCode: 'ONEPLUS' }),
  'ServiceRequest/getIssueList': () => ({ productSubCategoryCode: 'SMART_PHONE', brandCode: 'SONY' }),
  'ServiceRequest/getClaimDetails': async (rig) => ({ ReferenceID: (await claimed(rig)).reference }),
  'ServiceRequest/getClaimList': () => ({
    StartDate: '2026-01-01',
    EndDate: '2026-12-31',
    Pagination: { CurrentPage: 1 },
  }),
  'ServiceRequest/createServiceRequest': () => appointment,
  'ServiceRequest/createClaimRequest': () =>
    newClaim({ consumerServiceRequest: { zipcode: '85281', dropOffLocation: { address: 'Tempe' } } }),
  'ServiceRequest/raiseClaimRequest': () => newClaim({ state: 'California' }),
  'ServiceRequest/updateClaimStatus': async (rig) => ({
    ReferenceID: (await claimed(rig)).reference,
    StatusCode: 'SC0002',
    Charges: [{ ChargeType: 'ServiceCharge', Amount: 1000, TaxType: '', CurrencyCode: 'INR' }],
  }),
  'ServiceRequest/updateClaimRequestStatus': async (rig) => {
    const { reference, external } = await claimed(rig);
    return { referenceID: reference, externalReferenceID: external, statusCode: 'SC0106' };
  },
  'ServiceRequest/updateClaimExpenditure': async (rig) => ({
    ExternalReferenceID: (await claimed(rig)).external,
    ReportNumber: 'RP01',
    ASCenterVenderCode: '0002119962',
    FiscalMonth: 202603,
    ClaimClosed: 1,
    Charges: [{ ChargeType: 'Part Charge', Amount: 3400, TaxPercentage: 9 }],
  }),
  'Logistics/UpdateLogisticsStatus': async (rig) => {
    const { reference, waybill } = await claimed(rig);
    return { ReferenceID: reference, WaybillNumber: waybill, status: 'attempted' };
  },
  'User/getAuthenticatedURL': () => ({ username: 'ada', params: { ReferenceID: 'R1' } }),
  'Consumer/getExternalConsumer': () => ({ OpenID: 'RF4x6bRzNry88kZ3Ex987h' }),
  'Wallet/checkAccountBalance': () => ({ ...store, CurrencyCode: 'INR', TotalAmount: 4000 }),
  'Wallet/unlinkPaymentAccount': () => store,
  'Wallet/checkWalletBalanceAndDebitAmount': () => ({ ...store, ...contracts }),
  'Voucher/captureVoucherSales': () => ({ VoucherArray: [newVoucher()] }),
};

export const serviceRequest = (rig: Rig, id: string): JsonObject | Promise<JsonObject> | undefined =>
  proper[id]?.(rig);

export const refusedServiceRequests: Readonly<Record<string, JsonObject>> = {
  'TradeIn/cancelTradeInRequest': { tradeInReferenceID: 'T0000' },
  'TradeIn/getTradeInRequestDetails': { tradeInReferenceID: 'T0000' },
  'TradeIn/storeShipmentDetails': { tradeInReferenceID: 'T0000' },
  'Diagnosis/fakeCheck': { CheckType: 'ICloud', CustomerDeclaredDetails: { IMEI: '120000' } },
  'Diagnosis/fetchDiagnosisResult': { ProductUniqueID: '120000' },
  'ServiceRequest/fetchSlots': { ...slots, ServiceLocationCode: 'L0000' },
  'ServiceRequest/fetchRequestSlots': { serviceLocationCode: 'L0000' },
  'ServiceRequest/getClaimDetails': { ExternalReferenceID: 'UNKNOWN' },
  'ServiceRequest/createServiceRequest': { ...appointment, ServiceLocationCode: 'L0000' },
  'ServiceRequest/createClaimRequest': newClaim({ imeiOrSerial: '120000' }),
  'ServiceRequest/raiseClaimRequest': newClaim({ imeiOrSerial: '120000' }),
  'ServiceRequest/updateClaimStatus': { ReferenceID: 'UNKNOWN', StatusCode: 'SC0002' },
  'ServiceRequest/updateClaimRequestStatus': { referenceID: 'UNKNOWN', statusCode: 'SC0106' },
  'ServiceRequest/updateClaimExpenditure': { ExternalReferenceID: 'UNKNOWN' },
  'Logistics/UpdateLogisticsStatus': { WaybillNumber: 'UNKNOWN', status: 'attempted' },
  'User/getAuthenticatedURL': { username: 'nobody0000' },
  'Wallet/checkAccountBalance': { ...noStore, TotalAmount: 1 },
  'Wallet/unlinkPaymentAccount': noStore,
  'Wallet/checkWalletBalanceAndDebitAmount': { ...noStore, ...contracts },
  'Voucher/captureVoucherSales': { VoucherArray: [newVoucher({ VoucherCode: 'V-0000' })] },
};
