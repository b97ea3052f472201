/** Service orders themselves. */
import { z } from 'zod';
import type { Operation } from '../port.ts';
import {
  create,
  id,
  inOrder,
  inStore,
  list,
  ofOrder,
  ofStore,
  page,
  places,
  read,
  remove,
  sort,
  update,
} from './operation.ts';

const orders = `${inStore}/service-orders`;
const values = z.array(z.string().min(1)).min(1).optional();
const day = z.iso.date().optional();

/** The file itself, or JSON with its content in base64; which of both is said by the `Accept` header. */
export const report = read({
  id: 'ServiceOrder/report',
  path: `${inOrder}/report`,
  purpose: 'Get the report of a service order as a file',
  request: z.strictObject({
    ...ofOrder,
    // What comes without it is not said: JSON is asked for then.
    Accept: z.enum(['application/octet-stream', 'application/json']).optional(),
  }),
  places: { Accept: 'header' },
  // The JSON around the content is not shown.
  response: z.union([z.string().min(1), z.looseObject({})]),
});

export const orderOperations: readonly Operation[] = [
  read({
    id: 'ServiceOrder/get',
    path: inOrder,
    purpose: 'Read a service order',
    request: z.strictObject(ofOrder),
  }),
  remove(
    {
      id: 'ServiceOrder/delete',
      path: inOrder,
      purpose: 'Delete a service order',
      request: z.strictObject(ofOrder),
    },
    'ServiceOrder/get',
  ),
  read({
    id: 'ServiceOrder/getByPublicHash',
    path: `${orders}/public/{publicHash}`,
    purpose: 'Read a service order by the hash of its public page',
    // The hash opens the order to whoever has it. No pattern is given.
    request: z.strictObject({ ...ofStore, publicHash: z.string().min(1) }),
  }),
  report,
  list({
    id: 'ServiceOrder/list',
    path: orders,
    purpose: 'List the service orders of a store',
    request: z.strictObject({
      ...ofStore,
      ...page,
      ...sort,
      // Read as one value, the other filters as several.
      state: z.string().min(1).optional(),
      serviceTypes: values,
      assignedUsers: values,
      createdFromStores: values,
      priorities: values,
    }),
  }),
  create({
    id: 'ServiceOrder/create',
    path: orders,
    purpose: 'Create a service order',
    request: z.looseObject(ofStore),
  }),
  update({
    id: 'ServiceOrder/update',
    path: inOrder,
    purpose: 'Change data of a service order',
    // Five fields have rules (ids, some of which may be empty, and the value NONE), but no names.
    request: z.looseObject(ofOrder),
  }),
  list({
    id: 'ServiceOrder/search',
    // Stands among the calls that write, and has fields that are lists.
    method: 'POST',
    path: `${orders}/search`,
    purpose: 'Search service orders by a part of a value, whatever its case',
    request: z.looseObject({
      ...ofStore,
      ...page,
      ...sort,
      // With it, the fields for the customer and the service are ignored; these and the filters have no names.
      query: z.string().min(1).optional(),
      // Of which date is not said.
      dateFrom: day,
      dateTo: day,
    }),
    places: places('query', 'page', 'itemsPerPage', 'sort'),
  }),
  create({
    id: 'ServiceOrderItem/create',
    path: `${inOrder}/items`,
    purpose: 'Add an item to a service order',
    request: z.looseObject(ofOrder),
  }),
  update({
    id: 'ServiceOrderItem/update',
    path: `${inOrder}/items/{item}`,
    purpose: 'Change an item of a service order',
    request: z.looseObject({ ...ofOrder, item: id }),
  }),
  remove(
    {
      id: 'ServiceOrderItem/delete',
      path: `${inOrder}/items/{item}`,
      purpose: 'Delete an item of a service order',
      request: z.strictObject({ ...ofOrder, item: id }),
    },
    null,
  ),
];
