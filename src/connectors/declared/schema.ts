/**
 * A file that declares a system: its operations with their bodies, and what may be done with each. This one declaration gives the types, the help texts and
 * the JSON Schema for editors.
 */
import { z } from 'zod';
import { bodySchema } from './json-schema.ts';

const field = z.string().min(1);
const place = z
  .string()
  .regex(/^(\.|[^.]+(\.[^.]+)*)$/, 'a path such as data.status, or a dot for the answer itself');
const inAnswer = place.describe(
  'Where it lies in the answer, e.g. data.status; a dot for the answer itself.',
);
const values = z.array(z.union([z.string(), z.number(), z.boolean()])).min(1);

const match = z.strictObject({ path: inAnswer, is: values.describe('The values that count.') });

const words = {
  code: inAnswer.optional().describe('Where the system says its own code.'),
  message: inAnswer.optional().describe('Where it says why, in words.'),
};

export const verdict = z.strictObject({
  accepted: match
    .optional()
    .describe('What an answer with a status of success must say; without it the status decides.'),
  refused: match
    .optional()
    .describe(
      'What such an answer says when it is a refusal. With it, an answer that says neither leaves a write in doubt.',
    ),
  ...words,
});

const rowVerdict = {
  accepted: z
    .union([z.boolean(), match])
    .describe(
      'Whether rows found here are accepted, or by which values. One that does not say has no result.',
    ),
  ...words,
};

const rowResults = z
  .strictObject({
    list: inAnswer.optional().describe('A list with an entry for each row.'),
    map: inAnswer.optional().describe('An object with an entry for each row, by row key.'),
    key: field.optional().describe('Of a list: the field of an entry that has the row key.'),
    ...rowVerdict,
  })
  .refine(({ list, map }) => (list === undefined) !== (map === undefined), 'one of list and map is needed')
  .refine(({ list, key }) => (list === undefined) === (key === undefined), 'key goes with list');

const batch = z.strictObject({
  rows: field.describe('The field of the request that takes the rows.'),
  rowKey: field.describe('The field of a row by whose value the answer names it.'),
  limit: z.int().positive().nullable().default(null).describe('Most rows of one call.'),
  results: z
    .array(rowResults)
    .min(1)
    .describe(
      'Where the answer has what became of the rows. A row that is found with two outcomes has none.',
    ),
  common: z
    .strictObject({ path: inAnswer, ...rowVerdict })
    .optional()
    .describe('What is said of rows that are not named, where the answer has it.'),
});

const poll = z.strictObject({
  mode: z.literal('poll'),
  ask: z.record(field, z.json()).default({}).describe('Fields that ask for the queue.'),
  job: inAnswer.describe('Where the answer has the number of the job.'),
  status: z.strictObject({
    operation: z.string().describe('The read that tells how the job stands.'),
    field: field.describe('Its field that takes the number of the job.'),
  }),
  pending: match.describe('What it says while the job is under way.'),
  accepted: match.describe('What it says when it is done; anything else but `pending` is a refusal.'),
  ...words,
});

const callback = z.strictObject({
  mode: z.literal('callback'),
  codeField: field.describe('The field of the request that takes our code for the call.'),
  queued: inAnswer.describe('Where the answer repeats it.'),
  callback: z.strictObject({
    requestCode: inAnswer.describe('Where the body that calls us back has our code.'),
    accepted: match,
    refused: match.optional().describe('With it, a body that says neither tells nothing.'),
    ...words,
  }),
});

const paging = z.strictObject({
  page: field.describe('The field that takes the number of the page, from 1.'),
  size: field
    .optional()
    .describe('The field that takes how many rows a page has, where that can be asked for.'),
  rows: z.int().positive().describe('Rows of a page when nothing else is asked for.'),
  items: inAnswer.describe('Where the answer has the rows.'),
  total: inAnswer
    .optional()
    .describe('Where it has the number of all rows; without it a page that is not full is the last.'),
});

const lookup = z.strictObject({
  mode: z.literal('lookup'),
  operation: z.string().describe('The read that tells whether the lost call happened.'),
  request: z
    .record(field, place)
    .describe('Its fields: where their values lie in the request whose answer was lost.'),
  found: inAnswer
    .default('.')
    .describe('Where its answer has what is looked for, or a list of it; the answer itself unless said.'),
  same: z
    .record(place, place)
    .refine((pairs) => Object.keys(pairs).length > 0, 'at least one pair is needed')
    .describe('What must be equal: where it lies in what was found -> where it lies in the lost request.'),
  absent: z
    .array(z.string())
    .default([])
    .describe('Codes with which the read says that there is none, e.g. HTTP_404.'),
  answer: z
    .record(field, place)
    .optional()
    .describe(
      'The answer that the lost call would have given, from what was found; all of that unless said.',
    ),
});

const repeat = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('safe') }),
  z.strictObject({
    mode: z.literal('never'),
    because: z.string().min(1).describe('Why, for whoever decides.'),
  }),
  lookup,
]);

const operation = z.strictObject({
  kind: z.enum(['read', 'write']),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z
    .string()
    .regex(
      /^(\/([A-Za-z0-9._~-]+|\{\w+\}))+\/?$/,
      'a path below baseUrl such as /shops/{shop}/orders, with fields of the request in braces',
    ),
  purpose: z.string().min(1).describe('One line for people.'),
  request: bodySchema.describe(
    'JSON Schema of all fields of the request together, wherever they go; an object.',
  ),
  response: bodySchema
    .optional()
    .describe('JSON Schema of the answer to a success; one that does not fit leaves a write in doubt.'),
  places: z
    .record(field, z.enum(['query', 'header', 'body']))
    .default({})
    .describe('Fields that go elsewhere than into the path, the query of a GET or DELETE, or the body.'),
  reference: z
    .union([z.enum(['content', 'none']), z.array(field).min(1)])
    .optional()
    .describe(
      'What names the effect of a write, so that it is asked for once only: fields, all of the content, or none where it may rightly be repeated.',
    ),
  repeat: repeat.optional().describe('What becomes of a write whose answer was lost. Reads are asked again.'),
  batch: batch.optional().describe('One call for many rows.'),
  async: z
    .discriminatedUnion('mode', [poll, callback])
    .optional()
    .describe('The answer only says that the work is queued.'),
  paging: paging.optional().describe('A list that comes page by page.'),
  verdict: verdict.optional().describe('How its answers are judged, instead of what is said for all.'),
});

export const systemSchema = z.strictObject({
  verdict: verdict.default({}).describe('How answers are judged, unless an operation says otherwise.'),
  check: z
    .strictObject({
      operation: z.string(),
      request: z.record(field, z.json()).default({}),
    })
    .describe('The read by which `tidegate check` proves address and login.'),
  operations: z.record(field, operation).describe('By id, as mappings name them.'),
});

export type SystemSpec = z.output<typeof systemSchema>;
export type OperationSpec = SystemSpec['operations'][string];
export type VerdictSpec = z.output<typeof verdict>;
export type BatchSpec = NonNullable<OperationSpec['batch']>;
export type AsyncSpec = NonNullable<OperationSpec['async']>;
export type PagingSpec = NonNullable<OperationSpec['paging']>;
export type LookupSpec = z.output<typeof lookup>;
export type Match = z.output<typeof match>;
export type Words = Partial<Record<'code' | 'message', string | undefined>>;
