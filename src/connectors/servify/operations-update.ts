/** Operations that set values of a contract or an order. Both may be sent again: they set the same values. */
import { z } from 'zod';
import { text, textOrNumber } from '../fields.ts';
import { answerOf, anyPayload, type ServifyOperation, servifyCall } from './operation.ts';

const updateContract = servifyCall({
  id: 'Contract/updateContract',
  kind: 'write',
  purpose: 'Update the customer, the device or the address of a contract',
  // The field table nests Consumer and Contract; the example has all three side by side, and so have we.
  request: z.strictObject({
    SoldPlanCode: text.optional(),
    ExternalReferenceID: text,
    // Required as a whole, even when only the customer changes.
    Device: z.strictObject({
      ModelNo: text,
      ProductUniqueID: text,
      AlternateUniqueKey: text.optional(),
      TertiaryUniqueKey: text.optional(),
      SerialNumber: text,
      BrandCode: text,
    }),
    Consumer: z.strictObject({
      CountryCode: text,
      Name: text.optional(),
      MobileNo: textOrNumber.optional(),
      EmailID: text.optional(),
    }),
    Contract: z.strictObject({
      AddressLine1: textOrNumber.optional(),
      AddressLine2: text.optional(),
      City: text.optional(),
      State: text.optional(),
      ZipCode: text.optional(),
    }),
  }),
  response: answerOf(anyPayload),
  repeat: { mode: 'safe' },
  reference: () => null,
});

const updateOrderDetails = servifyCall({
  id: 'Contract/updateOrderDetails',
  kind: 'write',
  purpose: 'Update the customer of an order',
  request: z.strictObject({
    OrderID: text,
    Consumer: z
      .strictObject({ Name: text.optional(), MobileNo: textOrNumber.optional(), EmailID: text.optional() })
      .refine((consumer) => Object.values(consumer).some((value) => value !== undefined), {
        message: 'one of Name, EmailID and MobileNo is needed',
      }),
    Contract: z.strictObject({ ZipCode: textOrNumber.optional(), State: text.optional() }),
  }),
  response: answerOf(z.looseObject({ EligibilityStatusCode: text })),
  repeat: { mode: 'safe' },
  reference: () => null,
});

export const updateOperations: readonly ServifyOperation[] = [updateContract, updateOrderDetails];
