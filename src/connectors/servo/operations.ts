/** The operations of Servo by id. Its paths end with a slash. */
import { z } from 'zod';
import { contentReference } from '../content-reference.ts';
import { text } from '../fields.ts';
import type { Operation } from '../port.ts';

/** Read by anybody who knows an order number: goes out without our token. */
export const orderStatus = {
  id: 'Order/status',
  kind: 'read',
  method: 'GET',
  path: '/api/status/',
  purpose: 'Read how a service order stands',
  request: z.strictObject({ q: text }),
  // Names of statuses are set per installation. The timeline comes only where the installation shows it.
  response: z.looseObject({
    status: z.string(),
    order: z.string().nullish(),
    status_description: z.string().nullish(),
    timeline: z
      .array(
        z.looseObject({
          status: z.string().nullish(),
          started_at: z.string().nullish(),
          badge: z.string().nullish(),
          description: z.string().nullish(),
        }),
      )
      .nullish(),
  }),
  repeat: { mode: 'safe' },
  reference: () => null,
} as const satisfies Operation;

export const warrantyLookup = {
  id: 'Warranty/lookup',
  kind: 'read',
  method: 'GET',
  path: '/api/warranty/',
  purpose: 'Read the warranty of a device by its serial number',
  request: z.strictObject({ sn: text }),
  // Shown by example only, with null and the empty text for what is not known: no more is demanded than what was asked for.
  response: z.looseObject({
    warranty_status: z.string().nullable(),
    description: z.string().nullish(),
    parts_and_labor_covered: z.boolean().nullish(),
    contract_end_date: z.string().nullish(),
    purchased_on: z.string().nullish(),
    sn: z.string().nullish(),
    imei: z.string().nullish(),
    unlocked: z.boolean().nullish(),
    fmip_active: z.boolean().nullish(),
    applied_activation_policy: z.string().nullish(),
    image_url: z.string().nullish(),
    configuration: z.string().nullish(),
  }),
  repeat: { mode: 'safe' },
  reference: () => null,
} as const satisfies Operation;

const createOrder = {
  id: 'Order/create',
  kind: 'write',
  // The method is not named: curl sends what it is given with -d as POST. It would call the body a form, which is not what the text says.
  method: 'POST',
  path: '/api/orders/',
  purpose: 'Create a service order with customer, device and an attached file',
  request: z.strictObject({
    problem: text,
    // Has no line of its own in the table; two of its fields are required, and so it is.
    customer: z.strictObject({
      name: text,
      email: z.email(),
      // Shown as digits with the country code and without a plus.
      phone: text.optional(),
      city: text.optional(),
      zip_code: text.optional(),
      street_address: text.optional(),
    }),
    device: z
      .strictObject({
        sn: text.optional(),
        description: text.optional(),
        accessories: z.array(text).optional(),
      })
      .optional(),
    attachment: z.strictObject({ name: text.optional(), data: z.base64().optional() }).optional(),
  }),
  attachment: { field: 'attachment', name: 'name', content: 'data', encoding: 'base64' },
  // The answer is not described, so that any in JSON will do, and none as well.
  response: z.unknown(),
  repeat: {
    mode: 'never',
    because: 'no read finds an order by anything but the number that was in the lost answer',
  },
  // No field takes a number of the partner's own.
  reference: (request) => contentReference(request),
} as const satisfies Operation;

export const servoOperations: ReadonlyMap<string, Operation> = new Map(
  [orderStatus, warrantyLookup, createOrder].map((operation) => [operation.id, operation]),
);
