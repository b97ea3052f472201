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
import { storageFailure, transferFailure } from '../../alerts/trouble-notices.ts';
import { type ErrorCode, TidegateError } from '../../base/errors.ts';
import type { Dispatch, Finding, Notice, Over, Problem, Reply } from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import type { Agreement } from './types.ts';

export { answerCause };

/** How many findings a notice names. */
export const FINDINGS_SHOWN = 10;

export const refusedNotice = (reply: Reply, problem: Problem, agreement: Agreement): Notice =>
  replyRefused({ ...aboutReply(reply, agreement), problem });

/** `null` when there is nothing odd about it. */
export const oddNotice = (reply: Reply, findings: readonly Finding[], agreement: Agreement): Notice | null =>
  findings.length > 0 ? replyOdd({ ...aboutReply(reply, agreement), findings }) : null;

const aboutReply = ({ id, name: file }: Reply, { partner, feed, name }: Agreement) => ({
  ...{ partner, feed, agreement: name, reply: id, file: displayName(file) },
});

export const dueSoonNotice = (dispatch: Dispatch, agreement: Agreement, due: number): Notice =>
  answerDueSoon(factsOf(dispatch, agreement, due));

export const overdueNotice = (dispatch: Dispatch, agreement: Agreement, due: number): Notice =>
  answerOverdue(factsOf(dispatch, agreement, due));

/** `null` when every row was accepted. */
export const closedNotice = (dispatch: Dispatch, agreement: Agreement): Notice | null =>
  dispatch.counts.rejected > 0 ? rowsNotTaken(factsOf(dispatch, agreement, null)) : null;

const factsOf = (
  { outbound, file, counts, replies }: Dispatch,
  { partner, feed }: Agreement,
  due: number | null,
): DispatchFacts => ({
  ...{ outbound, partner, feed, counts, replies, due, arrival: file.arrival },
  file: posix.basename(file.path),
  sentAt: file.endedAt ?? file.plannedAt,
});

const expected: ReadonlySet<ErrorCode> = new Set(['STOPPED', 'LEDGER_STALE', 'ARRIVAL_WAITS']);

/** Of the server as such: one outage, whoever of ours notices it. */
const ofServer: ReadonlySet<ErrorCode> = new Set([
  'REMOTE_UNREACHABLE',
  'REMOTE_DEADLINE',
  'REMOTE_AUTH',
  'REMOTE_HOST_KEY',
]);

/** `null` when it was only told to stop. */
export const pollFailedNotice = (agreement: Agreement, error: unknown, now: number): Notice | null =>
  troubleNotice({ ...agreement, what: 'look for replies', cause: repliesCause(agreement), error, now });

/** @param partner whose folder the report goes to */
export const reportFailedNotice = (
  agreement: Agreement,
  partner: string,
  error: unknown,
  now: number,
): Notice | null =>
  troubleNotice({ ...agreement, partner, what: 'write a report', cause: reportCause(agreement), error, now });

interface Trouble extends Pick<Agreement, 'partner' | 'feed'> {
  what: string;
  cause: string;
  error: unknown;
  now: number;
}

function troubleNotice({ partner, feed, what, cause, error, now }: Trouble): Notice | null {
  const code = error instanceof TidegateError ? error.code : null;
  if (code !== null && expected.has(code)) return null;
  const trouble = { partner, feed, arrival: null, error, now };
  if (code === 'LEDGER_FAILED' || code === 'SPOOL_FAILED' || code === 'STORAGE_LOW')
    return storageFailure(trouble);
  const notice = transferFailure({ ...trouble, what });
  return code !== null && ofServer.has(code) ? notice : { ...notice, cause: `${cause}:${code ?? 'UNKNOWN'}` };
}

const repliesCause = ({ name }: Agreement): string => `replies:${name}`;
const reportCause = ({ name }: Agreement): string => `report:${name}`;

/** What a look for replies that came to its end shows to be over. */
export const overAfterLook = (agreement: Agreement): Over[] => [
  { cause: 'storage', ...ofFeed(agreement) },
  { cause: repliesCause(agreement) },
  ...overAtServer(agreement.partner, agreement),
];

/** What is over when reports were written. @param partner whose folder they went to */
export const overAfterReports = (agreement: Agreement, partner: string): Over[] => [
  { cause: reportCause(agreement) },
  ...overAtServer(partner, agreement),
];

const overAtServer = (partner: string, agreement: Agreement): Over[] =>
  [...ofServer].map((code) => ({ cause: `partner:${partner}:${code}`, ...ofFeed(agreement) }));

const ofFeed = ({ feed }: Agreement): Pick<Over, 'feed'> => (feed === null ? {} : { feed });
