/**
 * The calls that create or update many records at once, and the reads of their jobs. The server finds a record by its key, so that the same rows may
 * be sent again. What only a new record needs is not demanded here: which records are new, the server alone knows.
 */
import { z } from 'zod';
import { day, text } from '../fields.ts';
import { ask, id, type MyserveOperation, post, saysStatus } from './operation.ts';
import { batchBy, commonKey, jobOf, saysOfRows } from './synchronize.ts';

/** Which of the two is marked "can be blank" decides between this and `text`. */
const blank = z.string();
const blankOrDay = z.union([day, z.literal('')]);

const rowResult = z.looseObject({ status: z.string().optional(), errors: z.array(z.string()).optional() });
const results = z.record(z.string(), rowResult);

/** Results come with synchronous calls only. */
const synchronized = z.looseObject({
  message: z.string(),
  job_id: id.optional(),
  results: results.optional(),
});
const jobStatus = z.looseObject({
  status: z.enum(['performing', 'completed', 'errored']),
  results: results.optional(),
});

/** Marked as required, with a default in its description, and left out of every example. */
const asynchronous = z.boolean().optional();
const sandbox = z.boolean().optional();
const callback = z.url().optional();

const common = {
  response: synchronized,
  repeat: { mode: 'safe' },
  reference: () => null,
  canBeTried: true,
} as const;

const status = (group: string, path: string, purpose: string) =>
  ask({
    id: `${group}/synchronizationStatus`,
    path: `/${path}/synchronization_status`,
    purpose,
    // Called a number, shown as a text.
    request: z.strictObject({ job_id: id }),
    response: jobStatus,
    says: saysStatus,
  });

/** A share per list of categories; all together make the whole. */
const shared = z
  .array(z.record(z.string(), z.string()))
  .refine(
    (shares) =>
      shares.every(({ percent }) => percent === undefined) ||
      Math.abs(shares.reduce((sum, { percent }) => sum + Number(percent ?? Number.NaN), 0) - 100) < 0.005,
    { message: 'the percents must add up to 100' },
  );

const devicesBatch = batchBy('number');

const synchronizeDevices = post({
  ...common,
  id: 'Devices/synchronize',
  path: '/devices/synchronize',
  purpose: 'Create or update devices',
  request: z.strictObject({
    data: z
      .array(
        z.strictObject({
          number: text,
          username: text.optional(),
          email: blank.optional(),
          location: blank.optional(),
          asset_tag: blank.optional(),
          // A new device needs it, and it may be blank.
          billing_account: blank.optional(),
          employee_location: blank.optional(),
          employee_title: blank.optional(),
          employee_number: blank.optional(),
          upgrade_cost: blank.optional(),
          employment_status: blank.optional(),
          accounting_categories: shared.optional(),
          manager: blank.optional(),
          device_make: text.optional(),
          last_upgraded_date: blankOrDay.optional(),
          used_for: blank.optional(),
        }),
      )
      .min(1),
    sandbox,
    async: asynchronous,
  }),
  batch: devicesBatch,
  async: jobOf('Devices/synchronizationStatus'),
  says: saysOfRows(devicesBatch),
});

const devicesStatus = status('Devices', 'devices', 'Read how a job of devices stands, row by row');

// The field table keys the results by name, the example by number.
const employeesBatch = batchBy('number', 'name');

const synchronizeEmployees = post({
  ...common,
  id: 'Employees/synchronize',
  path: '/employees/synchronize',
  purpose: 'Create or update employees',
  request: z.strictObject({
    data: z
      .array(
        z.strictObject({
          number: text,
          name: text.optional(),
          preferred_name: blank.optional(),
          // What the documents say of managers can be read as "required" and as "may be blank"; the server decides.
          email: blank.optional(),
          status: z
            .enum([
              'active',
              'on_leave',
              'long_term',
              'short_term',
              'maternity_leave',
              'temp_layoff',
              'inactive',
              '',
            ])
            .optional(),
          hr_user_id: blank.optional(),
          job_title: blank.optional(),
          department_name: blank.optional(),
          address: blank.optional(),
          // Seconds since 1970.
          hired_date: z.int().optional(),
          terminated_date: z.int().optional(),
          manager_name: blank.optional(),
          manager_employee_number: blank.optional(),
          accounting_categories: z.array(z.record(z.string(), z.string())).optional(),
          is_manager: z.boolean().optional(),
          organization: blank.optional(),
          city: blank.optional(),
          country: blank.optional(),
          postalcode: blank.optional(),
          province: blank.optional(),
          employee_type: blank.optional(),
        }),
      )
      .min(1),
    sandbox,
    async: asynchronous,
    status_callback_url: callback,
  }),
  batch: employeesBatch,
  async: jobOf('Employees/synchronizationStatus'),
  tellsStatus: true,
  says: saysOfRows(employeesBatch),
});

const employeesStatus = status('Employees', 'employees', 'Read how a job of employees stands, row by row');

// Unique are type and name together, but the answer names a row by its name alone.
const categoriesBatch = batchBy('name');

const approver = z
  .strictObject({ name: text.optional(), email: text.optional() })
  .refine(({ name, email }) => name !== undefined || email !== undefined, {
    message: 'one of name and email is needed',
  });

const synchronizeCategories = post({
  ...common,
  id: 'AccountingCategories/synchronize',
  path: '/accounting_categories/synchronize',
  purpose: 'Create or update accounting categories',
  request: z.strictObject({
    data: z
      .array(
        z.strictObject({
          accounting_type: text,
          name: text.refine((name) => name !== commonKey, {
            message: `the answer uses "${commonKey}" for what is about no row`,
          }),
          description: blank.optional(),
          description_2: blank.optional(),
          description_3: blank.optional(),
          description_4: blank.optional(),
          tax_jurisdiction: blank.optional(),
          additional_status: blank.optional(),
          approval_managers: z.array(approver).optional(),
        }),
      )
      .min(1),
    sandbox,
    async: asynchronous,
    status_callback_url: callback,
  }),
  batch: categoriesBatch,
  async: jobOf('AccountingCategories/synchronizationStatus'),
  tellsStatus: true,
  says: saysOfRows(categoriesBatch),
});

const categoriesStatus = status(
  'AccountingCategories',
  'accounting_categories',
  'Read how a job of accounting categories stands, row by row',
);

const wirelinesBatch = batchBy('number');

const synchronizeWirelines = post({
  ...common,
  id: 'Wirelines/synchronize',
  path: '/wirelines/synchronize',
  purpose: 'Create or update wirelines',
  request: z.strictObject({
    data: z
      .array(
        z.strictObject({
          // Starred, and missing from the example.
          number: text,
          username: text.optional(),
          status: text.optional(),
          model: text.optional(),
          email: blank.optional(),
          employee_number: blank.optional(),
          contract_expiry_date: blankOrDay.optional(),
          description: text.optional(),
          location: blank.optional(),
          used_for: text.optional(),
          service_address: text.optional(),
          warehouse: text.optional(),
          wireline_account: text.optional(),
        }),
      )
      .min(1),
    sandbox,
    async: asynchronous,
  }),
  batch: wirelinesBatch,
  async: jobOf('Wirelines/synchronizationStatus'),
  says: saysOfRows(wirelinesBatch),
});

const wirelinesStatus = status('Wirelines', 'wirelines', 'Read how a job of wirelines stands, row by row');

export const synchronizeOperations: readonly MyserveOperation[] = [
  synchronizeDevices,
  devicesStatus,
  synchronizeEmployees,
  employeesStatus,
  synchronizeCategories,
  categoriesStatus,
  synchronizeWirelines,
  wirelinesStatus,
];
