/** Operations that only read. */
import { z } from 'zod';
import { isObject } from '../../base/json.ts';
import { day, text } from '../fields.ts';
import { eligibilityCodes } from './eligibility.ts';
import { askedTogether, pagesOf } from './lists.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';

/** A read is repeated freely and has no effect to name. */
const read = { kind: 'read', repeat: { mode: 'safe' }, reference: () => null } as const;

export const checkEligibility = servifyCall({
  ...read,
  id: 'Contract/checkEligibility',
  purpose: 'Ask whether a plan can be sold for a device, and at what price',
  request: z.strictObject({
    PlanCode: text,
    BrandCode: text,
    ProductUniqueID: text,
    ProductPurchaseCost: z.number(),
    CountryCode: text,
    ProductSubCategoryCode: text,
    ProductCode: text.optional(),
    DeviceDateOfPurchase: day.optional(),
    RAM: text.optional(),
    StorageCapacity: text.optional(),
    // Called a number, described and shown as YYYY-MM-DD.
    LastRepairDate: day.optional(),
    // SerialNumber elsewhere.
    SerialNo: text.optional(),
  }),
  meanings: eligibilityCodes,
  // Not eligible is a normal answer with `success: true`; PlanPrice need not come with it.
  response: answerOf(
    z.looseObject({ IsEligible: z.boolean(), EligibilityStatusCode: text, PlanPrice: z.number().nullish() }),
  ),
});

const getContractInfo = servifyCall({
  ...read,
  id: 'Contract/getContractInfo',
  purpose: 'Read a contract by our or their id',
  request: z
    .strictObject({ ExternalReferenceID: text.optional(), SoldPlanCode: text.optional() })
    // Neither is starred, but without one of them no contract is named.
    .refine((request) => request.SoldPlanCode !== undefined || request.ExternalReferenceID !== undefined, {
      message: 'one of ExternalReferenceID and SoldPlanCode is needed',
      path: ['ExternalReferenceID'],
    }),
  // The field table nests Customer and Device; the example has them beside Contract.
  response: answerOf(
    z.looseObject({
      Contract: z.looseObject({ ContractID: text, SoldPlanCode: text }).optional(),
      Customer: z.looseObject({}).optional(),
      Device: z.looseObject({}).optional(),
    }),
  ),
});

const getContractList = servifyCall({
  ...read,
  id: 'Contract/getContractList',
  purpose: 'List the contracts sold in a span of days, page by page',
  request: z.strictObject({
    StartDate: day,
    EndDate: day,
    limitFilter: z.int().positive().optional(),
    // Called a text, shown as an object; CurrentPage likewise as a number. Pages start at 1.
    Pagination: z.strictObject({ CurrentPage: z.int().positive().optional() }),
  }),
  response: answerOf(
    z.looseObject({
      ContractList: z.array(z.looseObject({ ExternalReferenceID: z.string(), StatusText: z.string() })),
      TotalCount: z.number(),
      TotalPages: z.number(),
      ItemsPerPage: z.number(),
    }),
  ),
  paging: pagesOf('ContractList', { size: 10, sizeField: 'limitFilter' }),
});

const getContractDetailsbyIMEI = servifyCall({
  ...read,
  id: 'Contract/getContractDetailsbyIMEI',
  purpose: 'Read until when devices are under warranty',
  // Not starred, but without it nothing is asked.
  request: z.strictObject({ IMEIs: z.array(text).min(1) }),
  // Devices without a find are left out and the order is another: match on imei. The field table writes WarrantyTill.
  response: answerOf(
    z.array(
      z.looseObject({
        imei: z.string(),
        warrantyTill: z.string().optional(),
        WarrantyTill: z.string().optional(),
      }),
    ),
  ),
  batch: askedTogether('IMEIs', 'imei', (answer) => answer),
});

const getOrderActivationDetails = servifyCall({
  ...read,
  id: 'Contract/getOrderActivationDetails',
  purpose: 'Read the activation codes of the items of an order',
  // Nothing is starred, but without OrderID no order is named. OrderItems is called an object and shown as a list.
  request: z.strictObject({
    OrderID: text,
    OrderDate: day.optional(),
    OrderItems: z.array(z.strictObject({ OrderItemID: text })).optional(),
  }),
  response: answerOf(
    z.looseObject({
      OrderID: z.string(),
      OrderItems: z.array(
        z.looseObject({
          OrderItemID: z.string(),
          OrderItemData: z.array(z.looseObject({ ActivationCode: z.string() })),
        }),
      ),
    }),
  ),
  batch: askedTogether('OrderItems', 'OrderItemID', (answer) =>
    isObject(answer) ? answer['OrderItems'] : undefined,
  ),
});

export const readOperations: readonly ServifyOperation[] = [
  checkEligibility,
  getContractInfo,
  getContractList,
  getContractDetailsbyIMEI,
  getOrderActivationDetails,
];
