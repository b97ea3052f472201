/**
 * What clocks on the wall show, daylight saving included. A *wall time* is the epoch millisecond at which a clock in UTC shows the same; a *day* is
 * `YYYY-MM-DD`. Pure.
 */
import { IANAZone } from 'luxon';

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** What a clock of the time zone shows. */
export const wallAt = (at: number, timeZone: string): number => at + offsetAt(at, timeZone);

/** How far it is ahead of UTC, in milliseconds. */
const offsetAt = (at: number, timeZone: string): number => IANAZone.create(timeZone).offset(at) * MINUTE_MS;

/** The first moment at which a clock of the time zone shows this wall time. Of one that spring skips, the end of the gap. */
export function momentOf(wall: number, timeZone: string): number {
  const offsets = [-2 * DAY_MS, 2 * DAY_MS].map((away) => offsetAt(wall + away, timeZone));
  const [first, second] = [wall - Math.max(...offsets), wall - Math.min(...offsets)];
  if (wallAt(first, timeZone) === wall) return first;
  if (wallAt(second, timeZone) === wall) return second;
  return firstThat((at) => wallAt(at, timeZone) >= wall, first, second);
}

/** When the offset of the time zone changes first after `from`, up to `to`; `null` when it does not. At most one change lies within a day. */
export function changeBetween(from: number, to: number, timeZone: string): number | null {
  const before = offsetAt(from, timeZone);
  if (offsetAt(to, timeZone) === before) return null;
  return firstThat((at) => offsetAt(at, timeZone) !== before, from, to);
}

/** Whether clocks of the time zone are never set: neither within ten years from then, nor, as far as anybody has decided, later. */
export function isNeverSet(timeZone: string, from: number): boolean {
  const offset = offsetAt(from, timeZone);
  const looks = Array.from({ length: (10 * 366) / 14 }, (_, index) => from + index * 14 * DAY_MS);
  return looks.every((at) => offsetAt(at, timeZone) === offset);
}

/** @param after where it does not hold yet; at `until` it does, and from the first moment on without a break */
function firstThat(holds: (at: number) => boolean, after: number, until: number): number {
  let [low, high] = [after, until];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The day of a wall time. */
export const dayOfWall = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

/** The day that a calendar on the wall of the time zone shows. */
export const dayAt = (at: number, timeZone: string): string => dayOfWall(wallAt(at, timeZone));

/** The wall time of midnight at the beginning of the day. */
export const wallOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** So many days later; earlier when negative. */
export const addDays = (day: string, count: number): string => dayOfWall(wallOfDay(day) + count * DAY_MS);

/** As `Date` counts them. */
export const weekdays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

export type Weekday = (typeof weekdays)[number];

export const weekdayOf = (day: string): Weekday =>
  // Every day is one of the seven.
  weekdays[new Date(wallOfDay(day)).getUTCDay()] as Weekday;
