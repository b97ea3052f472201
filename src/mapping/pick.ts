/** The entry of a list that a row means, found by comparing fields. */
import { z } from 'zod';
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import { nearestOnes } from '../base/nearest.ts';
import { valueAtPath } from '../base/path.ts';
import type { Path } from '../base/yaml-source.ts';
import type { Operation } from '../connectors/port.ts';
import { compilePart, type Part, type Scope } from './expressions.ts';
import { foldName } from './fold-name.ts';
import type { PickSpec } from './schema.ts';

/** A field of the entry, and what the row says that it holds. */
export interface Sought {
  field: string;
  part: Part;
}

export interface CompiledPick {
  sought: readonly Sought[];
  /** @param where what the row looks for, by field */
  find(answer: Json, where: JsonObject): Picked;
}

export type Picked = { entry: Json } | { why: string; entries: number };

const NEAREST_SHOWN = 3;
/** The nearest are looked for only in lists where this stays quick, however many rows miss. */
const MOST_SUGGESTED = 1000;

/** `null` when a problem was reported. */
export function compilePick(
  scope: Scope,
  path: Path,
  { list, where }: PickSpec,
  operation: Operation,
): CompiledPick | null {
  if (list !== undefined && operation.paging) {
    scope.source.report([...path, 'list'], `${operation.id} comes page by page, and its list is known`, {
      fix: 'Remove "list".',
    });
  }
  const sought = Object.entries(where).flatMap(([field, expression]) => {
    const part = compilePart(scope, [...path, 'where', field], expression, z.unknown());
    return part ? [{ field, part }] : [];
  });
  if (sought.length < Object.keys(where).length) return null;
  return {
    sought,
    find(answer, wanted) {
      const entries = list === undefined ? answer : valueAtPath(answer, list);
      if (!Array.isArray(entries)) return { why: `${operation.id} gave no list`, entries: 0 };
      return findEntry(operation, sought, entries as readonly Json[], wanted);
    },
  };
}

function findEntry(
  operation: Operation,
  sought: readonly Sought[],
  entries: readonly Json[],
  wanted: JsonObject,
): Picked {
  let left = entries;
  for (const { field, part } of sought) {
    const value = textOf(wanted[field]);
    const alike = left.filter((entry) => foldName(textAt(entry, field)) === foldName(value));
    if (alike.length === 0) {
      const personal = part.columns.some(({ spec }) => spec.personal);
      return { why: absent(operation, field, value, left, personal), entries: entries.length };
    }
    const same = alike.filter((entry) => textAt(entry, field) === value);
    left = same.length > 0 ? same : alike;
  }
  const [entry] = left;
  if (entry !== undefined && left.length === 1) return { entry };
  const fields = sought.map(({ field }) => field).join(' and ');
  const why = `${operation.id} lists ${left.length} entries with the same ${fields}; which one is meant is not known`;
  return { why, entries: entries.length };
}

/** What is personal is not repeated, and neither is what is like it. */
function absent(
  { id }: Operation,
  field: string,
  value: string,
  entries: readonly Json[],
  personal: boolean,
): string {
  if (personal) return `${id} lists nothing with the ${field} of this line`;
  const there = new Set(entries.map((entry) => textAt(entry, field)).filter((text) => text !== ''));
  const near = there.size > MOST_SUGGESTED ? [] : nearestOnes(value, there, NEAREST_SHOWN);
  const hint = near.length === 0 ? '' : `; the nearest: ${near.map((text) => `"${text}"`).join(', ')}`;
  return `${id} lists nothing with ${field} "${value}"${hint}`;
}

const textAt = (entry: Json, field: string): string =>
  isObject(entry) ? textOf(valueAtPath(entry, field)) : '';

const textOf = (value: Json | undefined): string =>
  value === undefined || value === null || typeof value === 'object' ? '' : String(value);
