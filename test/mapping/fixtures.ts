/** Small operations and mappings for tests; nothing of a real system. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { TidegateError, TidegateErrors } from '../../src/base/errors.ts';
import type { CallResult, Operation, Paging } from '../../src/connectors/port.ts';
import { loadMapping } from '../../src/mapping/compile.ts';
import type { CompiledMapping, MappedRow, Systems } from '../../src/mapping/types.ts';

const operation = (id: string, kind: Operation['kind'], request: z.ZodObject): Operation => ({
  id,
  kind,
  method: 'POST',
  path: `/${id}`,
  purpose: 'for tests',
  request,
  response: z.unknown(),
  repeat: { mode: 'safe' },
  reference: () => null,
});

const text = z.string().min(1);
const paging: Paging = {
  ask: (page) => ({ page }),
  size: 2,
  sizeCanBeAsked: false,
  items: () => [],
  total: () => null,
};

export const operations: ReadonlyMap<string, Operation> = new Map(
  [
    operation(
      'Order/create',
      'write',
      z.strictObject({
        id: text,
        note: text.optional(),
        price: z.number().optional(),
        priceText: z.string().optional(),
        count: z.int().optional(),
        gift: z.boolean().optional(),
        colour: z.enum(['RED', 'BLUE']).optional(),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/, 'three capital letters')
          .optional(),
        phone: z.union([text, z.number()]).optional(),
        address: z.strictObject({ street: text.optional(), city: text.optional() }).optional(),
        party: z.strictObject({ name: text.optional() }).optional(),
        anything: z.unknown().optional(),
        tags: z.array(text).optional(),
        gifts: z.array(z.strictObject({ to: text, kind: text.optional() })).optional(),
      }),
    ),
    operation(
      'Order/cancel',
      'write',
      z.strictObject({ id: text, reason: text, contact: z.strictObject({ name: text.optional() }) }),
    ),
    operation(
      'Order/ship',
      'write',
      z.strictObject({
        parcels: z
          .array(
            z.discriminatedUnion('by', [
              z.strictObject({ by: z.literal('air'), flight: text }),
              z.strictObject({ by: z.literal('sea'), ship: text, deck: z.int().optional() }),
            ]),
          )
          .min(1),
      }),
    ),
    {
      ...operation('Order/queue', 'write', z.strictObject({ id: text, note: text.optional(), code: text })),
      async: {
        ...{ mode: 'callback' as const, codeField: 'code', queued: () => true },
        ...{ codeOf: () => null, judge: () => null },
      },
    },
    operation('Order/quote', 'read', z.strictObject({ id: text, price: z.number().optional() })),
    operation('Brand/list', 'read', z.strictObject({ kind: text.optional() })),
    operation('Model/list', 'read', z.strictObject({ brand: text, kind: text.optional() })),
    { ...operation('Stock/list', 'read', z.strictObject({ page: z.int().optional() })), paging },
    operation('Order/note', 'write', z.looseObject({ id: text })),
    operation('Order/buy', 'write', z.strictObject({ id: text, cost: z.number(), note: text.optional() })),
  ].map((one) => [one.id, one]),
);

export const minimal = `system: shop
columns:
  Id: { type: code, required: true }
  Action: { type: text, required: true }
  Note: { type: text }
route: { column: Action }
order: Id
actions:
  Create:
    operation: Order/create
    request:
      id: { column: Id }
      note: { column: Note }
acknowledgement:
  keys: [Id]
  columns: [Code, Message]
`;

/** Runs `use` with the mapping written to a folder of its own, beside the given files. */
export async function withMapping<T>(
  yaml: string,
  use: (path: string) => Promise<T>,
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  try {
    const path = join(folder, 'shop.yaml');
    await writeFile(path, yaml);
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function load(
  yaml: string,
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<CompiledMapping> {
  return withMapping(yaml, (path) => loadMapping(path, shop), files);
}

/** Every problem as `line:column problem | fix`, in the order found. */
export async function problemsOf(
  yaml: string,
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<string[]> {
  try {
    await load(yaml, files);
    return [];
  } catch (error) {
    const errors = error instanceof TidegateErrors ? error.errors : [error];
    return errors.map((one) => {
      if (!(one instanceof TidegateError) || one.code !== 'MAPPING_INVALID') throw one;
      const { line, column } = one.place ?? {};
      return `${line ?? '-'}:${column ?? '-'} ${one.message} | ${one.fix ?? ''}`;
    });
  }
}

/** Maps a row given by column name; columns that are not named are empty. */
export function mapRow(mapping: CompiledMapping, row: Readonly<Record<string, string>>): MappedRow {
  return mapping.map(mapping.header.columns.map((column) => row[column.name] ?? ''));
}

/** A mapping with one column `Value` of the given rule, sent as the given field. */
export async function oneColumn(rule: string, field = 'note'): Promise<(value: string) => MappedRow> {
  const mapping = await load(
    minimal
      .replace('Note: { type: text }', `Value: ${rule}`)
      .replace('note: { column: Note }', `${field}: { column: Value }`),
  );
  return (value) => mapRow(mapping, { Id: 'A1', Action: 'Create', Value: value });
}

export const answered = (answer: CallResult['answer'], more: Partial<CallResult> = {}): CallResult => ({
  accepted: true,
  status: 200,
  code: '',
  message: 'Success',
  ticket: null,
  answer,
  ...more,
});

/** The system that `minimal` is a mapping for. */
export const shop: Systems = new Map([['shop', operations]]);
