/** What the four synchronize calls and the reads of their jobs say, row by row. Pure. */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Async, Batch, BatchResults, CallResult, RowResult } from '../port.ts';
import type { Saying } from './operation.ts';

/** The key under which the answer puts what is about no row. */
export const commonKey = 'Common';

/**
 * @param alsoBy another field that the answer may name a row by, where the documents disagree; it counts for rows that have it alone
 */
export function batchBy(rowKey: string, alsoBy?: string): Batch {
  return {
    rows: 'data',
    rowKey,
    // The documents name none.
    limit: null,
    results: (answer, sent) => resultsOf(answer, sent, rowKey, alsoBy),
  };
}

function resultsOf(
  answer: Json,
  sent: readonly JsonObject[],
  rowKey: string,
  alsoBy: string | undefined,
): BatchResults | null {
  const results = isObject(answer) ? answer['results'] : undefined;
  if (!isObject(results)) return null;
  const rows = new Map<string, RowResult>();
  for (const row of sent) {
    const key = textOf(row[rowKey]);
    const also = alsoBy === undefined ? '' : textOf(row[alsoBy]);
    const alone = also !== '' && sent.filter((other) => other[alsoBy ?? ''] === also).length === 1;
    const result = entry(results, key) ?? (alone ? entry(results, also) : null);
    if (result !== null) rows.set(key, result);
  }
  return { rows, common: entry(results, commonKey) };
}

/** `null` when nothing clear is said under the key. */
function entry(results: JsonObject, key: string): RowResult | null {
  const said = Object.hasOwn(results, key) ? results[key] : undefined;
  if (!isObject(said)) return null;
  const code = textOf(said['status']);
  const errors = Array.isArray(said['errors']) ? said['errors'].map(textOf).filter(Boolean) : [];
  const done = code === 'created' || code === 'updated';
  if (!done && code !== 'error' && errors.length === 0) return null;
  const accepted = done && errors.length === 0;
  return { accepted, code: code || 'error', message: errors.join('; ') || code, answer: said };
}

/** Of the call as a whole: of its one row, or of all of them together. */
export const saysOfRows =
  (batch: Batch) =>
  (answer: JsonObject, sent: JsonObject): Saying | null => {
    const message = textOf(answer['message']);
    if (!isObject(answer['results']))
      return sent['async'] === true ? { accepted: true, code: 'queued', message } : null;
    const list = sent['data'];
    const rows = Array.isArray(list) ? list.filter((row) => isObject(row)) : [];
    const found = batch.results(answer, rows);
    const said = rows.map((row) => found?.rows.get(textOf(row[batch.rowKey])) ?? found?.common ?? null);
    const [first = null] = said;
    if (said.length === 1) return first;
    return { accepted: said.every((one) => one?.accepted === true), code: '', message };
  };

export function jobOf(statusOperation: string): Async {
  return {
    mode: 'poll',
    ask: { async: true },
    job(answer) {
      const job = isObject(answer) ? answer['job_id'] : undefined;
      return typeof job === 'number' || typeof job === 'string' ? String(job) : null;
    },
    // Called a number, shown as a text.
    status: { operation: statusOperation, request: (job) => ({ job_id: job }) },
    judge: judgeJob,
  };
}

/** A job that ended with errors has results of its rows all the same. */
function judgeJob({ accepted, code, message, answer }: CallResult): RowResult | null {
  if (accepted && code === 'performing') return null;
  return { accepted: accepted && code === 'completed', code, message, answer };
}

/** Numbers stand for themselves: row keys come back as the keys of an object. */
const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
