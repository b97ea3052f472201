/** Whether a time of a schedule has come. Pure: the clock is a parameter. */
import { createTask } from 'node-cron';

const SECOND_MS = 1000;
/** After standing still for so long it counts as due whatever the schedule says: looking once too often costs nothing. */
const PAUSE_MS = 3_600_000;

/** Whether a time lies after `last` and not after `now`; both are epoch milliseconds of full seconds. */
export type IsDue = (last: number, now: number) => boolean;

/**
 * Times are looked up second by second, on the clock on the wall of the time zone. So those that this clock skips in spring are due right behind
 * the gap, and those it repeats in autumn are due twice. node-cron's own timers leave out both, and whatever a stalled process missed
 * (node-cron/node-cron#457, #492, #509).
 * @param cron five or six fields
 */
export function isDueBy(cron: string, timeZone: string): IsDue {
  const wall = wallClock(timeZone);
  // It reads wall times as if they were UTC, which skips and repeats nothing.
  const pattern = createTask(cron, () => undefined, { timezone: 'UTC' });
  const matches = (from: number, to: number): boolean => {
    for (let at = from; at <= to; at += SECOND_MS) if (pattern.match(new Date(at))) return true;
    return false;
  };
  return (last, now) => {
    if (now - last > PAUSE_MS) return true;
    let before = wall(last);
    for (let at = last + SECOND_MS; at <= now; at += SECOND_MS) {
      const shown = wall(at);
      if (matches(Math.min(before + SECOND_MS, shown), shown)) return true;
      before = shown;
    }
    return false;
  };
}

/** What a clock on the wall shows, as the time at which one in UTC shows the same. */
function wallClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts = format.formatToParts(at);
    const part = (type: Intl.DateTimeFormatPartTypes): number =>
      Number(parts.find((each) => each.type === type)?.value);
    return Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
  };
}
