/** What an answer says of the rows of a batch, found where the declaration says. Pure. */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Batch, BatchResults, RowResult } from '../port.ts';
import { at, fits, listAt, textOf, wordsIn } from './reading.ts';
import type { BatchSpec } from './schema.ts';

type Source = BatchSpec['results'][number];
type RowVerdict = Pick<Source, 'accepted' | 'code' | 'message'>;

export const declaredBatch = (spec: BatchSpec): Batch => ({
  rows: spec.rows,
  rowKey: spec.rowKey,
  limit: spec.limit,
  results: (answer, sent) => resultsOf(spec, answer, sent),
});

function resultsOf(spec: BatchSpec, answer: Json, sent: readonly JsonObject[]): BatchResults | null {
  const places = spec.results.map((source) => entriesOf(source, answer));
  const common = spec.common === undefined ? undefined : at(answer, spec.common.path);
  if (places.every((entries) => entries === null) && common === undefined) return null;
  const keys = new Set(sent.map((row) => textOf(row[spec.rowKey])));
  const rows = new Map<string, RowResult>();
  const unclear = new Set<string>();
  for (const { key, entry, source } of places.flatMap((entries) => entries ?? [])) {
    const result = keys.has(key) ? rowResult(entry, source) : null;
    if (result === null) continue;
    const earlier = rows.get(key);
    if (earlier !== undefined && earlier.accepted !== result.accepted) unclear.add(key);
    rows.set(key, result);
  }
  for (const key of unclear) rows.delete(key);
  // What is said of all others must not stand in for two outcomes.
  if (spec.common === undefined || common === undefined || unclear.size > 0) return { rows, common: null };
  return { rows, common: rowResult(common, spec.common) };
}

/** `null` when the answer has nothing there. */
function entriesOf(source: Source, answer: Json): { key: string; entry: Json; source: Source }[] | null {
  const { list, map, key: keyField = '' } = source;
  if (list !== undefined)
    return (
      listAt(answer, list)?.map((entry) => ({ key: textOf(at(entry, keyField)), entry, source })) ?? null
    );
  const found = map === undefined ? undefined : at(answer, map);
  return isObject(found) ? Object.entries(found).map(([key, entry]) => ({ key, entry, source })) : null;
}

/** `null` when it does not say. */
function rowResult(entry: Json, { accepted: by, ...words }: RowVerdict): RowResult | null {
  if (typeof by !== 'boolean' && at(entry, by.path) === undefined) return null;
  const accepted = typeof by === 'boolean' ? by : fits(entry, by);
  const { code, message } = wordsIn(entry, words);
  return { accepted, code: code || (accepted ? '' : 'REFUSED'), message, answer: entry };
}

/** The rows of a request. */
export function rowsIn(batch: Pick<Batch, 'rows'>, request: JsonObject): JsonObject[] {
  const list = request[batch.rows];
  return Array.isArray(list) ? list.filter((row: Json) => isObject(row)) : [];
}
