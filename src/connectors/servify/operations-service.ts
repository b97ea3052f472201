/** Service requests: what can be asked for, free slots, requests as they stand, and new ones with an appointment. */
import { z } from 'zod';
import { contentReference } from '../content-reference.ts';
import { day, text } from '../fields.ts';
import { pagesOf } from './lists.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';

const read = { kind: 'read', repeat: { mode: 'safe' }, reference: () => null } as const;
const time = z.iso.time();

/** Two generations of one call differ in the spelling of every field. */
const slots = answerOf(
  z.looseObject({
    availableSlots: z.array(z.looseObject({ date: z.string(), slots: z.array(z.looseObject({})) })),
  }),
);

const fetchSlots = servifyCall({
  ...read,
  id: 'ServiceRequest/fetchSlots',
  purpose: 'Read the slots of a service location',
  request: z.strictObject({
    ServiceType: text,
    CountryCode: text,
    Zipcode: text,
    // Called the serial number, shown as a model.
    ProductCode: text,
    ProductFamily: text,
    BrandCode: text,
    ProductSubCategoryCode: text,
    ContractCode: text.optional(),
    TimeZone: z.string().regex(/^[+-]\d{2}:\d{2}$/, '+HH:MM'),
    CurrentDateTime: z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/, 'YYYY-MM-DD HH:mm:ss'),
    ServiceLocationCode: text,
  }),
  response: slots,
});

const fetchRequestSlots = servifyCall({
  ...read,
  id: 'ServiceRequest/fetchRequestSlots',
  purpose: 'Read the slots of a service location, by newer codes',
  // Nothing is starred, but without a location there are no slots to read.
  request: z.strictObject({
    serviceLocationCode: text,
    serviceTypeCode: text.optional(),
    countryCode: text.optional(),
    zipcode: text.optional(),
    productSubCategoryCode: text.optional(),
    brandCode: text.optional(),
    productCode: text.optional(),
  }),
  response: slots,
});

// The three lists are called objects and shown as lists. What they are lists of is demanded, though it is not starred.
const getBrandList = servifyCall({
  ...read,
  id: 'ServiceRequest/getBrandList',
  purpose: 'List the brands of a kind of device in a country',
  request: z.strictObject({ productSubCategoryCode: text, countryCode: text.optional() }),
  response: answerOf(z.array(z.looseObject({ brandCode: z.string(), brandName: z.string() }))),
});

const getProductList = servifyCall({
  ...read,
  id: 'ServiceRequest/getProductList',
  purpose: 'List the products of a brand',
  request: z.strictObject({
    productSubCategoryCode: text.optional(),
    countryCode: text.optional(),
    brandCode: text,
  }),
  response: answerOf(z.array(z.looseObject({ productCode: z.string(), productName: z.string() }))),
});

const getIssueList = servifyCall({
  ...read,
  id: 'ServiceRequest/getIssueList',
  purpose: 'List the issues that may be reported of a product',
  request: z.strictObject({
    productSubCategoryCode: text,
    brandCode: text.optional(),
    productCode: text.optional(),
    countryCode: text.optional(),
  }),
  // Category and its code are empty for the issue "Others".
  response: answerOf(z.array(z.looseObject({ issueCode: z.string(), issue: z.string() }))),
});

const getClaimDetails = servifyCall({
  ...read,
  id: 'ServiceRequest/getClaimDetails',
  purpose: 'Read a claim or service request by our or their id',
  request: z
    .strictObject({ ReferenceID: text.optional(), ExternalReferenceID: text.optional() })
    // Neither is starred, but without one of them nothing is named.
    .refine((request) => request.ReferenceID !== undefined || request.ExternalReferenceID !== undefined, {
      message: 'one of ExternalReferenceID and ReferenceID is needed',
      path: ['ExternalReferenceID'],
    }),
  response: answerOf(z.looseObject({ ReferenceID: text, ExternalReferenceID: z.string().nullish() })),
});

const getClaimList = servifyCall({
  ...read,
  id: 'ServiceRequest/getClaimList',
  purpose: 'List the claims of a span of days, page by page',
  // Nothing is starred; the like list of contracts wants both days.
  request: z.strictObject({
    StartDate: day,
    EndDate: day,
    Pagination: z.strictObject({ CurrentPage: z.int().positive().optional() }).optional(),
  }),
  response: answerOf(
    z.looseObject({ ClaimList: z.array(z.looseObject({ ReferenceID: z.string() })), TotalCount: z.number() }),
  ),
  // Implied by the example: 17 claims are 2 pages.
  paging: pagesOf('ClaimList', { size: 10 }),
});

const createServiceRequest = servifyCall({
  id: 'ServiceRequest/createServiceRequest',
  kind: 'write',
  purpose: 'Create a service request with an appointment',
  // Nothing is starred. Without these no customer, device or service is named.
  request: z.strictObject({
    MobileNo: text,
    // Called the serial number or the first IMEI.
    IMEI1: text,
    ServiceType: text,
    CorrelationID: text.optional(),
    Name: text.optional(),
    EmailID: text.optional(),
    Address: text.optional(),
    Landmark: text.optional(),
    Lat: z.number().optional(),
    Lng: z.number().optional(),
    City: text.optional(),
    State: text.optional(),
    Zipcode: text.optional(),
    CountryCode: text.optional(),
    PhoneCode: text.optional(),
    ProductCode: text.optional(),
    BrandCode: text.optional(),
    ProductSubCategoryCode: text.optional(),
    IMEI2: text.optional(),
    Warranty: text.optional(),
    // All three in UTC, while slots are read in the location's own time.
    ScheduleDate: day.optional(),
    ScheduledFromTime: time.optional(),
    ScheduledToTime: time.optional(),
    RequestType: text.optional(),
    Issues: z.array(z.strictObject({ IssueCode: text, IssueRemarks: text.optional() })).optional(),
    ServiceLocationCode: text.optional(),
    ProductFamily: text.optional(),
    // In the example, not in the field table.
    TimeZone: text.optional(),
    DeliveryMode: z.number().optional(),
  }),
  response: answerOf(z.looseObject({ ReferenceID: text })),
  repeat: { mode: 'never', because: 'it takes no id of ours that a read could be asked for' },
  reference: contentReference,
});

export const serviceOperations: readonly ServifyOperation[] = [
  fetchSlots,
  createServiceRequest,
  getClaimDetails,
  getClaimList,
  getBrandList,
  getProductList,
  getIssueList,
  fetchRequestSlots,
];
