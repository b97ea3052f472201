/** Which notices an arrival, an entry or a failure gives rise to. The words are in `src/alerts/*-notices.ts`. */
import {
  fileRefused,
  type OpenQuestion,
  type RowTrouble,
  rowsParked,
  rowsRejected,
  type Whereabouts,
} from '../alerts/arrival-notices.ts';
import {
  fileUnnamed,
  fileWaits,
  incomplete,
  incompleteFile,
  intruder,
  unexpectedEntry,
} from '../alerts/folder-notices.ts';
import {
  type ForPartner,
  forPartner,
  refusedForPartner,
  rejectedForPartner,
} from '../alerts/partner-notices.ts';
import { longWait, storageFailure, targetTrouble, transferFailure } from '../alerts/trouble-notices.ts';
import { type ErrorCode, TidegateError } from '../base/errors.ts';
import type { AnswerRow, Arrival, Ledger, Notice, Over } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import type { RemoteEntry } from '../remote/port.ts';
import { doneFileFor } from './gate.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

const TROUBLES = 10;
/** Of which the mail names the first questions; `show` has all of them. */
const PARKED_SEEN = 1000;
/** One file waits for another as a matter of course, but not for long. */
const WORTH_TELLING_MS = 3_600_000;

/**
 * What people should know about an answered round of an arrival, our own and those at the partner. A repeat was told about when it first came.
 * @param tooManyRejects more than the feed allows
 */
export async function arrivalNotices(
  arrival: Arrival,
  { tellsPartner }: Pick<InboundFeed, 'tellsPartner'>,
  whereabouts: Whereabouts,
  tooManyRejects: boolean,
  ledger: Pick<Ledger, 'answerRows' | 'countRound'>,
): Promise<Notice[]> {
  if (arrival.repeatOf !== null) return [];
  const { id, round } = arrival;
  const counts = round === 0 ? arrival.counts : await ledger.countRound(id, round);
  const shown = { ...printable(arrival), counts };
  const both = (own: Notice, theirs: () => ForPartner): Notice[] =>
    tellsPartner ? [own, forPartner(own, theirs())] : [own];
  if (arrival.problem)
    return both(fileRefused(shown, whereabouts), () => refusedForPartner(shown, whereabouts));
  const notices: Notice[] = [];
  if (counts.rejected > 0) {
    const found = await troubles(arrival, ledger);
    const own = rowsRejected(shown, found, whereabouts, tooManyRejects);
    notices.push(...both(own, () => rejectedForPartner(shown, found, whereabouts)));
  }
  if (counts.parked > 0) notices.push(rowsParked(shown, await openQuestions(arrival, ledger), whereabouts));
  return notices;
}

async function troubles({ id, round }: Arrival, ledger: Pick<Ledger, 'answerRows'>): Promise<RowTrouble[]> {
  const rows = await ledger.answerRows(id, 0, TROUBLES, { round, states: ['rejected'] });
  return rows.flatMap(troublesOf).slice(0, TROUBLES);
}

/** A row that repeats a parked one asks nothing of its own, and the one that it repeats is named once. */
async function openQuestions(
  { id, round }: Arrival,
  ledger: Pick<Ledger, 'answerRows'>,
): Promise<OpenQuestion[]> {
  const questions = new Map<string, OpenQuestion>();
  for (const row of await ledger.answerRows(id, 0, PARKED_SEEN, { round, states: ['parked'] })) {
    const { arrival, line } = row.duplicateOf ?? { arrival: id, line: row.line };
    const known = questions.get(`${arrival}:${line}`);
    const repeats = (known?.repeats ?? 0) + (row.duplicateOf ? 1 : 0);
    const code = known?.code ?? (row.code || row.state);
    questions.set(`${arrival}:${line}`, { arrival, line, code, repeats });
  }
  return [...questions.values()];
}

/** A message of the target may quote what was sent; its code does not. */
function troublesOf({ line, code, state, violations }: AnswerRow): RowTrouble[] {
  if (violations.length > 0) return violations.map(({ column, rule }) => ({ line, column, rule }));
  return [{ line, column: '', rule: code || state }];
}

export function unexpectedNotice(feed: InboundFeed, { name, kind }: RemoteEntry): Notice {
  return unexpectedEntry({
    partner: feed.partner,
    folder: feed.folders.in,
    name: displayName(name),
    kind,
    example: feed.nameExample,
  });
}

export const intruderNotice = ({ partner, folders }: InboundFeed, marker: string): Notice =>
  intruder({ partner, folder: folders.in, marker });

/** @param since when it was first seen */
export const unnamedNotice = ({ partner, folders }: InboundFeed, name: string, since: number): Notice =>
  fileUnnamed({ partner, folder: folders.in, name: displayName(name), since });

/** @param since when the file was first seen */
export function waitingNotice(feed: InboundFeed, name: string, since: number): Notice {
  const { readyWhen, folders } = feed;
  const complete =
    readyWhen.kind === 'done-file'
      ? `its done-file ${displayName(doneFileFor(name, readyWhen.pattern))}`
      : `size and time to rest for ${readyWhen.forMs / 1000} s`;
  const { beside } = readyWhen;
  const waitsFor = beside
    ? `${complete}, and its checksum file ${displayName(doneFileFor(name, beside))}`
    : complete;
  return fileWaits({
    partner: feed.partner,
    feed: feed.name,
    folder: folders.in,
    name: displayName(name),
    since,
    waitsFor,
  });
}

