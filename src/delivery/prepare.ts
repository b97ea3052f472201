/** What goes before a row's call: its reads, which complete the request or reject the row. */
import { TidegateError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { rowCodes } from '../base/row-codes.ts';
import type { Evidence, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction, CompiledRead, PlannedLine, PlannedRead } from '../mapping/types.ts';
import { withReads } from './file-lines.ts';
import { type DeliveryPorts, noAnswer, rejected } from './outcome.ts';
import { readWithRetries } from './read.ts';
import type { Answered } from './read-cache.ts';
import { readList } from './read-list.ts';

/** What leaves for a row: the request of its call, and its lines in files with what reads told. */
export interface Ready {
  request: JsonObject;
  lines: readonly PlannedLine[];
}

export type Prepared = Ready | { outcome: RowOutcome; evidence: Evidence };

/** Makes the reads and completes the request, unless a read rejects the row: nothing was sent for it, so it may simply come again. */
export async function prepare(
  row: Pick<PendingRow, 'plan'>,
  action: CompiledAction,
  ports: DeliveryPorts,
): Promise<Prepared> {
  const given: Record<string, Json> = {};
  for (const read of action.reads) {
    const planned = plannedRead(row, read);
    if (!planned) continue;
    const request = read.finish(planned.request, given);
    const { result, keptSince } = await ask(read, request, ports);
    const asked = { operation: read.operation.id, request, keptSince };
    if (result instanceof TidegateError) {
      if (read.optional) continue;
      const why = `${read.operation.id} gave no answer for this line; nothing was sent, send the line again`;
      const outcome = rejected(rowCodes.readFailed, `${why} (${result.message})`);
      return { outcome, evidence: { ...asked, ...noAnswer(result), outcome: 'failed' } };
    }
    const taken = read.take(result, planned, row.plan.request);
    if ('refusal' in taken) {
      const { accepted, ...judged } = result;
      const outcome = accepted ? 'accepted' : 'rejected';
      const evidence: Evidence = { ...asked, ...judged, outcome, answer: taken.seen };
      return { outcome: { state: 'rejected', ...taken.refusal }, evidence };
    }
    given[read.name] = taken.answer;
  }
  const { request, lines = [] } = row.plan;
  return { request: action.finish(request, given), lines: withReads(lines, action, given) };
}

/** `null` when the row has nothing to look for. A read that the mapping had not when the row was staged is made with nothing, and so rejects the row. */
function plannedRead({ plan }: Pick<PendingRow, 'plan'>, { name, picks }: CompiledRead): PlannedRead | null {
  return plan.reads.find((planned) => planned.name === name) ?? (picks ? null : { name, request: {} });
}

async function ask(read: CompiledRead, request: JsonObject, ports: DeliveryPorts): Promise<Answered> {
  const { operation, picks, cacheMs } = read;
  const { paging } = operation;
  const call = (): Promise<Answered['result']> =>
    picks && paging
      ? readList(operation, paging, request, ports)
      : readWithRetries(operation, request, ports);
  if (cacheMs === null) return { result: await call(), keptSince: null };
  ports.signal.throwIfAborted();
  return ports.target.answers.read(JSON.stringify([operation.id, picks, request]), cacheMs, call);
}
