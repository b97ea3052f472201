/** Which notices a reply, or the lack of one, gives rise to. The words are in `src/alerts/dispatch-notices.ts`. */
import { posix } from 'node:path';
import {
  answerCause,
  answerDueSoon,
  answerOverdue,
  type DispatchFacts,
  replyOdd,
  replyRefused,
  rowsNotTaken,
} from '../../alerts/dispatch-notices.ts';
import { transferFailure } from '../../alerts/trouble-notices.ts';
import { type ErrorCode, TidegateError } from '../../base/errors.ts';
import type { Dispatch, Ledger, Notice, Reply } from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import type { Agreement } from './types.ts';

export { answerCause };

const FINDINGS_SHOWN = 10;

export async function replyNotices(
  reply: Reply,
  { partner, name }: Agreement,
  ledger: Pick<Ledger, 'findings'>,
): Promise<Notice[]> {
  const file = displayName(reply.name);
  if (reply.problem)
    return [replyRefused({ partner, agreement: name, file, reply: reply.id, problem: reply.problem })];
  const findings = await ledger.findings({ reply: reply.id }, FINDINGS_SHOWN);
  return findings.length > 0 ? [replyOdd({ partner, agreement: name, file, reply: reply.id, findings })] : [];
}

export const dueSoonNotice = (dispatch: Dispatch, agreement: Agreement, due: number): Notice =>
  answerDueSoon(factsOf(dispatch, agreement, due));

export const overdueNotice = (dispatch: Dispatch, agreement: Agreement, due: number): Notice =>
  answerOverdue(factsOf(dispatch, agreement, due));

/** `null` when every row was accepted. */
export const closedNotice = (dispatch: Dispatch, agreement: Agreement): Notice | null =>
  dispatch.counts.rejected > 0 ? rowsNotTaken(factsOf(dispatch, agreement, null)) : null;

const factsOf = (
  { outbound, file, counts, replies }: Dispatch,
  { partner }: Agreement,
  due: number | null,
): DispatchFacts => ({
  ...{ outbound, partner, counts, replies, due, arrival: file.arrival },
  file: posix.basename(file.path),
  sentAt: file.endedAt ?? file.plannedAt,
});

const expected: ReadonlySet<ErrorCode> = new Set(['STOPPED', 'LEDGER_STALE', 'ARRIVAL_WAITS']);

/** `null` when it was only told to stop. */
export function pollFailedNotice({ partner, name }: Agreement, error: unknown, now: number): Notice | null {
  if (error instanceof TidegateError && expected.has(error.code)) return null;
  return transferFailure({ partner, feed: name, arrival: null, what: 'look for replies', error, now });
}
