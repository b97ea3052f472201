/** Expressions of a mapping, compiled to closures and checked against the field of the request that they fill. */
import type { z } from 'zod';
import type { Json } from '../base/json.ts';
import { suggestion } from '../base/schema-problems.ts';
import type { Path, YamlSource } from '../base/yaml-source.ts';
import type { Column } from './column.ts';
import { type DeviceIdKind, deviceIdKind } from './columns/codes.ts';
import type { Values } from './columns/types.ts';
import type { LookupTable } from './lookups.ts';
import type { Expression } from './schema.ts';
import { type FieldKind, fieldKinds } from './zod-shape.ts';

/** Rows of lookup tables found for a row, in the order of the action's lookup uses. */
export type Found = readonly (readonly string[] | undefined)[];
export type Evaluate = (values: Values, found: Found) => Json | undefined;

/** One look into one table by one column; shared by all fields that take a cell from it. */
export interface LookupUse {
  table: LookupTable;
  by: Column;
}

/** What the expressions of an action may refer to. */
export interface Scope {
  source: YamlSource;
  columns: ReadonlyMap<string, Column>;
  lookups: ReadonlyMap<string, LookupTable>;
  /** Columns that are filled in every row of the action. */
  filled: ReadonlySet<string>;
  /** Grows while expressions are compiled. */
  uses: LookupUse[];
}

/** A value that a row itself gives. */
export interface Part {
  evaluate: Evaluate;
  /** Whether a row without violations always has it. */
  certain: boolean;
  /** Columns that it is made of, for messages and masking. */
  columns: readonly Column[];
  /** In words, for messages. */
  says: string;
}

/** Everything but `read` and `fields`, which only the request as a whole can place. `null` when a problem was reported. */
export function compilePart(scope: Scope, path: Path, expression: Expression, field: z.ZodType): Part | null {
  if ('column' in expression) return columnPart(scope, path, expression, field);
  if ('lookup' in expression) return lookupPart(scope, path, expression, field);
  if ('value' in expression) return constantPart(scope, path, expression.value, field);
  if ('firstOf' in expression) return firstOfPart(scope, path, expression.firstOf, field);
  scope.source.report(path, `"${Object.keys(expression)[0]}" cannot stand here`, {
    expected: 'column, lookup, value or firstOf',
  });
  return null;
}

export function columnNamed(scope: Scope, path: Path, name: string): Column | null {
  const column = scope.columns.get(name);
  if (column) return column;
  scope.source.report(path, `there is no column "${name}"`, suggestion(name, [...scope.columns.keys()]));
  return null;
}

function columnPart(
  scope: Scope,
  path: Path,
  { column: name, when }: { column: string; when?: DeviceIdKind | undefined },
  field: z.ZodType,
): Part | null {
  const column = columnNamed(scope, [...path, 'column'], name);
  if (!column) return null;
  if (when !== undefined && column.spec.type !== 'device-id') {
    scope.source.report([...path, 'when'], `"${name}" is no device-id column`, { fix: 'Remove "when".' });
    return null;
  }
  const convert = conversion(column.type.kind, fieldKinds(field));
  if (!convert) {
    scope.source.report(
      [...path, 'column'],
      `"${name}" has type ${column.spec.type}, which the field does not take`,
      {
        expected: [...fieldKinds(field)].join(' or '),
        fix: 'Change the type of the column, or take another one.',
      },
    );
    return null;
  }
  const { index } = column;
  const take: Evaluate = (values) => {
    const value = values[index];
    return value === undefined || (when !== undefined && deviceIdKind(value) !== when)
      ? undefined
      : convert(value);
  };
  return {
    evaluate: take,
    certain: when === undefined && scope.filled.has(name),
    columns: [column],
    says:
      when === undefined ? `"${name}"` : `"${name}" with ${when === 'imei' ? 'an IMEI' : 'a serial number'}`,
  };
}

function lookupPart(
  scope: Scope,
  path: Path,
  expression: { lookup: string; by: string; give: string },
  field: z.ZodType,
): Part | null {
  const table = scope.lookups.get(expression.lookup);
  const by = columnNamed(scope, [...path, 'by'], expression.by);
  if (!table) {
    const hint = suggestion(expression.lookup, [...scope.lookups.keys()]);
    scope.source.report([...path, 'lookup'], `there is no lookup table "${expression.lookup}"`, hint);
    return null;
  }
  const cell = table.columns.indexOf(expression.give);
  if (cell < 0) {
    const hint = suggestion(expression.give, table.columns);
    scope.source.report([...path, 'give'], `${table.file} has no column "${expression.give}"`, hint);
    return null;
  }
  if (!by) return null;
  const cells = [...table.rows.values()].map((row) => row[cell] ?? '');
  const wantsNumber = !fieldKinds(field).has('text') && fieldKinds(field).has('number');
  if (wantsNumber && !cells.every((text) => text === '' || isPlainNumber(text))) {
    scope.source.report(
      [...path, 'give'],
      `the field takes a number, and "${expression.give}" has other values`,
    );
    return null;
  }
  const use = shared(scope.uses, { table, by });
  return {
    evaluate(_, found) {
      const text = found[use]?.[cell];
      return text === undefined || text === '' ? undefined : wantsNumber ? Number(text) : text;
    },
    certain: scope.filled.has(by.name) && cells.every((text) => text !== ''),
    columns: [by],
    says: `"${expression.give}" of ${table.file} by "${by.name}"`,
  };
}

const isPlainNumber = (text: string): boolean => /^-?\d{1,15}(?:\.\d+)?$/.test(text) && text.length <= 16;

function shared(uses: LookupUse[], use: LookupUse): number {
  const known = uses.findIndex((one) => one.table === use.table && one.by === use.by);
  return known >= 0 ? known : uses.push(use) - 1;
}

function constantPart(scope: Scope, path: Path, value: Json, field: z.ZodType): Part | null {
  const fits = field.safeParse(value);
  if (!fits.success) {
    const expected = fits.error.issues[0]?.message;
    scope.source.report(
      [...path, 'value'],
      'the field does not take this value',
      expected ? { expected } : {},
    );
    return null;
  }
  return { evaluate: () => value, certain: true, columns: [], says: JSON.stringify(value) };
}

function firstOfPart(scope: Scope, path: Path, list: readonly Expression[], field: z.ZodType): Part | null {
  const parts = list.map((one, index) => compilePart(scope, [...path, 'firstOf', index], one, field));
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  return {
    evaluate(values, found) {
      for (const part of known) {
        const value = part.evaluate(values, found);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    certain: known.some((part) => part.certain),
    columns: known.flatMap((part) => part.columns),
    says: known.map((part) => part.says).join(' or '),
  };
}

/** How a typed value becomes what the field takes; `null` when it cannot. Only here does a number leave its exact text. */
function conversion(
  kind: Column['type']['kind'],
  takes: ReadonlySet<FieldKind>,
): ((text: string) => Json) | null {
  const any = takes.has('any');
  if (kind === 'number' && (any || takes.has('number'))) return Number;
  if (kind === 'boolean' && (any || takes.has('boolean'))) return (text) => text === 'true';
  return any || takes.has('text') ? (text) => text : null;
}
