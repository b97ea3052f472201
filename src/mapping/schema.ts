/**
 * The mapping file. This one declaration gives the types, the defaults, the help texts and the JSON Schema for editors
 * (`z.toJSONSchema(mappingSchema, { io: 'input' })`).
 */
import { z } from 'zod';
import type { Json } from '../base/json.ts';
import { durationPattern, parseDuration } from '../base/units.ts';
import { dateFormats, dateTimeFormats, readableAlike } from './columns/formats.ts';

const isPattern = (text: string): boolean => {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

/** Whole numbers as names would lose their place: JavaScript sorts such keys first. */
const name = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !/^\d+$/.test(text), 'a name needs a character that is no digit');
const pattern = z
  .string()
  .refine(isPattern, 'not a regular expression that JavaScript understands')
  .describe('Regular expression that the whole value must match.');
const letters = z
  .enum(['as-is', 'upper', 'lower'])
  .default('as-is')
  .describe('Letter case the value is changed to.');
const formatsOf = <T extends string>(formats: readonly [T, ...T[]]) =>
  z
    .array(z.enum(formats))
    .min(1)
    .refine((list) => readableAlike(list) === null, 'two of these formats read the same text differently')
    .describe('Formats that are accepted.');

const common = {
  required: z.boolean().default(false).describe('The value must be there in every row, whatever the action.'),
  optional: z.boolean().default(false).describe('The column may be missing from the file as a whole.'),
  aliases: z.array(name).default([]).describe('Other spellings of the header that are accepted.'),
  personal: z.boolean().default(false).describe('Made unreadable in previews and logs.'),
  trim: z.boolean().default(true).describe('Cut blanks off both ends.'),
  collapse: z.boolean().default(false).describe('Turn each run of blanks and line breaks into one space.'),
  example: z.string().optional().describe('A good value, shown to the partner who sent a bad one.'),
};

const columns = {
  text: z.strictObject({
    type: z.literal('text'),
    ...common,
    min: z.int().min(1).default(1).describe('Fewest characters.'),
    max: z.int().min(1).default(255).describe('Most characters.'),
    pattern: pattern.optional(),
    case: letters,
  }),
  code: z.strictObject({
    type: z.literal('code'),
    ...common,
    max: z.int().min(1).default(64).describe('Most characters.'),
    pattern: pattern.optional(),
    case: letters,
    values: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('The only values allowed, after `case` and `replace`.'),
    replace: z
      .record(z.string(), z.string())
      .default({})
      .describe('Spellings of the partner and what to send instead; letter case does not count.'),
  }),
  integer: z.strictObject({
    type: z.literal('integer'),
    ...common,
    min: z.int().optional(),
    max: z.int().optional(),
  }),
  decimal: z.strictObject({
    type: z.literal('decimal'),
    ...common,
    places: z.int().min(0).max(15).default(2).describe('Most digits after the decimal separator.'),
    min: z.number().optional(),
    max: z.number().optional(),
    separator: z.enum(['.', ',']).default('.').describe('Decimal separator.'),
    group: z
      .enum(['.', ',', ' ', "'"])
      .optional()
      .describe('Thousands separator; none is accepted unless named.'),
  }),
  date: z.strictObject({
    type: z.literal('date'),
    ...common,
    formats: formatsOf(dateFormats),
    as: z.enum(dateFormats).default('YYYY-MM-DD').describe('Format in the request.'),
    min: z.iso.date().default('1900-01-01').describe('First day allowed, YYYY-MM-DD.'),
    max: z.iso.date().default('2199-12-31').describe('Last day allowed, YYYY-MM-DD.'),
  }),
  'date-time': z.strictObject({
    type: z.literal('date-time'),
    ...common,
    formats: formatsOf(dateTimeFormats),
    zone: z.string().describe('Zone the partner writes in: UTC or an IANA name.'),
    as: z
      .enum(['utc', 'epoch-seconds', 'epoch-milliseconds'])
      .default('utc')
      .describe(
        'In the request: UTC as YYYY-MM-DD HH:mm:ss, or a number counted from the start of 1970 in UTC.',
      ),
  }),
  email: z.strictObject({ type: z.literal('email'), ...common }),
  phone: z.strictObject({
    type: z.literal('phone'),
    ...common,
    country: z
      .union([z.strictObject({ column: name }), z.strictObject({ value: z.string() })])
      .describe('Country of numbers without +: a country column, or one alpha-2 code.'),
    as: z
      .enum(['asis', 'national', 'e164'])
      .default('asis')
      .describe(
        'asis: as sent, leading zeros kept; national: significant digits only; e164: + and all digits.',
      ),
  }),
  country: z.strictObject({
    type: z.literal('country'),
    ...common,
    accept: z
      .array(z.enum(['alpha-2', 'alpha-3', 'name']))
      .min(1)
      .default(['alpha-2'])
      .describe('Ways to write a country; the request has ISO 3166 alpha-2.'),
  }),
  currency: z.strictObject({ type: z.literal('currency'), ...common }),
  'device-id': z.strictObject({
    type: z.literal('device-id'),
    ...common,
    accept: z
      .array(z.enum(['imei', 'serial']))
      .min(1)
      .default(['imei', 'serial']),
    serial: pattern.default('[A-Za-z0-9][A-Za-z0-9/-]{3,29}').describe('What a serial number looks like.'),
  }),
  boolean: z.strictObject({
    type: z.literal('boolean'),
    ...common,
    true: z.array(z.string()).min(1).default(['true', 'yes', 'y', '1']),
    false: z.array(z.string()).min(1).default(['false', 'no', 'n', '0']),
  }),
  file: z.strictObject({
    type: z.literal('file'),
    ...common,
    endings: z
      .array(z.string().regex(/^[A-Za-z0-9]{1,8}$/, 'an ending without its dot'))
      .min(1)
      .describe('What the name may end in, e.g. jpg; letter case does not count.'),
  }),
};

