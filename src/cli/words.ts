import { DateTime } from 'luxon';
import { plural } from '../alerts/layout.ts';
import { explain } from '../base/errors.ts';
import { bundlePath, manifestPath, placeOf } from '../exchange/archive/plan.ts';
import type { DayState, JudgedDay } from '../exchange/expected.ts';
import type { ExchangeEvent } from '../exchange/types.ts';
import type {
  Archive,
  Arrival,
  DispatchCounts,
  OutboundFile,
  Pause,
  Reply,
  TimeWindow,
} from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';

/** One arrival in one line: what became of it. */
export function arrivalLine({
  id,
  name,
  state,
  round,
  counts,
  problem,
  repeatOf,
  settleAs,
}: Arrival): string {
  const { rows, accepted, rejected, duplicate, parked, pending } = counts;
  const parts = [
    `${accepted} accepted`,
    `${rejected} rejected`,
    `${duplicate} duplicate`,
    ...(parked > 0 ? [`${parked} parked`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
  ];
  const what = problem
    ? `refused: ${problem.message}`
    : repeatOf === null
      ? `${plural(rows, 'row')}: ${parts.join(', ')}`
      : `the same bytes as arrival ${repeatOf}; answered again, nothing sent`;
  const where = state === 'settled' && settleAs ? ` → ${settleAs}` : ` (${state})`;
  const again = round === 0 ? '' : `round ${round}, `;
  return `${id}  ${displayName(name)}  ${again}${what}${where}`;
}

/** One outbound file in one line: what it covers, and where it lies. */
export function exportLine({ name, state, path, window, covers, contents }: OutboundFile): string {
  const span = window ? ` ${windowWords(window, 'UTC')}` : '';
  const again = window === null || covers ? '' : ', once more';
  const rows = contents?.rows ?? 0;
  const what = state === 'dropped' ? 'nothing to send' : `${plural(rows, 'row')} → ${path}`;
  return `${name}${span}${again}: ${what}`;
}

/** On the clock of the time zone. */
export function windowWords({ from, to }: TimeWindow, timeZone: string): string {
  return `${localWords(from, timeZone)} – ${timeWords(to, timeZone)}`;
}

export const timeWords = (at: number, timeZone: string): string => `${localWords(at, timeZone)} ${timeZone}`;

const localWords = (at: number, timeZone: string): string =>
  DateTime.fromMillis(at, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm:ss');

/** How the rows of a sent file stand. */
export const countsInWords = ({ rows, accepted, rejected, awaited }: DispatchCounts): string =>
  `${accepted} accepted + ${rejected} rejected + ${awaited} without a word of ${rows}`;

/** One reply in one line. */
export function replyLine({ name, agreement, state, rows, problem }: Reply): string {
  const what = problem ? `refused: ${problem.message}` : `${plural(rows, 'row')} (${state})`;
  return `reply  ${displayName(name)}  for ${agreement}: ${what}`;
}

/** What it takes for an arrival in work to go on. */
export const goesOn = ({ id, round }: Pick<Arrival, 'id' | 'round'>): string => {
  const told = round === 0 ? '' : ` and tells the partner in supplement ${round}`;
  return `Run \`tidegate once\`, or let the service (\`tidegate run\`) poll: the next poll goes on with arrival ${id}${told}.`;
};

/** What comes of a decision, and when. */
export const reopened = (arrival: Arrival): string => `It is written down. ${goesOn(arrival)}`;

/**
 * What became of the files of a month, and where they lie.
 * @param local the folder of this machine that archives of the partner lie in
 */
export function archiveLine(archive: Archive, local: string | null): string {
  const { partner, month, part, form, bundle, path, side, deletedAt } = archive;
  const at = (place: string): string => placeOf({ side, path: place }, local);
  const what = `${partner}: ${month}${part === 1 ? '' : `, part ${part}`}`;
  const manifest = at(manifestPath(path));
  if (deletedAt !== null) return `${what} was kept for as long as agreed, and is deleted; ${manifest} stays`;
  if (form === 'folder') return `${what} lies in ${at(path)}`;
  return bundle ? `${what} lies in ${at(bundlePath(path))}` : `${what} has no files left; see ${manifest}`;
}

/** What a watching person should see of an event; `null` for what only the log needs. */
export function eventLine(event: ExchangeEvent): string | null {
  switch (event.kind) {
    case 'step':
      return `  ${event.arrival.state.padEnd(13)} ${arrivalLine(event.arrival)}`;
    case 'notice':
      return `  notice        ${event.notice.subject}`;
    case 'outbound':
      return `  ${event.file.state.padEnd(13)} ${exportLine(event.file)}`;
    case 'archived':
      return `  archived      ${archiveLine(event.archive, null)}`;
    case 'reply':
      return `  reply         ${replyLine(event.reply)}`;
    case 'waits':
    case 'export-waits':
    case 'archive-waits':
    case 'replies-wait':
      return `  waits         ${explain(event.error)}`;
    default:
      return null;
  }
}

/** Who has paused what, until when and why. */
export function pauseLine({ what, name, since, until, by, because }: Pause): string {
  const end = until === null ? '' : ` until ${time(until)}`;
  return `The ${what} ${name} is paused${end}, since ${time(since)} by ${by}: ${because}.`;
}

const expectedWords: Readonly<Record<DayState, string>> = {
  open: 'is not due yet',
  came: 'has come',
  soon: 'is due shortly and not there yet',
  late: 'is late',
  missing: 'has not come on the whole day',
  unknown: 'may be there: nobody has looked since it was due',
};

/** How a day stands on which a file is expected. */
export const expectedLine = (
  feed: string,
  { day, by, state }: Pick<JudgedDay, 'day' | 'by' | 'state'>,
): string => `The file of ${day} for ${feed}, due ${time(by)}, ${expectedWords[state]}.`;

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
