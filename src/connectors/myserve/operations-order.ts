/** Hardware orders. An item's fields depend on what is ordered, which `request_type` says. */
import { z } from 'zod';
import { contentReference } from '../content-reference.ts';
import { day, text, textAt } from '../fields.ts';
import { anyKeys, get, listOf, type MyserveOperation, post } from './operation.ts';
import { pages } from './paging.ts';

const order = z.looseObject({ uuid: text });

const listOrders = get({
  id: 'Orders/list',
  path: '/orders',
  purpose: 'List hardware orders page by page',
  request: z.strictObject({ page: z.int().positive().optional() }),
  // One table has totals beside the orders, when a page is asked for; another, and the example, have none.
  response: listOf(order),
  paging: pages,
});

/** The answer to an order that was found or made. */
const succeeded = z.looseObject({ status: z.literal('succeeded'), data: order });

const getOrder = get({
  id: 'Orders/get',
  path: '/orders/{order_uuid}',
  purpose: "Read a hardware order, on demand with Bell's details",
  request: z.strictObject({ order_uuid: z.uuid(), bell_info: z.boolean().optional() }),
  response: succeeded,
});

const accessories = z.array(z.strictObject({ id: z.int(), quantity: z.int().positive() }));

const everyItem = {
  employee_number: text.optional(),
  employee_email: text.optional(),
  accounting_codes: z.array(z.strictObject({ type_name: text, category_name: text })),
  request_subtype: text.optional(),
  meta: anyKeys.optional(),
};

const deviceItem = {
  ...everyItem,
  product_id: z.int(),
  // Empty in the example.
  color: z.string().optional(),
  billing_account_number: text,
  device_term: z.strictObject({ name: text, price: z.number() }),
  accessories: accessories.optional(),
};

const replacement = z.strictObject({
  ...deviceItem,
  request_type: z.literal('replacement'),
  number: text,
  reason: z.enum(['eligible_for_upgrade', 'broken', 'lost', 'other']),
  custom_reason: text.optional(),
  employee_name: text.optional(),
  used_for: text.optional(),
  hr_locked: z.boolean().optional(),
  directory_push: z.boolean().optional(),
});

const newDevice = z.strictObject({
  ...deviceItem,
  request_type: z.literal('new'),
  employee_name: text,
  city: text.optional(),
  number: text.optional(),
  port_request: z
    .strictObject({
      authorized_first_name: text.optional(),
      authorized_last_name: text.optional(),
      transfer_date: day.optional(),
      prev_carrier_account: text,
      prev_carrier_name: text.optional(),
    })
    .optional(),
});

const accessoryItem = z.strictObject({
  ...everyItem,
  request_type: z.literal('accessory'),
  employee_name: text,
  accessories: accessories.min(1),
});

// The example's item has no request_type and mixes fields of two kinds: the three tables, which agree, are followed.
const item = z
  .discriminatedUnion('request_type', [replacement, newDevice, accessoryItem])
  .superRefine((one, context) => {
    const lacks = (name: string, why: string): void =>
      context.addIssue({ code: 'custom', path: [name], message: `needed ${why}` });
    // Reading an order wants it for "other" alone.
    if (
      one.request_type === 'replacement' &&
      one.reason !== 'eligible_for_upgrade' &&
      one.custom_reason === undefined
    )
      lacks('custom_reason', `for the reason ${one.reason}`);
    if (one.request_type === 'new' && one.port_request !== undefined && one.number === undefined)
      lacks('number', 'to port a number in');
  });

const shipping = z.strictObject({
  company_name: text,
  address1: text,
  // Starred like the rest; may be empty, because not every address has a second line and not every order a note.
  address2: z.string(),
  bell_api_city_id: z.int(),
  postal_code: text,
  phone_number: text,
  attention: text,
  note: z.string(),
});

const createOrder = post({
  id: 'Orders/create',
  path: '/orders',
  purpose: 'Order devices or accessories',
  request: z
    .strictObject({
      carrier_name: text,
      dealer_name: text,
      requester_emails: z.array(text),
      shipping_province: text.optional(),
      order_items: z.array(item).min(1),
      dealer_message: text.optional(),
      meta: anyKeys.optional(),
      // The table demands it; the example has the flat fields instead. Either will do.
      shipping: shipping.optional(),
      shipping_address: text.optional(),
      shipping_attention: text.optional(),
      purchase_order_number: text.optional(),
      purchase_order_total_cost: text.optional(),
    })
    .refine((request) => request.shipping !== undefined || request.shipping_address !== undefined, {
      message: 'one of shipping and shipping_address is needed',
      path: ['shipping'],
    }),
  response: succeeded,
  repeat: {
    mode: 'never',
    because:
      'an order has no key against a second one, and the list cannot be asked for a purchase order number',
  },
  reference: (request) => textAt(request, 'purchase_order_number') ?? contentReference(request),
});

export const orderOperations: readonly MyserveOperation[] = [listOrders, getOrder, createOrder];
