/**
 * The simulator's own reading of which fields each operation takes, kept apart from the connector's so that one does not confirm the other's mistakes.
 * `?` marks what need not be there; a dot leads into an object.
 */
import type { Json, JsonObject } from '../../base/json.ts';

type Kind = 'text' | 'number' | 'date' | 'instant' | 'currency' | 'either' | 'object' | 'texts' | 'items';
type FieldTable = Readonly<Record<string, Kind | `${Kind}?`>>;

interface OperationFields {
  fields: FieldTable;
  /** One of each of these groups must be there. */
  oneOf?: readonly (readonly string[])[];
}

export const operationFields: ReadonlyMap<string, OperationFields> = new Map<string, OperationFields>([
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
    { fields: { OrderID: 'text', OrderDate: 'date?', OrderItems: 'items?' } },
  ],
]);

/** What is wrong with a request, a line each; empty when nothing is. */
export function problemsOf(operation: string, request: JsonObject): string[] {
  const known = operationFields.get(operation);
  if (known === undefined) return [`${operation} is not an operation`];
  const problems: string[] = [];
  for (const [path, rule] of Object.entries(known.fields)) {
    const optional = rule.endsWith('?');
    const kind = (optional ? rule.slice(0, -1) : rule) as Kind;
    const value = valueAt(request, path);
    if (value === undefined) {
      if (!optional) problems.push(`${path} is missing`);
    } else if (!fits[kind](value)) problems.push(`${path} is not ${wanted[kind]}`);
  }
  for (const path of pathsOf(request)) {
    if (!(path in known.fields)) problems.push(`${path} is not a field of ${operation}`);
  }
  for (const group of known.oneOf ?? []) {
    if (group.every((path) => valueAt(request, path) === undefined)) {
      problems.push(`one of ${group.join(', ')} is missing`);
    }
  }
  return problems;
}

const wanted: Record<Kind, string> = {
  text: 'a text',
  number: 'a number',
  date: 'a date as YYYY-MM-DD',
  instant: 'a time as YYYY-MM-DD HH:mm:ss',
  currency: 'a currency code of three letters',
  either: 'a text or a number',
  object: 'an object',
  texts: 'a list of texts',
  items: 'a list of order items',
};

const isText = (value: Json): boolean => typeof value === 'string' && value.trim() !== '';
const fits: Record<Kind, (value: Json) => boolean> = {
  text: isText,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  date: (value) => typeof value === 'string' && isDay(value),
  instant: (value) =>
    typeof value === 'string' &&
    isDay(value.slice(0, 10)) &&
    /^ ([01]\d|2[0-3])(:[0-5]\d){2}$/.test(value.slice(10)),
  currency: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
  either: (value) => isText(value) || typeof value === 'number',
  object: (value) => isObject(value),
  texts: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  items: (value) =>
    Array.isArray(value) && value.every((item) => isObject(item) && isText(item['OrderItemID'] ?? null)),
};

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueAt(request: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = request;
  for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined;
  return value;
}

function pathsOf(request: JsonObject, prefix = ''): string[] {
  return Object.entries(request).flatMap(([key, value]) =>
    isObject(value) ? [prefix + key, ...pathsOf(value, `${prefix}${key}.`)] : [prefix + key],
  );
}
