/** Lists. Fields of the rows are proved only as far as a row could not be told without them: tables and examples differ too much. */
import { z } from 'zod';
import { day, text, textOrNumber } from '../fields.ts';
import { get, listOf, type MyserveOperation } from './operation.ts';
import { pages } from './paging.ts';

const page = z.int().positive().optional();
/** Seconds since 1970: what was changed after that. */
const since = z.int().nonnegative().optional();
const rows = listOf(z.looseObject({}));
const numbered = listOf(z.looseObject({ number: textOrNumber }));
const named = listOf(z.looseObject({ id: z.number(), name: z.string() }));

const listDevices = get({
  id: 'Devices/list',
  path: '/devices',
  purpose: 'List devices, all or those changed since a time',
  request: z.strictObject({ since }),
  response: numbered,
});

const listEmployees = get({
  id: 'Employees/list',
  path: '/employees',
  purpose: 'List employees page by page, all or those changed since a time',
  request: z.strictObject({ page, since }),
  response: numbered,
  paging: pages,
});

const listCategories = get({
  id: 'AccountingCategories/list',
  path: '/accounting_categories',
  purpose: 'List accounting categories',
  request: z.strictObject({}),
  response: listOf(z.looseObject({ accounting_type: z.string(), name: z.string() })),
});

const listAccessories = get({
  id: 'HardwareOrdering/accessories',
  path: '/hardware_ordering/accessories',
  purpose: 'List accessories that can be ordered, all or those of a product',
  request: z.strictObject({ product_id: z.int().optional() }),
  response: named,
});

const listProducts = get({
  id: 'HardwareOrdering/products',
  path: '/hardware_ordering/products',
  purpose: 'List products that can be ordered, all or those of a carrier',
  // Whether it is required is not said.
  request: z.strictObject({ carrier: text.optional() }),
  response: named,
});

const listCities = get({
  id: 'HardwareOrdering/cities',
  path: '/hardware_ordering/cities',
  purpose: 'List the cities whose ids an order is shipped by',
  request: z.strictObject({}),
  response: named,
});

const usageByAccount = get({
  id: 'DataUsage/byBusinessAccount',
  path: '/data_usage/by_business_account',
  purpose: "Read this month's data usage of the devices of a business account",
  request: z.strictObject({ business_account: text }),
  response: numbered,
});

const usageByNumber = get({
  id: 'InMonthDataUsage/byNumber',
  path: '/in_month_data_usage/by_number',
  purpose: "Read a device's data usage day by day within the month",
  // Called a number here and a text elsewhere.
  request: z.strictObject({ number: textOrNumber }),
  response: listOf(z.looseObject({ date: z.string(), data: textOrNumber })),
});

const usageOfPools = get({
  id: 'InMonthDataUsage/businessAccounts',
  path: '/in_month_data_usage/business_accounts',
  purpose: 'Read the data pools of business accounts and their usage within the month',
  request: z.strictObject({}),
  response: listOf(z.looseObject({ account_number: textOrNumber })),
});

const listWirelines = get({
  id: 'Wirelines/list',
  path: '/wirelines',
  purpose: 'List wirelines',
  request: z.strictObject({}),
  response: numbered,
});

const listBillingLines = get({
  id: 'BillingDataLines/list',
  path: '/billing_data_lines',
  purpose: 'List billing lines page by page, by device, account or cycle',
  request: z.strictObject({
    page,
    number: textOrNumber.optional(),
    // billing_account in one line of the documents; this in the table and the example.
    business_account: textOrNumber.optional(),
    cycle_date: day.optional(),
  }),
  response: numbered,
  paging: pages,
});

const listTickets = get({
  id: 'Tickets/list',
  path: '/tickets',
  purpose: 'List tickets',
  request: z.strictObject({}),
  response: rows,
});

export const listOperations: readonly MyserveOperation[] = [
  listDevices,
  listEmployees,
  listCategories,
  listAccessories,
  listProducts,
  listCities,
  listTickets,
  usageByAccount,
  usageByNumber,
  usageOfPools,
  listWirelines,
  listBillingLines,
];