const column = z.discriminatedUnion('type', [
  columns.text,
  columns.code,
  columns.integer,
  columns.decimal,
  columns.date,
  columns['date-time'],
  columns.email,
  columns.phone,
  columns.country,
  columns.currency,
  columns['device-id'],
  columns.boolean,
  columns.file,
]);

export type ColumnSpec = z.infer<typeof column>;
export type ColumnOf<T extends ColumnSpec['type']> = Extract<ColumnSpec, { type: T }>;

/** Where a request field gets its value. */
export type Expression =
  | { column: string; when?: 'imei' | 'serial' | undefined }
  | { lookup: string; by: string; give: string }
  | { read: string; path: string }
  | { value: Json }
  | { firstOf: Expression[] }
  | { list: Expression[] }
  | { fields: Record<string, Expression> };

const expression: z.ZodType<Expression> = z.lazy(() =>
  z.union([
    z
      .strictObject({
        column: name,
        when: z.enum(['imei', 'serial']).optional().describe('Only when a device-id column holds this kind.'),
      })
      .describe('The value of a column.'),
    z
      .strictObject({
        lookup: z.string(),
        by: name.describe('Column whose value is looked up.'),
        give: z.string().describe('Column of the table that gives the value.'),
      })
      .describe('A cell of a lookup table.'),
    z.strictObject({ read: z.string(), path: z.string() }).describe('A value of the answer of a read.'),
    z.strictObject({ value: z.json() }).describe('A constant.') as z.ZodType<{ value: Json }>,
    z.strictObject({ firstOf: z.array(expression).min(1) }).describe('The first of these that has a value.'),
    z
      .strictObject({ list: z.array(expression).min(1) })
      .describe(
        'A list of those that have a value; left out when none has, unless the operation demands it.',
      ),
    z
      .strictObject({ fields: z.record(z.string(), expression) })
      .describe('An object; left out when none of its fields has a value, unless the operation demands it.'),
  ]),
);

const request = z.record(z.string(), expression).describe('Request field -> where its value comes from.');
const cells = z
  .record(name, z.string())
  .default({})
  .describe('Acknowledgement column -> path in the answer, or $code, $message, $status, $ticket.');

const pick = z
  .strictObject({
    list: z
      .string()
      .optional()
      .describe(
        'Path of the list in the answer; the answer itself unless given. A list of pages is read to its end.',
      ),
    where: z
      .record(z.string(), expression)
      .refine((fields) => Object.keys(fields).length > 0, 'at least one field is needed')
      .describe(
        'Field of an entry -> the value that it must have; letter case and runs of blanks do not count.',
      ),
  })
  .describe(
    'The answer is a list, and one entry of it is meant: the values of the read are taken from that.',
  );

