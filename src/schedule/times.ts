/** When something is to run. Pure: the clock is a parameter; moments are epoch milliseconds. */
import { hash } from 'node:crypto';
import { createTask, parse } from 'node-cron';
import { addDays, changeBetween, DAY_MS, dayAt, momentOf, wallAt, wallOfDay } from '../base/wall-clock.ts';
import { type Calendar, isBusinessDay, isWorked, nextWorked } from './calendar.ts';

export interface Times {
  /** The first time after the moment; `null` when none will come. */
  next(after: number): number | null;
  /** Whether what was missed may be made up for at the moment. */
  mayRunAt(at: number): boolean;
}

export interface CronOptions {
  /**
   * Which days are worked; without one all are. And what becomes of a time on another day: it is left out, comes at the same hour of the next day that is
   * worked, or is kept.
   */
  calendar?: { calendar: Calendar; onNonBusinessDay: 'skip' | 'next' | 'run' } | null;
  /** A time comes later by less than this, always by the same for the same name and time. */
  jitter?: { upToMs: number; name: string } | null;
}

type Next = Times['next'];

/** A leap day may be eight years away; what does not come within that never does. */
const LONGEST_PAUSE_DAYS = 8 * 366 + 1;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/**
 * Times are those of the clock on the wall of the time zone. So those that this clock skips in spring come right behind the gap, and those it repeats in
 * autumn come twice. node-cron's own timers leave out both, and whatever a stalled process missed (node-cron/node-cron#457, #492, #509).
 * @param cron five or six fields
 */
export function cronTimes(cron: string, timeZone: string, options: CronOptions = {}): Times {
  const { calendar = null, jitter = null } = options;
  const kept = onBusinessDays(onTheWall(cron, timeZone), calendar);
  return {
    next: jitter === null ? kept : jittered(kept, jitter.upToMs, jitter.name),
    mayRunAt: (at) =>
      calendar === null || calendar.onNonBusinessDay === 'run' || isBusinessDay(at, calendar.calendar),
  };
}

function onBusinessDays(next: Next, bound: NonNullable<CronOptions['calendar']> | null): Next {
  if (bound === null || bound.onNonBusinessDay === 'run') return next;
  return bound.onNonBusinessDay === 'skip' ? skipping(next, bound.calendar) : moving(next, bound.calendar);
}

/** At every full minute, which is the same on all clocks: found without looking at a calendar. */
export const everyMinute: Times = {
  next: (after) => (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS,
  mayRunAt: () => true,
};

/** From piece to piece of time in which the wall clock runs evenly. */
function onTheWall(cron: string, timeZone: string): Next {
  const nextWall = wallTimes(cron);
  return (after) => {
    let from = Math.floor(after / SECOND_MS) * SECOND_MS;
    let shown = wallAt(from, timeZone);
    const end = from + LONGEST_PAUSE_DAYS * DAY_MS;
    for (let due = nextWall(shown); due !== null && from < end; ) {
      const change = changeBetween(from, from + DAY_MS, timeZone);
      const to = change ?? from + DAY_MS;
      const ahead = due - shown;
      if (from + ahead < to) return from + ahead;
      const shows = wallAt(to, timeZone);
      // What the clock shows again comes again.
      if (shows < shown + (to - from)) due = nextWall(shows - SECOND_MS);
      // It is just now, or a gap has swallowed it.
      if (due !== null && due <= shows) return to;
      [from, shown] = [to, shows];
    }
    return null;
  };
}

/** The first match behind a wall time. */
function wallTimes(cron: string): (after: number) => number | null {
  const { hour, minute, second } = parse(cron);
  // It reads wall times as if they were UTC, which skips and repeats nothing.
  const pattern = createTask(cron, () => undefined, { timezone: 'UTC' });
  const ofDay = hour
    .flatMap((h) => minute.flatMap((m) => second.map((s) => ((h * 60 + m) * 60 + s) * SECOND_MS)))
    .sort((one, other) => one - other);
  const [first = 0] = ofDay;
  return (after) => {
    const midnight = Math.floor(after / DAY_MS) * DAY_MS;
    for (let day = 0; day < LONGEST_PAUSE_DAYS; day++) {
      const begins = midnight + day * DAY_MS;
      if (!pattern.match(new Date(begins + first))) continue;
      const time = ofDay.find((each) => begins + each > after);
      if (time !== undefined) return begins + time;
    }
    return null;
  };
}

const skipping =
  (next: Next, calendar: Calendar): Next =>
  (after) => {
    const end = after + LONGEST_PAUSE_DAYS * DAY_MS;
    for (let at = next(after); at !== null && at < end; ) {
      if (isBusinessDay(at, calendar)) return at;
      const day = nextWorked(dayAt(at, calendar.timeZone), calendar);
      at = next(momentOf(wallOfDay(day), calendar.timeZone) - 1);
    }
    return null;
  };

const moving =
  (next: Next, calendar: Calendar): Next =>
  (after) => {
    let first = dayAt(after, calendar.timeZone);
    while (!isWorked(addDays(first, -1), calendar)) first = addDays(first, -1);
    const from = momentOf(wallOfDay(first), calendar.timeZone) - 1;
    return earliest(next, from, (at) => moved(at, calendar), after);
  };

/** The same hour of the day itself, or of the next one that is worked. */
function moved(at: number, calendar: Calendar): number {
  if (isBusinessDay(at, calendar)) return at;
  const wall = wallAt(at, calendar.timeZone);
  const day = dayAt(at, calendar.timeZone);
  const later = wallOfDay(nextWorked(day, calendar)) - wallOfDay(day);
  return momentOf(wall + later, calendar.timeZone);
}

const jittered =
  (next: Next, upToMs: number, name: string): Next =>
  (after) =>
    earliest(next, after - upToMs, (at) => at + (numberOf(`${name} ${at}`) % upToMs), after);

/** The first of all times behind `after` when each is put off; from `from` on they may matter. */
function earliest(next: Next, from: number, putOff: (at: number) => number, after: number): number | null {
  let found: number | null = null;
  for (let at = next(from); at !== null && (found === null || at < found); at = next(at)) {
    const late = putOff(at);
    if (late > after && (found === null || late < found)) found = late;
  }
  return found;
}

const numberOf = (text: string): number => Number.parseInt(hash('sha256', text).slice(0, 12), 16);
