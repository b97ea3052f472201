/**
 * The simulator's own reading of which fields each operation takes, kept apart from the connector's so that one does not confirm the other's mistakes.
 */
import type { JsonObject } from '../../base/json.ts';
import { type FieldRules, inWords, problemsIn } from '../field-rules.ts';
import { serviceFields } from './fields-service.ts';

export const operationFields: ReadonlyMap<string, FieldRules> = new Map<string, FieldRules>([
  ...serviceFields,
  ['Auth/generateToken', { fields: {} }],
  [
    'Contract/createContract',
    {
      fields: {
        ExternalReferenceID: 'text',
        ProductUniqueID: 'text',
        SerialNumber: 'text?',
        AlternateUniqueKey: 'text?',
        DeviceDateOfPurchase: 'date',
        CustomerName: 'text',
        PhoneCode: 'text',
        CountryCode: 'text',
        CurrencyCode: 'currency',
        MobileNo: 'text',
        EmailID: 'text',
        AlternateMobileNo: 'text?',
        BrandCode: 'text',
        ProductPurchaseCost: 'number?',
        PlanCode: 'text',
        DateOfPurchase: 'date',
        ExternalPlanCode: 'text?',
        ProductSubCategoryCode: 'text',
        StorageCapacity: 'text?',
        RAM: 'text?',
        State: 'text',
        Zipcode: 'text',
        OrderID: 'text?',
        OrderItemID: 'text?',
        PlanPrice: 'number',
        StoreCode: 'text?',
        Frequency: 'number',
        FrequencyUnit: 'text',
        SalesChannel: 'text?',
        CustomerAddress: 'object?',
        'CustomerAddress.AddressLine1': 'text?',
        'CustomerAddress.AddressLine2': 'text?',
        'CustomerAddress.Zipcode': 'text?',
        'CustomerAddress.City': 'text?',
        'CustomerAddress.State': 'text?',
      },
    },
  ],
  [
    'Contract/cancelContract',
    {
      fields: {
        SoldPlanCode: 'text?',
        ExternalReferenceID: 'text?',
        ReasonCode: 'text',
        CancellationInitiationDate: 'date',
      },
      oneOf: [['SoldPlanCode', 'ExternalReferenceID']],
    },
  ],
  [
    'Contract/renewContract',
    {
      fields: {
        SoldPlanCode: 'text?',
        AssociatedSoldPlanCode: 'text',
        ExternalReferenceID: 'text',
        AssociatedExternalReferenceID: 'text?',
        ExternalPlanCode: 'text',
        PlanCode: 'text',
        SalesChannel: 'text',
      },
    },
  ],
  ['Contract/reactivate', { fields: { SoldPlanCode: 'text?', ExternalReferenceID: 'text' } }],
  [
    'Contract/createTransaction',
    {
      fields: {
        SoldPlanCode: 'text?',
        ExternalReferenceID: 'text',
        TransactionType: 'text',
        ExternalPaymentID: 'text',
        PaymentDate: 'instant',
        Amount: 'number',
        CurrencyCode: 'currency',
      },
    },
  ],
  [
    'Contract/updateContract',
    {
      fields: {
        SoldPlanCode: 'text?',
        ExternalReferenceID: 'text',
        Device: 'object',
        'Device.ModelNo': 'text',
        'Device.ProductUniqueID': 'text',
        'Device.AlternateUniqueKey': 'text?',
        'Device.TertiaryUniqueKey': 'text?',
        'Device.SerialNumber': 'text',
        'Device.BrandCode': 'text',
        Consumer: 'object',
        'Consumer.CountryCode': 'text',
        'Consumer.Name': 'text?',
        'Consumer.MobileNo': 'either?',
        'Consumer.EmailID': 'text?',
        Contract: 'object',
        'Contract.AddressLine1': 'either?',
        'Contract.AddressLine2': 'text?',
        'Contract.City': 'text?',
        'Contract.State': 'text?',
        'Contract.ZipCode': 'text?',
      },
    },
  ],
  [
    'Contract/updateOrderDetails',
    {
      fields: {
        OrderID: 'text',
        Consumer: 'object',
        'Consumer.Name': 'text?',
        'Consumer.MobileNo': 'either?',
        'Consumer.EmailID': 'text?',
        Contract: 'object',
        'Contract.ZipCode': 'either?',
        'Contract.State': 'text?',
      },
      oneOf: [['Consumer.Name', 'Consumer.MobileNo', 'Consumer.EmailID']],
    },
  ],
  [
    'Contract/checkEligibility',
    {
      fields: {
        PlanCode: 'text',
        BrandCode: 'text',
        ProductUniqueID: 'text',
        ProductPurchaseCost: 'number',
        CountryCode: 'text',
        ProductSubCategoryCode: 'text',
        ProductCode: 'text?',
        DeviceDateOfPurchase: 'date?',
        RAM: 'text?',
        StorageCapacity: 'text?',
        LastRepairDate: 'date?',
        SerialNo: 'text?',
      },
    },
  ],
  [
    'Contract/getContractInfo',
    {
      fields: { ExternalReferenceID: 'text?', SoldPlanCode: 'text?' },
      oneOf: [['ExternalReferenceID', 'SoldPlanCode']],
    },
  ],
  [
    'Contract/getContractList',
    {
      fields: {
        StartDate: 'date',
        EndDate: 'date',
        limitFilter: 'number?',
        Pagination: 'object',
        'Pagination.CurrentPage': 'either?',
      },
    },
  ],
  ['Contract/getContractDetailsbyIMEI', { fields: { IMEIs: 'texts' } }],
  [
    'Contract/getOrderActivationDetails',
    {
      fields: {
        OrderID: 'text',
        OrderDate: 'date?',
        OrderItems: 'items?',
        'OrderItems[].OrderItemID': 'text',
      },
    },
  ],
]);

/** What is wrong with a request, a line each; empty when nothing is. */
export function problemsOf(operation: string, request: JsonObject): string[] {
  const rules = operationFields.get(operation);
  return rules === undefined ? [`${operation} is not an operation`] : inWords(problemsIn(request, rules));
}
