/** From requests of single rows to the one request of a call for many. Pure. */
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import type { Batch } from '../connectors/port.ts';

/** What a row brings into a shared call. */
export interface Part {
  entry: JsonObject;
  /** By which the answer names it. */
  key: string;
  /** The rest of its request, which all rows of a call must have alike. */
  frame: string;
  /** Size of the entry on its way. */
  bytes: number;
}

/** `null` when the row cannot share a call: it asks for more than one thing, or nothing names it in the answer. */
export function partOf(batch: Batch, request: JsonObject): Part | null {
  const { [batch.rows]: list, ...rest } = request;
  if (!isList(list)) return null;
  const [entry, ...more] = list;
  if (!isObject(entry) || more.length > 0) return null;
  const key = entry[batch.rowKey];
  if (typeof key !== 'string' && typeof key !== 'number') return null;
  return { entry, key: String(key), frame: JSON.stringify(rest), bytes: sizeOf(entry) };
}

/** The request of all, in their order; `first` is the request of any of them. */
export const merged = (batch: Batch, first: JsonObject, parts: readonly Part[]): JsonObject => ({
  ...first,
  [batch.rows]: parts.map(({ entry }) => entry),
});

const sizeOf = (entry: JsonObject): number => Buffer.byteLength(JSON.stringify(entry)) + 1;

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
