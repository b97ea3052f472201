/** Claims: raising them, and telling how they go on. Nothing is starred here; what names the claim is demanded. */
import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { contentReference } from '../content-reference.ts';
import { day, text, textAt } from '../fields.ts';
import { lookupClaim, lookupClaimStatus } from './lookup-claim.ts';
import { answerOf, anyPayload, type ServifyOperation, servifyCall } from './operation.ts';

const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters');

const issues = z.array(
  z.strictObject({
    issueCode: text,
    issueRemarks: text.optional(),
    // Empty for the issue "Others".
    issueCategoryCode: z.string().optional(),
  }),
);

// Called a list of objects, shown as an object; so are the service details.
const loss = z.strictObject({ lossDateTime: text.optional(), descriptionOfLoss: text.optional() });

const claim = {
  // Our own id: without it a lost answer could not be looked up.
  externalReferenceID: text,
  imeiOrSerial: text,
  name: text.optional(),
  mobileNo: text.optional(),
  emailID: text.optional(),
  countryCode: text.optional(),
  phoneCode: text.optional(),
  productSubCategoryCode: text.optional(),
  brandCode: text.optional(),
  productCode: text.optional(),
  imei2: text.optional(),
  planCode: text.optional(),
  coveredValue: z.number().optional(),
  currencyCode: currency.optional(),
  salesChannel: text.optional(),
  issues: issues.optional(),
  triageReferenceID: text.optional(),
  consumerServiceRequestDetails: loss.optional(),
};

const claimed = answerOf(z.looseObject({ referenceID: text }));
const byOwnId = (request: JsonObject): string | null => textAt(request, 'externalReferenceID');

const createClaimRequest = servifyCall({
  id: 'ServiceRequest/createClaimRequest',
  kind: 'write',
  purpose: 'Create a claim with its service appointment',
  request: z.strictObject({
    ...claim,
    // Theirs, and yet in the request; the answer brings another.
    referenceID: text.optional(),
    consumerServiceRequest: z
      .strictObject({
        address: text.optional(),
        addressType: text.optional(),
        landmark: text.optional(),
        state: text.optional(),
        city: text.optional(),
        lat: text.optional(),
        lng: text.optional(),
        scheduledDateTime: day.optional(),
        // Local, unlike those of a service request.
        scheduledFromTime: z.iso.time().optional(),
        scheduledToTime: z.iso.time().optional(),
        zipcode: text.optional(),
        serviceLocationCode: text.optional(),
        serviceTypeCode: text.optional(),
        vendorCode: text.optional(),
        dropOffLocation: z
          .strictObject({
            dropOffLocationCode: text.optional(),
            dropOffLocationName: text.optional(),
            // In the example, not in the field table.
            address: text.optional(),
            pinCode: text.optional(),
            city: text.optional(),
            state: text.optional(),
          })
          .optional(),
      })
      .optional(),
  }),
  response: claimed,
  repeat: lookupClaim,
  reference: byOwnId,
});

const raiseClaimRequest = servifyCall({
  id: 'ServiceRequest/raiseClaimRequest',
  kind: 'write',
  purpose: 'Raise a claim for a repeated repair, without an appointment',
  request: z.strictObject({
    ...claim,
    // So in the table; `name` in the example.
    Name: text.optional(),
    state: text.optional(),
    zipcode: text.optional(),
  }),
  response: claimed,
  repeat: lookupClaim,
  reference: byOwnId,
});

const updateClaimStatus = servifyCall({
  id: 'ServiceRequest/updateClaimStatus',
  kind: 'write',
  purpose: 'Set the status of a claim, and its charges',
  request: z.strictObject({
    ReferenceID: text,
    // Agreed at integration.
    StatusCode: text,
    ModeOfPayment: text.optional(),
    RequestMode: text.optional(),
    ServiceLocationCode: text.optional(),
    Charges: z
      .array(
        z.strictObject({
          ChargeType: text.optional(),
          Name: text.optional(),
          ChargeCodeType: text.optional(),
          ChargeCode: text.optional(),
          Amount: z.number(),
          TaxPercentage: z.number().optional(),
          // Empty in the example where there is no tax.
          TaxType: z.string().optional(),
          CurrencyCode: currency.optional(),
          Discount: z.number().optional(),
        }),
      )
      .optional(),
  }),
  response: answerOf(z.looseObject({ ReferenceID: text })),
  repeat: lookupClaimStatus({ id: 'ReferenceID', status: 'StatusCode' }),
  reference: () => null,
});

const updateClaimRequestStatus = servifyCall({
  id: 'ServiceRequest/updateClaimRequestStatus',
  kind: 'write',
  purpose: 'Set the status of a claim, with the reason of a cancellation or a replacement',
  request: z
    .strictObject({
      externalReferenceID: text.optional(),
      referenceID: text.optional(),
      statusCode: text,
      countryCode: text.optional(),
      cancellationReasonCode: text.optional(),
      cancellationRemarks: text.optional(),
      replacementOption: z
        .strictObject({
          productCode: text.optional(),
          brandCode: text.optional(),
          productSubCategoryCode: text.optional(),
        })
        .optional(),
    })
    .refine((request) => request.referenceID !== undefined || request.externalReferenceID !== undefined, {
      message: 'one of externalReferenceID and referenceID is needed',
      path: ['externalReferenceID'],
    }),
  // A waybill comes with some states only.
  response: answerOf(anyPayload),
  repeat: lookupClaimStatus({ id: 'referenceID', ownId: 'externalReferenceID', status: 'statusCode' }),
  reference: () => null,
});

const updateClaimExpenditure = servifyCall({
  id: 'ServiceRequest/updateClaimExpenditure',
  kind: 'write',
  purpose: 'Report what a claim cost',
  request: z.strictObject({
    ExternalReferenceID: text,
    ClaimBillingID: text.optional(),
    ClaimID: text.optional(),
    // `YYYY-MM-DD HH:mm:ss.S` in the example.
    RepairmentDate: text.optional(),
    LossTypeID: text.optional(),
    ClaimDescription: text.optional(),
    ReportNumber: text.optional(),
    ASCenterName: text.optional(),
    // The first as in the table, the second as in the example.
    ASCenterVendorCode: text.optional(),
    ASCenterVenderCode: text.optional(),
    /** `YYYYMM`. */
    FiscalMonth: z.int().optional(),
    // Called a boolean, shown as 1.
    ClaimClosed: z.union([z.boolean(), z.literal([0, 1])]).optional(),
    Charges: z
      .array(
        z.strictObject({
          ChargeType: text.optional(),
          Name: text.optional(),
          Amount: z.number(),
          TaxPercentage: z.number().optional(),
          TaxType: z.string().optional(),
          CurrencyCode: currency.optional(),
        }),
      )
      .optional(),
    // In the example, not in the field table.
    ClientID: z.number().optional(),
  }),
  response: answerOf(z.looseObject({ ExternalReferenceID: text })),
  repeat: { mode: 'never', because: 'no read returns what was reported' },
  reference: (request) => {
    const claimId = textAt(request, 'ExternalReferenceID');
    const own = textAt(request, 'ReportNumber') ?? textAt(request, 'ClaimBillingID');
    return own === null ? contentReference(request) : `${claimId} ${own}`;
  },
});

export const claimOperations: readonly ServifyOperation[] = [
  updateClaimStatus,
  updateClaimExpenditure,
  createClaimRequest,
  raiseClaimRequest,
  updateClaimRequestStatus,
];