const read = z.strictObject({
  operation: z.string(),
  request,
  cache: z
    .string()
    .regex(durationPattern, 'a duration such as 30s, 10m or 1h')
    .transform(parseDuration)
    .optional()
    .describe('How long an answer serves other rows that ask the same, e.g. 10m; without it every row asks.'),
  pick: pick.optional(),
  onFailure: z
    .enum(['reject', 'empty'])
    .default('reject')
    .describe(
      'What becomes of a row whose read fails, is refused or finds nothing: rejected, or sent without what it would have given.',
    ),
  accept: z
    .strictObject({ path: z.string(), equals: z.union([z.string(), z.number(), z.boolean()]) })
    .optional()
    .describe('What the answer must say; without it any accepted answer will do.'),
  agree: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Path in the answer -> field of the action’s request that it must equal; a value that either lacks is not compared.',
    ),
  refusal: z
    .strictObject({
      code: z.string().optional().describe('Path of the code that the row is rejected with.'),
      message: z
        .string()
        .optional()
        .describe('Text that the row is rejected with; the message of the read unless given.'),
      cells,
    })
    .optional(),
});

const fileCell = z.union([
  expression,
  z
    .strictObject({ answer: z.string() })
    .describe('Of the answer to the call: a path in it, or $code, $message, $status, $ticket.'),
]);

const file = z.strictObject({
  columns: z
    .record(name, fileCell)
    .refine((cells) => Object.keys(cells).length > 0, 'at least one column is needed')
    .describe('Column of the file, in order -> where its value comes from. What has no value is left empty.'),
  split: expression
    .optional()
    .describe('Rows with different values of this go into different files; their names have it.'),
  when: z
    .strictObject({
      column: name,
      is: z.array(z.string()).min(1).optional().describe('One of these; any value unless given.'),
    })
    .optional()
    .describe('Only rows with such a value go into the file; all of the action unless given.'),
  namedIn: name
    .optional()
    .describe('Column of the acknowledgement that tells the name of the file that the row went into.'),
});

const action = z.strictObject({
  aliases: z.array(name).default([]).describe('Other names of the action that the partner may use.'),
  operation: z
    .string()
    .optional()
    .describe(
      'Operation of the system, e.g. Contract/createContract; left out where a line in a file is all that is wanted.',
    ),
  reference: name
    .optional()
    .describe(
      'Without an operation: the column that names what the row asks for, so that it goes out once. Operations know their own.',
    ),
  files: z
    .record(name, file)
    .default({})
    .describe('Outbound files that get a line of the row; the feed says where each of them goes.'),
  attachment: name
    .optional()
    .describe('Column of type file; the content of the file that it names goes with the call.'),
  queued: z
    .boolean()
    .default(false)
    .describe(
      'Have the work queued where the system offers it, or follow what it queues anyway: a row then has the outcome that is found out later. Always so where results are told to a callback.',
    ),
  required: z.array(name).default([]).describe('Columns that must be filled for this action.'),
  forbidden: z.array(name).default([]).describe('Columns that must be empty for this action.'),
  reads: z
    .record(name, read)
    .default({})
    .describe('Calls made first; they have no effect and may refuse the row.'),
  request: request.optional(),
  cells,
});

export const mappingSchema = z.strictObject({
  system: name
    .optional()
    .describe('The system whose operations are called, e.g. servify; left out where none is.'),
  columns: z.record(name, column).describe('The header contract, in order: column -> rule.'),
  lookups: z
    .record(
      name,
      z.strictObject({ file: z.string().describe('CSV file beside the mapping.'), key: z.string() }),
    )
    .default({}),
  route: z
    .strictObject({ column: name })
    .optional()
    .describe('The column that names the action of a row; left out where there is one action only.'),
  order: name.describe('Rows with the same value in this column go in file order.'),
  actions: z.record(name, action),
  acknowledgement: z.strictObject({
    keys: z.array(name).min(1).describe('Columns of the row that stand first in its acknowledgement.'),
    columns: z.array(name).min(1).describe('Result columns, in order.'),
    cells: cells.describe('Cells that every action fills unless it says otherwise.'),
  }),
});

export type MappingSpec = z.infer<typeof mappingSchema>;
export type ActionSpec = MappingSpec['actions'][string];
export type FileSpec = ActionSpec['files'][string];
export type ReadSpec = z.infer<typeof read>;
export type PickSpec = z.infer<typeof pick>;
