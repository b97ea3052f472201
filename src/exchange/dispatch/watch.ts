/** What is still waited for: people are told before it is late, and when it is; and what became of every row is written down for others. */
import type { Dispatch, DispatchNews } from '../../ledger/port.ts';
import { over, raise, raiseOrKeep } from '../raise.ts';
import {
  answerCause,
  closedNotice,
  dueSoonNotice,
  overAfterReports,
  overdueNotice,
  reportFailedNotice,
} from './notices.ts';
import { writeReport } from './report.ts';
import type { Agreement, DispatchPorts } from './types.ts';

const PAGE = 1000;

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

type Untold = Dispatch & { stands: DispatchNews };

/** Everything here may be done again, and makes no difference then. Gives why a report could not be written; `null` when none is left to write. */
export async function watch(agreement: Agreement, ports: DispatchPorts): Promise<unknown> {
  const untold: Untold[] = [];
  for (let before: number | undefined; ; ) {
    const page = await ports.ledger.dispatches({
      ...{ agreement: agreement.name, untold: true, limit: PAGE },
      ...(before !== undefined && { before }),
    });
    for (const dispatch of page) {
      ports.signal.throwIfAborted();
      const stands = await tell(dispatch, agreement, ports);
      if (stands) untold.push({ ...dispatch, stands });
    }
    before = page.at(-1)?.outbound;
    if (before === undefined) break;
  }
  // Last: people hear of all that is late, whatever becomes of the reports.
  return writeReports(untold, agreement, ports);
}

/** Gives what is to be written down of it, if anything is. */
async function tell(
  dispatch: Dispatch,
  agreement: Agreement,
  ports: DispatchPorts,
): Promise<DispatchNews | null> {
  const now = ports.clock.now();
  const stands = standing(dispatch, agreement, now);
  const due = agreement.dueAt(dispatch.file.endedAt ?? now);
  if (stands === 'due soon') await raise(dueSoonNotice(dispatch, agreement, due), ports);
  if (stands === 'closed') {
    const notice = closedNotice(dispatch, agreement);
    if (notice) await raise(notice, ports);
    await over({ cause: answerCause(dispatch) }, ports);
    return stands;
  }
  if (stands !== 'overdue' || dispatch.told !== null) return null;
  await raise(overdueNotice(dispatch, agreement, due), ports);
  return stands;
}

/** One that cannot be written does not hold up the others. */
async function writeReports(
  untold: readonly Untold[],
  agreement: Agreement,
  ports: DispatchPorts,
): Promise<unknown> {
  const { ledger, clock } = ports;
  const { report } = agreement;
  let waitsFor: unknown = null;
  for (const { stands, ...dispatch } of untold) {
    try {
      ports.signal.throwIfAborted();
      await writeReport(dispatch, stands, agreement, ports);
      await ledger.dispatchTold(dispatch.outbound, stands);
    } catch (error) {
      if (ports.signal.aborted || report === null) throw error;
      waitsFor ??= error;
      ports.report({ kind: 'replies-wait', agreement: agreement.name, error });
      const notice = reportFailedNotice(agreement, report.partner, error, clock.now());
      if (notice) await raiseOrKeep(notice, ports);
    }
  }
  if (report !== null && untold.length > 0 && waitsFor === null)
    for (const what of overAfterReports(agreement, report.partner)) await over(what, ports);
  return waitsFor;
}