/** Of what was told by `waitingNotice`: that the others are taken, or gone. */
export const noLongerIncomplete = (
  { partner, name: feed }: InboundFeed,
  notYet: readonly RemoteEntry[],
): Over => ({
  cause: incomplete({ partner, feed }),
  but: new Set(notYet.map(({ name }) => incompleteFile({ partner, feed, name: displayName(name) }))),
});

/** The answered source was taken away, or replaced, before it could be filed. */
export const sourceGone = (arrival: Arrival, feed: InboundFeed, now: number): Notice =>
  goneBeforeFiling(arrival, arrival.name, 'source', feed, now);

/** The same of a file that came with it. */
export const attachmentGone = (arrival: Arrival, name: string, feed: InboundFeed, now: number): Notice => {
  const isChecksum = feed.checksum && doneFileFor(arrival.name, feed.checksum.pattern) === name;
  return goneBeforeFiling(arrival, name, isChecksum ? 'checksum file' : 'file that a row names', feed, now);
};

function goneBeforeFiling(
  arrival: Arrival,
  name: string,
  kind: string,
  feed: InboundFeed,
  now: number,
): Notice {
  const error = new TidegateError('REMOTE_MISSING', `the answered ${kind} is no longer there`, {
    subject: displayName(name),
    fix: 'Every row was settled and answered; only the copy for the archive is missing. Ask the partner who removes files.',
  });
  const what = `file the ${kind} away`;
  const trouble = { partner: feed.partner, feed: feed.name, arrival: printable(arrival), what, error, now };
  // It stays gone: there is nothing to wait for.
  return { ...transferFailure(trouble), key: `arrival:${arrival.id}:gone:${displayName(name)}`, cause: null };
}

/** Waits that end by themselves, as they should. */
const expected: ReadonlySet<ErrorCode> = new Set([
  ...(['STOPPED', 'LEDGER_STALE', 'CALL_QUEUED', 'FILE_CHECKSUM', 'PARTNER_PAUSED'] as const),
]);

/** What a person should know about a feed that has to wait; `null` when it was only told to stop. */
export function waitNotice(
  feed: InboundFeed,
  arrival: Arrival | null,
  error: unknown,
  { target, clock }: Pick<InboundPorts, 'target' | 'clock'>,
): Notice | null {
  const code = error instanceof TidegateError ? error.code : null;
  if (code !== null && expected.has(code)) return null;
  const trouble = {
    partner: feed.partner,
    feed: feed.name,
    arrival: arrival ? printable(arrival) : null,
    error,
    now: clock.now(),
  };
  if (error instanceof TidegateError && error.partner !== undefined)
    return transferFailure({ ...trouble, partner: error.partner, what: 'bring a file' });
  if (error instanceof TidegateError && code === 'ARRIVAL_WAITS') {
    const { since = trouble.now } = error;
    return trouble.now - since > WORTH_TELLING_MS ? longWait({ ...trouble, since }) : null;
  }
  if (code?.startsWith('TARGET_') || code?.startsWith('CALL_'))
    return targetTrouble({ ...trouble, target: target.name });
  if (code === 'LEDGER_FAILED' || code === 'SPOOL_FAILED' || code === 'STORAGE_LOW')
    return storageFailure(trouble);
  const what = code === 'FOLDER_TAKEN' ? 'work in the inbound folder' : whatFailed(arrival);
  return transferFailure({ ...trouble, what });
}

/** The server answered, and let us in. */
const passed: readonly ErrorCode[] = ['REMOTE_UNREACHABLE', 'REMOTE_AUTH', 'REMOTE_HOST_KEY', 'FOLDER_TAKEN'];

/** What is over once a poll of the feed has come to its end, or so far that it only waits for a target, for another file, or for a result. */
export function overAfterPoll({ partner, name: feed, files }: InboundFeed, waitsFor: unknown): Over[] {
  const code = waitsFor instanceof TidegateError ? waitsFor.code : null;
  const waitsForUs = code === 'ARRIVAL_WAITS' || code === 'PARTNER_PAUSED';
  const elsewhere = waitsForUs || code?.startsWith('TARGET_') || code?.startsWith('CALL_');
  if (waitsFor !== null && !elsewhere) return [];
  const storage = { cause: 'storage', feed };
  if (waitsFor === null) {
    const partners = new Set([partner, ...[...files.values()].map((file) => file.partner)]);
    const servers = [...partners].map((name) => ({ cause: `partner:${name}`, feed }));
    return [storage, ...servers, { cause: `waits:${partner}:${feed}` }];
  }
  return [storage, ...passed.map((failure) => ({ cause: `partner:${partner}:${failure}`, feed }))];
}

function whatFailed(arrival: Arrival | null): string {
  switch (arrival?.state) {
    case undefined:
      return 'look for files';
    case 'claimed':
      return 'fetch a file';
    case 'delivered':
      return 'write the answer';
    case 'acknowledged':
      return 'file the source away';
    default:
      return 'work on a file';
  }
}

const printable = (arrival: Arrival): Arrival => ({ ...arrival, name: displayName(arrival.name) });
