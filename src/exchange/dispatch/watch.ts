/** What is still waited for: people are told before it is late, and when it is; and what became of every row is written down for others. */
import type { Dispatch } from '../../ledger/port.ts';
import { over, raise } from '../raise.ts';
import { answerCause, closedNotice, dueSoonNotice, overdueNotice } from './notices.ts';
import { writeReport } from './report.ts';
import type { Agreement, DispatchPorts } from './types.ts';

const MOST_WATCHED = 1000;

export type Standing = 'awaited' | 'due soon' | 'overdue' | 'closed';

/** How a dispatch stands at a moment. Pure. */
export function standing(
  {
    closedAt,
    file: { endedAt },
  }: { closedAt: Dispatch['closedAt']; file: Pick<Dispatch['file'], 'endedAt'> },
  { dueAt, warnAt }: Pick<Agreement, 'dueAt' | 'warnAt'>,
  now: number,
): Standing {
  if (closedAt !== null) return 'closed';
  const sentAt = endedAt ?? now;
  if (now >= dueAt(sentAt)) return 'overdue';
  const warn = warnAt(sentAt);
  return warn !== null && now >= warn ? 'due soon' : 'awaited';
}

/** Everything here may be done again, and makes no difference then. */
export async function watch(agreement: Agreement, ports: DispatchPorts): Promise<void> {
  const { ledger, clock } = ports;
  const untold = await ledger.dispatches({
    ...{ agreement: agreement.name, untold: true, limit: MOST_WATCHED },
  });
  for (const dispatch of untold) {
    ports.signal.throwIfAborted();
    const stands = standing(dispatch, agreement, clock.now());
    const due = agreement.dueAt(dispatch.file.endedAt ?? clock.now());
    if (stands === 'due soon') await raise(dueSoonNotice(dispatch, agreement, due), ports);
    if (stands === 'closed' || (stands === 'overdue' && dispatch.told === null)) {
      const notice =
        stands === 'closed' ? closedNotice(dispatch, agreement) : overdueNotice(dispatch, agreement, due);
      if (notice) await raise(notice, ports);
      if (stands === 'closed') await over({ cause: answerCause(dispatch) }, ports);
      await writeReport(dispatch, stands, agreement, ports);
      await ledger.dispatchTold(dispatch.outbound, stands);
    }
  }
}
