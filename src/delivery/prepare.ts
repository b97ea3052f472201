/** What goes before a row's call: its reads, which complete the request or reject the row. */
import { explain, TidegateError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { rowCodes } from '../base/row-codes.ts';
import type { Evidence, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction } from '../mapping/types.ts';
import { type DeliveryPorts, rejected } from './outcome.ts';
import { readWithRetries } from './read.ts';

export type Prepared = { request: JsonObject } | { outcome: RowOutcome; evidence: Evidence };

/** Makes the reads and completes the request, unless a read rejects the row: nothing was sent for it, so it may simply come again. */
export async function prepare(
  row: Pick<PendingRow, 'plan'>,
  action: CompiledAction,
  ports: DeliveryPorts,
): Promise<Prepared> {
  const given: Record<string, Json> = {};
  for (const read of action.reads) {
    const request = row.plan.reads.find(({ name }) => name === read.name)?.request ?? {};
    const result = await readWithRetries(read.operation, request, ports);
    const asked = { operation: read.operation.id, request };
    if (result instanceof TidegateError) {
      const why = `${read.operation.id} gave no answer for this line; nothing was sent, send the line again`;
      const outcome = rejected(rowCodes.readFailed, `${why} (${result.message})`);
      return { outcome, evidence: { ...asked, ...unanswered(result) } };
    }
    const refusal = read.refusal(result, row.plan.request);
    if (refusal) {
      const { accepted, ...answer } = result;
      const evidence: Evidence = { ...asked, ...answer, outcome: accepted ? 'accepted' : 'rejected' };
      return { outcome: { state: 'rejected', ...refusal }, evidence };
    }
    given[read.name] = result.answer;
  }
  return { request: action.finish(row.plan.request, given) };
}

const unanswered = (error: TidegateError): Omit<Evidence, 'operation' | 'request'> => ({
  outcome: 'failed',
  status: null,
  code: error.code,
  message: explain(error),
  ticket: null,
  answer: null,
});
