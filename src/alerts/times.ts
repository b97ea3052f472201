/** Times of day in a time zone. Pure. */
import { DateTime } from 'luxon';

export interface QuietHours {
  /** `HH:MM`; over midnight when `from` is later than `to`. */
  from: string;
  to: string;
  timeZone: string;
}

export function isQuiet({ from, to, timeZone }: QuietHours, now: number): boolean {
  const time = DateTime.fromMillis(now, { zone: timeZone }).toFormat('HH:mm');
  return from <= to ? time >= from && time < to : time >= from || time < to;
}

/** The last time that a clock there has shown `HH:MM`, and the one before. */
export function lastTwo(at: string, timeZone: string, now: number): { previous: DateTime; last: DateTime } {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const today = DateTime.fromMillis(now, { zone: timeZone }).startOf('day').set({ hour, minute });
  const back = today.toMillis() <= now ? 0 : 1;
  const on = (daysAgo: number): DateTime =>
    DateTime.fromMillis(now, { zone: timeZone })
      .startOf('day')
      .minus({ days: back + daysAgo })
      .set({ hour, minute });
  return { previous: on(1), last: on(0) };
}
