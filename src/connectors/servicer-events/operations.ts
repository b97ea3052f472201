/**
 * The events that a servicer may post about a service order, one operation each. All go to one address, and every event takes any data: only the types of the
 * fields that are listed count, and that the event belongs to the type of service of its order, which only the other side knows.
 */
import { z } from 'zod';
import { contentReference } from '../content-reference.ts';
import type { Operation } from '../port.ts';

export interface EventOperation extends Operation {
  /** Fields that hold moments, as numbers. */
  times: readonly string[];
}

/** As of service orders, whose events these are. */
const id = z.string().regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, hyphens and underscores');
const place = { tenant: id, store: id, serviceOrder: id };
export const eventPath = '/tenants/{tenant}/stores/{store}/service-orders/{serviceOrder}/events';

const text = z.string().optional();
/** Called a timestamp; of seconds or milliseconds is not said. Either is taken, and sent in the unit of the target. */
const time = z.number().optional();
/** Whether windows are pairs of start and end is not said. */
const times = z.array(z.number()).optional();

type Fields = Readonly<Record<string, z.ZodType>>;

const common = {
  kind: 'write',
  method: 'POST',
  path: eventPath,
  // Neither an answer nor an id of an event is described.
  response: z.unknown(),
  repeat: { mode: 'never', because: 'an event has no number by which it could be told from one like it' },
  reference: contentReference,
} as const;

function event(type: string, name: string, purpose: string, fields: Fields): EventOperation {
  return {
    ...common,
    id: `${type}/${name}`,
    purpose,
    // notes stands in no body, but is allowed in all; its type is not said.
    request: z.looseObject({ ...place, event: z.literal(name), ...fields, notes: text }),
    times: timesIn(fields),
  };
}

const timesIn = (fields: Fields): string[] =>
  Object.entries(fields).flatMap(([name, schema]) => (schema === time || schema === times ? [name] : []));

const depot = [
  event('repair_depot', 'product_received', 'Tell that the product has come in', {
    receivedBy: text,
    receptionDate: time,
  }),
  // Whether to the depot or back to the customer is not said.
  event('repair_depot', 'product_delivered', 'Tell that the product was delivered', {
    deliveredTo: text,
    deliveredDate: time,
  }),
  event('repair_depot', 'product_diagnosed', 'Tell what the diagnosis found', {
    diagnosedBy: text,
    diagnosticExplanation: text,
    diagnosticCompletedAt: time,
  }),
  event('repair_depot', 'repair_eta', 'Tell when the repair should be ready, and why it is late', {
    estimatedRepairCompletionAt: time,
    isDelayed: z.boolean().optional(),
    delayReason: text,
  }),
  event('repair_depot', 'repair_started', 'Tell that the repair has begun', { repairStartedAt: time }),
  event('repair_depot', 'repair_completed', 'Tell that the repair is done', { repairCompletedAt: time }),
];

/** The values of the fields that end in EventType or Type are not listed. */
const onsite = [
  event('repair_onsite', 'part_management', 'Tell what happened with parts', {
    partManagementEventType: text,
  }),
  event('repair_onsite', 'appointment_scheduling', 'Tell what happened with the appointment', {
    appointmentEventType: text,
    appointmentDate: time,
  }),
  event('repair_onsite', 'customer_contact', 'Tell that the customer was contacted', {
    customerContactEventType: text,
    method: text,
    contactTimestamp: time,
    appointmentTimestamps: times,
  }),
  event('repair_onsite', 'batched', 'Tell that the order was put with others, and when it could be done', {
    availabilityWindows: times,
  }),
  event('repair_onsite', 'resolved', 'Tell how the service ended', { resolutionType: text, reason: text }),
];

const listed: ReadonlySet<string> = new Set([...depot, ...onsite].map(({ id }) => id.split('/')[1] ?? ''));

/** An event under a name of the servicer's own, for both types of service. */
const custom: EventOperation = {
  ...common,
  id: 'other/custom',
  purpose: 'Tell something else, under a name of its own',
  request: z.looseObject({
    ...place,
    event: z
      .string()
      .min(1)
      .refine((name) => !listed.has(name), 'a name that is not one of the listed events'),
    eventDate: time,
    metadata: z.looseObject({}).optional(),
    notes: text,
  }),
  times: ['eventDate'],
};

export const servicerEvents: ReadonlyMap<string, EventOperation> = new Map(
  [...depot, ...onsite, custom].map((operation) => [operation.id, operation]),
);
