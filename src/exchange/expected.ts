/**
 * Files that are expected by a time of day, judged from what is known about when files came. The partner is never blamed for what we have not seen: a day on which
 * nobody could look is `unknown`, and a file that came while nobody looked is taken to have come in time. Pure.
 */
import { addDays, dayAt, momentOf, type Weekday, wallOfDay, weekdayOf } from '../base/wall-clock.ts';
import type { Coming, Looks } from '../ledger/port.ts';
import { type Calendar, isWorked } from '../schedule/calendar.ts';

export interface Expectation {
  timeZone: string;
  /** On the clock on the wall, in milliseconds since midnight: files count from then on; a time after `by` is meant on the day before. */
  from: number;
  by: number;
  days: readonly Weekday[];
  /** Without one, every one of `days`. */
  calendar: Calendar | null;
  /** So many files, of different names. */
  count: number;
  /** `null` for no warning. */
  warnBeforeMs: number | null;
}

/** A day and its moments; a file that comes from `opens` on and before `ends` is one of this day. */
export interface ExpectedDay {
  /** `YYYY-MM-DD`. */
  day: string;
  opens: number;
  warnAt: number | null;
  by: number;
  ends: number;
}

/**
 * `open`: nothing is wrong yet. `soon`: it is due shortly. `late`, `missing`: it was not there in time, and not on the whole day. `unknown`: it should have come, and
 * nobody has looked since. `came`: all of it did.
 */
export type DayState = 'open' | 'soon' | 'late' | 'missing' | 'unknown' | 'came';

export interface JudgedDay extends ExpectedDay {
  state: DayState;
  came: readonly Coming[];
  /** Files of the day that were refused as a whole: they do not count. */
  refused: number;
}

/** What was not sent for longer is not asked for any more. */
const MEMORY_DAYS = 14;

/** Since when comings have to be known for a judgement. */
export const memoryBegins = (expectation: Expectation, now: number): number =>
  dayOf(addDays(dayAt(now, expectation.timeZone), -MEMORY_DAYS), expectation).opens;

/** The days that are or were to be judged, oldest first. @param comings since `memoryBegins`, in their order */
export function judge(
  expectation: Expectation,
  comings: readonly Coming[],
  looks: Looks | null,
  now: number,
): JudgedDay[] {
  const begins = Math.max(memoryBegins(expectation, now), looks?.first ?? now);
  const days = expectedDays(expectation, begins, now);
  const { counted, spare } = share(comings, days, expectation.count);
  return days.map((day) => {
    const came = counted.get(day.day) ?? [];
    const refused = spare.filter((each) => each.refused && mayBeOf(each, day)).length;
    const state = came.length >= expectation.count ? 'came' : stateOf(day, looks?.last ?? null, now);
    return { ...day, came, refused, state };
  });
}

/** A day that was skipped is not asked for any more once a later one has come. */
export const sinceLastCame = (judged: readonly JudgedDay[]): JudgedDay[] =>
  judged.slice(1 + judged.findLastIndex(({ state }) => state === 'came'));

/** What the partner still owes. */
export const owed = (judged: readonly JudgedDay[]): JudgedDay[] =>
  sinceLastCame(judged).filter(({ state }) => state === 'late' || state === 'missing');

function stateOf({ warnAt, by, ends }: ExpectedDay, looked: number | null, now: number): DayState {
  const seen = looked ?? Number.NEGATIVE_INFINITY;
  if (seen >= ends) return 'missing';
  if (seen >= by) return 'late';
  if (now >= by) return 'unknown';
  return warnAt !== null && seen >= warnAt ? 'soon' : 'open';
}

/**
 * Each file to the first day that it may be of and that still waits for one; else to the first one before that does: a late file comes beside that of its
 * day, or in its place.
 */
function share(comings: readonly Coming[], days: readonly ExpectedDay[], count: number) {
  const counted = new Map<string, Coming[]>();
  const spare: Coming[] = [];
  const names = new Set<string>();
  const waits = ({ day }: ExpectedDay): boolean => (counted.get(day)?.length ?? 0) < count;
  for (const coming of comings) {
    const isNews = !coming.refused && !names.has(coming.name);
    const day = isNews
      ? (days.find((each) => waits(each) && mayBeOf(coming, each)) ??
        days.find((each) => waits(each) && each.ends <= coming.seenAt))
      : undefined;
    if (day) counted.set(day.day, [...(counted.get(day.day) ?? []), coming]);
    else spare.push(coming);
    if (isNews) names.add(coming.name);
  }
  return { counted, spare };
}

/** It came at some time behind `absentAt`, up to `seenAt`. */
const mayBeOf = ({ absentAt, seenAt }: Coming, { opens, ends }: ExpectedDay): boolean =>
  seenAt >= opens && (absentAt === null || absentAt < ends);

/** Those of which something lies between the moments. */
export function expectedDays(expectation: Expectation, from: number, to: number): ExpectedDay[] {
  const { timeZone, days, calendar } = expectation;
  const found: ExpectedDay[] = [];
  const last = addDays(dayAt(to, timeZone), 1);
  for (let day = addDays(dayAt(from, timeZone), -1); day <= last; day = addDays(day, 1)) {
    if (!days.includes(weekdayOf(day)) || (calendar && !isWorked(day, calendar))) continue;
    const expected = dayOf(day, expectation);
    if (expected.ends > from && expected.opens <= to) found.push(expected);
  }
  return found;
}

function dayOf(day: string, { timeZone, from, by, warnBeforeMs }: Expectation): ExpectedDay {
  const opening = (of: string): number =>
    momentOf(wallOfDay(from > by ? addDays(of, -1) : of) + from, timeZone);
  const due = momentOf(wallOfDay(day) + by, timeZone);
  return {
    day,
    opens: opening(day),
    warnAt: warnBeforeMs === null ? null : due - warnBeforeMs,
    by: due,
    ends: opening(addDays(day, 1)),
  };
}

/** Days without any expected one are at most so many in a row, but for a calendar that has none. */
const AHEAD_DAYS = 40;

/** The next moment at which the judgement may become another one, so that somebody looks just then; `null` when none is near. */
export function nextMoment(expectation: Expectation, after: number): number | null {
  const days = expectedDays(expectation, after, after + AHEAD_DAYS * 86_400_000);
  const moments = days.flatMap(({ warnAt, by, ends }) => [warnAt ?? by, by, ends]);
  const ahead = moments.filter((at) => at > after);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** How many rows a file is to have. */
export interface RowsRule {
  atLeast: number | null;
  atMost: number | null;
  /** From the median of the latest files, between 0 and 1 or more; `null` when it does not matter. */
  deviation: number | null;
}

/** Few say little about what is usual. */
const FEWEST_TO_COMPARE = 3;

/** What is odd about the number of rows, as what was expected; `null` when nothing is. @param before of the latest files */
export function oddRows(rows: number, before: readonly number[], rule: RowsRule): string | null {
  const { atLeast, atMost, deviation } = rule;
  if (atLeast !== null && rows < atLeast) return `at least ${atLeast}`;
  if (atMost !== null && rows > atMost) return `at most ${atMost}`;
  if (deviation === null || before.length < FEWEST_TO_COMPARE) return null;
  const usual = median(before);
  const [least, most] = [Math.ceil(usual * (1 - deviation)), Math.floor(usual * (1 + deviation))];
  if (rows >= least && rows <= most) return null;
  return `${Math.max(0, least)} to ${most}, as the latest ${before.length} files had ${usual} in the middle`;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = low] = sorted.length % 2 === 0 ? [sorted[half - 1], sorted[half]] : [sorted[half]];
  return (low + high) / 2;
}
