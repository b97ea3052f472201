/** Which days and hours are worked. Pure; moments are epoch milliseconds, days `YYYY-MM-DD` on the clock of the calendar's time zone. */
import { addDays, dayAt, momentOf, type Weekday, wallOfDay, weekdayOf } from '../base/wall-clock.ts';

export interface Calendar {
  /** IANA name. */
  timeZone: string;
  weekend: readonly Weekday[];
  /** `YYYY-MM-DD`, or `MM-DD` for every year. */
  holidays: readonly string[];
  /** Milliseconds of the clock on the wall since midnight; `to` is not worked any more. */
  workingHours: { from: number; to: number };
}

const HOUR_MS = 3_600_000;
/** A calendar that is free for so long has no business days. */
const LONGEST_BREAK_DAYS = 3660;

/** Whether a day is worked. */
export const isWorked = (day: string, { weekend, holidays }: Calendar): boolean =>
  !weekend.includes(weekdayOf(day)) &&
  !holidays.includes(day) &&
  !holidays.includes(day.slice('YYYY-'.length));

/** Whether the moment lies on a day that is worked, whatever the hour. */
export const isBusinessDay = (at: number, calendar: Calendar): boolean =>
  isWorked(dayAt(at, calendar.timeZone), calendar);

/** The day itself when it is worked, else the next one that is. */
export function nextWorked(day: string, calendar: Calendar): string {
  for (let ahead = 0; ahead < LONGEST_BREAK_DAYS; ahead++) {
    const later = addDays(day, ahead);
    if (isWorked(later, calendar)) return later;
  }
  throw new Error(`the calendar has no business day in the ten years after ${day}`);
}

/** The moment itself when it is within working hours, else when the next ones begin. */
export function nextBusinessTime(at: number, calendar: Calendar): number {
  return Math.max(at, hoursFrom(at, calendar).begins);
}

/**
 * When so many hours of work have passed, by the clock that runs on: hours that spring skips are not worked, those that autumn repeats are worked twice.
 * What is full at the end of a day is due then, and not on the next morning.
 */
export function addBusinessHours(at: number, hours: number, calendar: Calendar): number {
  let left = hours * HOUR_MS;
  let from = at;
  for (;;) {
    const { begins, ends } = hoursFrom(from, calendar);
    const start = Math.max(from, begins);
    if (start + left <= ends) return start + left;
    left -= ends - start;
    from = ends;
  }
}

/** The working hours that are on at the moment, else the next ones. */
function hoursFrom(at: number, calendar: Calendar): { begins: number; ends: number } {
  const { timeZone, workingHours } = calendar;
  let day = nextWorked(dayAt(at, timeZone), calendar);
  for (;;) {
    const midnight = wallOfDay(day);
    const begins = momentOf(midnight + workingHours.from, timeZone);
    const ends = momentOf(midnight + workingHours.to, timeZone);
    // Of a day whose hours spring skips altogether nothing is worked.
    if (at < ends && begins < ends) return { begins, ends };
    day = nextWorked(addDays(day, 1), calendar);
  }
}
