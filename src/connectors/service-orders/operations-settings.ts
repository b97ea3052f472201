/** What a tenant has set for all his stores: types of service, statuses, hourly rates. */
import { z } from 'zod';
import type { Operation } from '../port.ts';
import { create, id, inTenant, list, ofTenant, page, sort, update } from './operation.ts';

const types = `${inTenant}/service-types`;
const statuses = `${inTenant}/service-statuses`;
const rates = `${inTenant}/hourly-rates`;

/** The step of the workflow at which the status stands. The other fields of a status are not named. */
const position = { position: z.number().optional() };

export const listTypes = list({
  id: 'ServiceType/list',
  path: types,
  purpose: 'List the types of service of a tenant',
  request: z.strictObject({ ...ofTenant, ...page, ...sort }),
});

export const settingOperations: readonly Operation[] = [
  listTypes,
  update({
    id: 'ServiceType/update',
    path: `${types}/{serviceType}`,
    purpose: 'Change a type of service',
    request: z.looseObject({ ...ofTenant, serviceType: id }),
  }),
  list({
    id: 'ServiceStatus/list',
    // Said to be those of a service order, but only the tenant is asked for: they are the steps of his workflow.
    path: statuses,
    purpose: 'List the statuses that service orders of a tenant can have',
    request: z.strictObject({ ...ofTenant, ...page, ...sort }),
  }),
  create({
    id: 'ServiceStatus/create',
    path: statuses,
    purpose: 'Create a status at a step of the workflow',
    request: z.looseObject({ ...ofTenant, ...position }),
  }),
  update({
    id: 'ServiceStatus/update',
    path: `${statuses}/{serviceStatus}`,
    purpose: 'Change a status, or its step in the workflow',
    request: z.looseObject({ ...ofTenant, serviceStatus: id, ...position }),
  }),
  list({
    id: 'HourlyRate/list',
    path: rates,
    purpose: 'List the hourly rates of a tenant',
    // Not sorted, unlike the other lists.
    request: z.strictObject({ ...ofTenant, ...page }),
  }),
  create({
    id: 'HourlyRate/create',
    path: rates,
    purpose: 'Create an hourly rate',
    // One more field must be an id or empty, but has no name.
    request: z.looseObject(ofTenant),
  }),
  update({
    id: 'HourlyRate/update',
    path: `${rates}/{hourlyRate}`,
    purpose: 'Change an hourly rate',
    request: z.looseObject({ ...ofTenant, hourlyRate: id }),
  }),
];
