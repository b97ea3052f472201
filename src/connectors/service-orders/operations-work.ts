/** What happens to a service order: events, hours, notifications, sales. */
import { z } from 'zod';
import type { Operation } from '../port.ts';
import {
  create,
  id,
  inOrder,
  list,
  ofOrder,
  oneThing,
  page,
  read,
  remove,
  sort,
  update,
} from './operation.ts';

const event = `${inOrder}/events/{event}`;
const entry = `${inOrder}/hours/{hoursEntry}`;

export const workOperations: readonly Operation[] = [
  list({
    id: 'ServiceOrderEvent/list',
    path: `${inOrder}/events`,
    purpose: 'List the events of a service order',
    request: z.strictObject({ ...ofOrder, ...page, ...sort }),
  }),
  read({
    id: 'ServiceOrderEvent/get',
    path: event,
    purpose: 'Read an event of a service order',
    request: z.strictObject({ ...ofOrder, event: id }),
  }),
  create({
    id: 'ServiceOrderEvent/create',
    path: `${inOrder}/events`,
    purpose: 'Add an event to a service order',
    request: z.looseObject(ofOrder),
  }),
  update({
    id: 'ServiceOrderEvent/update',
    path: event,
    purpose: 'Change an event of a service order',
    // One more field must be an id, but has no name.
    request: z.looseObject({ ...ofOrder, event: id }),
  }),
  remove(
    {
      id: 'ServiceOrderEvent/delete',
      path: event,
      purpose: 'Delete an event of a service order',
      request: z.strictObject({ ...ofOrder, event: id }),
    },
    'ServiceOrderEvent/get',
  ),
  list({
    id: 'ServiceOrderHours/list',
    path: `${inOrder}/hours`,
    purpose: 'List the hours that were worked on a service order',
    request: z.strictObject({ ...ofOrder, ...page, ...sort }),
  }),
  read({
    id: 'ServiceOrderHours/get',
    path: entry,
    purpose: 'Read an entry of hours',
    request: z.strictObject({ ...ofOrder, hoursEntry: id }),
  }),
  create({
    id: 'ServiceOrderHours/create',
    path: `${inOrder}/hours`,
    purpose: 'Add an entry of hours to a service order',
    request: z.looseObject(ofOrder),
  }),
  update({
    id: 'ServiceOrderHours/update',
    path: entry,
    purpose: 'Change an entry of hours',
    // One more field must be an id or empty, but has no name.
    request: z.looseObject({ ...ofOrder, hoursEntry: id }),
  }),
  remove(
    {
      id: 'ServiceOrderHours/delete',
      path: entry,
      purpose: 'Delete an entry of hours',
      request: z.strictObject({ ...ofOrder, hoursEntry: id }),
    },
    'ServiceOrderHours/get',
  ),
  list({
    id: 'ServiceOrderNotification/list',
    path: `${inOrder}/notifications`,
    purpose: 'List what a service order made the system tell',
    request: z.strictObject({ ...ofOrder, ...page, ...sort }),
  }),
  list({
    id: 'ServiceOrderSalesOrder/list',
    path: `${inOrder}/sales-orders`,
    purpose: 'List the sales orders that were made from a service order',
    // Not sorted, unlike the other lists.
    request: z.strictObject({ ...ofOrder, ...page }),
  }),
  create({
    id: 'ServiceOrderSalesOrder/create',
    path: `${inOrder}/sales-orders`,
    purpose: 'Create a sales order from a service order',
    // Two more fields are ids, but have no names. What an address holds is not said.
    request: z.looseObject({
      ...ofOrder,
      orderAddress: oneThing.optional(),
      // Only when it differs from orderAddress.
      invoiceAddress: oneThing.optional(),
    }),
  }),
];
