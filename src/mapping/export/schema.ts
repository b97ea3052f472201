/**
 * The mapping of an export: what is read, and which columns its file has. This one declaration gives the types, the help texts and the JSON Schema for editors. It lies in
 * `mappings/NAME.export.yaml`.
 */
import { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { dateFormats, dateTimeFormats } from '../columns/formats.ts';

export const momentFormats = [
  ...dateFormats,
  ...dateTimeFormats,
  'iso',
  'epoch-seconds',
  'epoch-milliseconds',
] as const;

/** Of a row, apart from what the file said and what was answered. */
export const rowFacts = ['line', 'outcome', 'code', 'message', 'file', 'settled'] as const;
export const outcomes = ['accepted', 'rejected', 'duplicate', 'parked'] as const;

const path = z
  .string()
  .regex(/^[^.]+(\.[^.]+)*$/, 'names with dots between them')
  .describe('Path within it, e.g. `Contract.SoldPlanCode` or `items.0.code`.');
const name = z.string().min(1).max(100);
const moment = z.enum(momentFormats);
const zone = z
  .string()
  .optional()
  .describe('Time zone it is meant in: UTC or an IANA name; that of the export unless given.');
const bound = z
  .enum(['from', 'last', 'to'])
  .describe(
    'Of the window: its begin, its last second, or its end, which belongs to the next window. Where the bounds of a list count as in it, `last` is the end that is meant.',
  );

/** Where a field of a request gets its value. */
export type RequestPart =
  | { window: 'from' | 'last' | 'to'; format: Moment; zone?: string | undefined }
  | { value: Json }
  | { entry: string }
  | { fields: Record<string, RequestPart> }
  | { list: RequestPart[] };

const requestPart: z.ZodType<RequestPart> = z.lazy(() =>
  z.union([
    z.strictObject({ window: bound, format: moment, zone }).describe('A bound of the window.'),
    z.strictObject({ value: z.json() }).describe('A constant.') as z.ZodType<{ value: Json }>,
    z.strictObject({ entry: path }).describe('A value of the entry; for details only.'),
    z.strictObject({ fields: z.record(z.string(), requestPart) }).describe('An object.'),
    z.strictObject({ list: z.array(requestPart).min(1) }).describe('A list.'),
  ]),
);

const request = z
  .record(z.string(), requestPart)
  .default({})
  .describe('Request field -> where its value comes from; pages are asked for by themselves.');

const parts = {
  entry: z.strictObject({ entry: path }).describe('A value of the entry of the list.'),
  detail: z.strictObject({ detail: path }).describe('A value of the answer of `details`.'),
  field: z.strictObject({ field: name }).describe('A column of the file that the row came in.'),
  cell: z.strictObject({ cell: name }).describe('A column of the acknowledgement.'),
  row: z.strictObject({ row: z.enum(rowFacts) }).describe('What became of the row, and where it came from.'),
  value: z.strictObject({ value: z.string() }).describe('A constant.'),
  window: z.strictObject({ window: bound }).describe('A bound of the window; needs `date`.'),
};

const form = {
  required: z
    .boolean()
    .default(false)
    .describe('There must be a value; without one the export fails, and sends nothing.'),
  date: z
    .strictObject({
      from: moment.optional().describe('Format of the value; none for a bound of the window.'),
      zone,
      as: moment.describe('Format in the file.'),
      asZone: z
        .string()
        .optional()
        .describe('Time zone in the file; that which the value is meant in unless given.'),
    })
    .optional()
    .describe('The value is a day or a moment.'),
  decimal: z
    .strictObject({
      places: z.int().min(0).max(15).describe('Digits after the separator; never rounded.'),
      separator: z.enum(['.', ',']).default('.'),
    })
    .optional()
    .describe('The value is a number; it is written digit by digit, as it came.'),
  replace: z
    .record(z.string(), z.string())
    .optional()
    .describe('Value -> what stands in the file instead; others stay.'),
};

const column = z.union([
  parts.entry.extend(form),
  parts.detail.extend(form),
  parts.field.extend(form),
  parts.cell.extend(form),
  parts.row.extend(form),
  parts.value.extend(form),
  parts.window.extend(form),
  z
    .strictObject({
      firstOf: z
        .array(z.union([parts.entry, parts.detail, parts.field, parts.cell, parts.row, parts.value]))
        .min(1),
    })
    .extend(form)
    .describe('The first of these that has a value.'),
]);

const list = z.strictObject({
  operation: z.string().describe('The read that lists the entries, e.g. Contract/getContractList.'),
  request,
  entries: path
    .optional()
    .describe(
      'Path of the list in the answer; the answer itself unless given. Of a list of pages it is known.',
    ),
  pageSize: z.int().min(1).max(10_000).optional().describe('Entries of a page, where that can be asked for.'),
  key: z
    .array(path)
    .min(1)
    .optional()
    .describe(
      'What tells one entry from another; needed for a list of pages, which may shift while it is read.',
    ),
  within: z
    .strictObject({ entry: path, format: moment, zone })
    .optional()
    .describe(
      'The moment of an entry: those outside the window are left out. For lists whose bounds are coarser than the window, or that have none.',
    ),
});

export const exportSchema = z.strictObject({
  system: name.optional().describe('The system that is read, e.g. servify; none for rows.'),
  list: list.optional().describe('Entries of a list of a target; this or `rows`.'),
  details: z
    .strictObject({ operation: z.string(), request })
    .optional()
    .describe('A second read for every entry.'),
  rows: z
    .strictObject({
      outcomes: z
        .array(z.enum(outcomes))
        .min(1)
        .default([...outcomes])
        .describe('Only rows of these outcomes.'),
    })
    .optional()
    .describe('Rows of a feed, of the files that were settled within the window.'),
  columns: z
    .record(name, column)
    .refine((columns) => Object.keys(columns).length > 0, 'at least one column is needed')
    .refine(
      (columns) => Object.keys(columns).every((one) => !/^\d+$/.test(one)),
      'a name needs a character that is no digit',
    )
    .describe('Columns of the file, in order -> where their values come from.'),
});

export type ExportSpec = z.infer<typeof exportSchema>;
export type ListSpec = z.infer<typeof list>;
export type ColumnSpec = ExportSpec['columns'][string];
export type FormSpec = Pick<ColumnSpec, 'required' | 'date' | 'decimal' | 'replace'>;
export type Part =
  | z.infer<(typeof parts)['entry']>
  | z.infer<(typeof parts)['detail']>
  | z.infer<(typeof parts)['field']>
  | z.infer<(typeof parts)['cell']>
  | z.infer<(typeof parts)['row']>
  | z.infer<(typeof parts)['value']>;
export type Moment = z.infer<typeof moment>;
