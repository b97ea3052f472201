/** Operations that make, renew, cancel, reactivate and pay for a contract. A field is required where the reference stars it. */
import { z } from 'zod';
import { day, text, textAt } from '../fields.ts';
import { lookupByReference, lookupRenewal } from './lookup.ts';
import { answerOf, anyPayload, type ServifyOperation, servifyCall } from './operation.ts';

const soldPlan = answerOf(z.looseObject({ SoldPlanCode: text }));

export const createContract = servifyCall({
  id: 'Contract/createContract',
  kind: 'write',
  purpose: 'Create a contract for a customer and a device',
  request: z.strictObject({
    ExternalReferenceID: text,
    // Called an IMEI here and an IMEI or serial number elsewhere: either is accepted.
    ProductUniqueID: text,
    SerialNumber: text.optional(),
    AlternateUniqueKey: text.optional(),
    DeviceDateOfPurchase: day,
    CustomerName: text,
    PhoneCode: text,
    CountryCode: text,
    CurrencyCode: z.string().regex(/^[A-Z]{3}$/, 'three capital letters'),
    MobileNo: text,
    EmailID: text,
    AlternateMobileNo: text.optional(),
    BrandCode: text,
    PlanCode: text,
    DateOfPurchase: day,
    ExternalPlanCode: text.optional(),
    ProductSubCategoryCode: text,
    StorageCapacity: text.optional(),
    RAM: text.optional(),
    State: text,
    Zipcode: text,
    OrderID: text.optional(),
    OrderItemID: text.optional(),
    // Starred, and also called mandatory when PlanCode is passed; PlanCode always is.
    PlanPrice: z.number(),
    // Mandatory for a sale in a physical store, which no field tells.
    StoreCode: text.optional(),
    Frequency: z.number(),
    FrequencyUnit: text,
    SalesChannel: text.optional(),
    CustomerAddress: z
      .strictObject({
        AddressLine1: text.optional(),
        AddressLine2: text.optional(),
        Zipcode: text.optional(),
        City: text.optional(),
        State: text.optional(),
      })
      .optional(),
    // In the example, not in the field table.
    ProductPurchaseCost: z.number().optional(),
  }),
  response: soldPlan,
  repeat: lookupByReference,
  reference: (request) => textAt(request, 'ExternalReferenceID'),
});

export const renewContract = servifyCall({
  id: 'Contract/renewContract',
  kind: 'write',
  purpose: 'Create the renewal of an older contract on a new plan',
  request: z.strictObject({
    // Starred, but needed only when the renewal was started at Servify: when the partner starts it, the answer brings it.
    SoldPlanCode: text.optional(),
    AssociatedSoldPlanCode: text,
    ExternalReferenceID: text,
    AssociatedExternalReferenceID: text.optional(),
    ExternalPlanCode: text,
    PlanCode: text,
    SalesChannel: text,
  }),
  response: soldPlan,
  repeat: lookupRenewal,
  reference: (request) => textAt(request, 'ExternalReferenceID'),
});

const cancelContract = servifyCall({
  id: 'Contract/cancelContract',
  kind: 'write',
  purpose: 'Cancel a contract',
  request: z
    .strictObject({
      SoldPlanCode: text.optional(),
      ExternalReferenceID: text.optional(),
      ReasonCode: text,
      CancellationInitiationDate: day,
    })
    // Neither is starred, but without one of them no contract is named.
    .refine((request) => request.SoldPlanCode !== undefined || request.ExternalReferenceID !== undefined, {
      message: 'one of SoldPlanCode and ExternalReferenceID is needed',
      path: ['ExternalReferenceID'],
    }),
  // CancellationInitiationDate of the answer is called an object and shown as a text; it is let through as it comes.
  response: answerOf(z.looseObject({ StatusCode: text.optional(), isCancellable: z.boolean().optional() })),
  says: (data) => ({ accepted: data['isCancellable'] !== false }),
  repeat: {
    mode: 'never',
    because: 'the status texts of a contract are not listed, so no read tells for sure that it was cancelled',
  },
  reference: (request) => {
    const contract = textAt(request, 'ExternalReferenceID') ?? textAt(request, 'SoldPlanCode');
    const date = textAt(request, 'CancellationInitiationDate');
    return contract === null || date === null ? null : `${contract} ${date}`;
  },
});

const reactivate = servifyCall({
  id: 'Contract/reactivate',
  kind: 'write',
  purpose: 'Ask to reactivate a cancelled contract',
  request: z.strictObject({ SoldPlanCode: text.optional(), ExternalReferenceID: text }),
  response: answerOf(z.looseObject({ StatusCode: text })),
  repeat: {
    mode: 'never',
    because: 'the answer only says that the request was taken, and no read tells what became of it',
  },
  reference: () => null,
});

export const createTransaction = servifyCall({
  id: 'Contract/createTransaction',
  kind: 'write',
  purpose: 'Record a monthly payment or a refund against a contract',
  request: z.strictObject({
    SoldPlanCode: text.optional(),
    ExternalReferenceID: text,
    // The values are not listed; SUCCESS is the one shown.
    TransactionType: text,
    ExternalPaymentID: text,
    // UTC. The day must exist, though the one in the reference's example (31 April) does not.
    PaymentDate: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2} ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'YYYY-MM-DD HH:mm:ss')
      .refine((value) => day.safeParse(value.slice(0, 10)).success, 'a day that exists'),
    Amount: z.number(),
    CurrencyCode: z.string().regex(/^[A-Z]{3}$/, 'three capital letters'),
  }),
  response: answerOf(anyPayload),
  repeat: { mode: 'never', because: 'no read returns transactions' },
  reference: (request) => textAt(request, 'ExternalPaymentID'),
});

export const saleOperations: readonly ServifyOperation[] = [
  createContract,
  renewContract,
  cancelContract,
  reactivate,
  createTransaction,
];
