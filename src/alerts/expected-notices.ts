/** Notices about files that are expected and do not come, and about ones that are not as usual, in words. Pure. */
import type { Arrival, Notice, Pause } from '../ledger/port.ts';
import { layOut, plural, utc } from './layout.ts';
import { show } from './parts.ts';
import { oneLine } from './text.ts';

export interface Missed {
  partner: string;
  feed: string;
  folder: string;
  /** How a right name looks. */
  example: string;
  /** `YYYY-MM-DD`. */
  day: string;
  /** When it is due, in epoch milliseconds and on the clock of the feed. */
  by: number;
  byWall: string;
  timeZone: string;
  count: number;
  came: number;
  /** Files of the day that were refused as a whole. */
  refused: number;
}

export const overdueCause = ({ partner, feed }: Pick<Missed, 'partner' | 'feed'>): string =>
  `expected:${partner}:${feed}`;

/** The time has come, the folder was looked into, and it was not there. */
export const fileLate = (missed: Missed): Notice => overdue(missed, 'late', 'has not come in time');

/** Nor did it come until the day was over. */
export const fileMissing = (missed: Missed): Notice =>
  overdue(missed, 'missing', 'has not come on the whole day');

function overdue(missed: Missed, state: string, what: string): Notice {
  const { partner, feed, day, folder } = missed;
  return {
    key: `${overdueCause(missed)}:${day}:${state}`,
    cause: overdueCause(missed),
    kind: 'file-overdue',
    ...{ partner, feed, arrival: null },
    subject: oneLine(`${partner}: the ${fileOf(missed)} of ${day} ${what}`),
    body: layOut({
      happened: `The ${fileOf(missed)} of ${day} ${what}: the last look into ${folder} has not shown it.`,
      facts: factsOf(missed),
      next: [
        'Ask the partner. This is over by itself when it comes, or when a later one does.',
        'Where no file is to come on such a day, say so in the calendar of the feed.',
      ],
      command: 'tidegate status',
    }),
  };
}

/** It is due shortly, and not there yet. */
export function fileDue(missed: Missed): Notice {
  const { partner, feed, day, byWall } = missed;
  return {
    key: `${overdueCause(missed)}:${day}:soon`,
    cause: null,
    kind: 'file-due',
    ...{ partner, feed, arrival: null },
    subject: oneLine(`${partner}: the ${fileOf(missed)} of ${day} is due by ${byWall} and not there yet`),
    body: layOut({
      happened: `The ${fileOf(missed)} of ${day} is due shortly, and not there yet.`,
      facts: factsOf(missed),
      next: ['Nothing is late so far. You are told again only if it does not come in time.'],
      command: 'tidegate status',
    }),
  };
}

const fileOf = ({ feed, count }: Missed): string => `${count === 1 ? 'file' : `${count} files`} for ${feed}`;

const factsOf = ({ partner, feed, folder, example, by, byWall, timeZone, count, came, refused }: Missed) =>
  [
    ['Partner', partner],
    ['Feed', feed],
    ['Folder', folder],
    ['Expected', `${example}, by ${byWall} (${timeZone})`],
    ['Due', utc(by)],
    ['There', count === 1 ? '' : `${came} of ${plural(count, 'file')}`],
    [
      'Refused',
      refused === 0 ? '' : `${plural(refused, 'file')} of the day, which the partner has to send again`,
    ],
  ] as const;

export interface Odd {
  arrival: Pick<Arrival, 'id' | 'name' | 'partner' | 'feed'>;
  rows: number;
  /** What would have been usual, in words. */
  expected: string;
}

/** A file has an unusual number of rows; it was worked off all the same. */
export function rowsOdd({ arrival, rows, expected }: Odd): Notice {
  const { id, name, partner, feed } = arrival;
  return {
    key: `arrival:${id}:odd`,
    cause: null,
    kind: 'rows-odd',
    ...{ partner, feed, arrival: id },
    subject: oneLine(`${partner}: ${name} has ${plural(rows, 'row')}, which is unusual`),
    body: layOut({
      happened: 'The file has an unusual number of rows. It was worked off as any other.',
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ['File', `${name} (arrival ${id})`],
        ['Rows', String(rows)],
        ['Expected', expected],
      ],
      next: ['Nothing, if that is right. Else ask the partner: what is missing may come in a further file.'],
      command: show(arrival),
    }),
  };
}

export const pauseCause = ({ what, name }: Pick<Pause, 'what' | 'name'>): string => `pause:${what}:${name}`;

/** Somebody has paused it and may have forgotten. */
export function longPause(pause: Pause, partner: string | null): Notice {
  const { id, what, name, since, until, by, because } = pause;
  return {
    key: `pause:${id}:long`,
    cause: pauseCause(pause),
    kind: 'long-pause',
    ...{ partner, feed: what === 'feed' ? name : null, arrival: null },
    subject: oneLine(`The ${what} ${name} is still paused`),
    body: layOut({
      happened: `The ${what} ${name} is paused, and nothing of it is begun.`,
      facts: [
        ['Since', utc(since)],
        ['Until', until === null ? 'somebody ends it' : utc(until)],
        ['By', by],
        ['Because', because],
      ],
      next: ['It goes on when the pause ends; what has come meanwhile is worked off then.'],
      command: `tidegate resume ${what}:${name} --because "…"`,
    }),
  };
}
