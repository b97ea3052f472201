/** Which month a file belongs to, and when a month is to be archived. Pure; months are `YYYY-MM` on the clock of a time zone. */

export type Month = string;

/** The month that a clock on the wall of the time zone shows. */
export function monthOf(at: number, timeZone: string): Month {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}`;
}

/** So many months later; earlier when negative. */
export function addMonths(month: Month, count: number): Month {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const months = year * 12 + number - 1 + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`;
}

/**
 * The month of the date in a file's name, else that in which it arrived. A date after the arrival is none: such a file would not be archived for years.
 * @param stamp begins with `YYYYMMDD`; `null` when the name has none
 */
export function dataMonth(stamp: string | null, arrivedAt: number, timeZone: string): Month {
  const arrived = monthOf(arrivedAt, timeZone);
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})/.exec(stamp ?? '') ?? [];
  const named = `${year}-${month}`;
  return isDate(Number(year), Number(month), Number(day)) && named <= arrived ? named : arrived;
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/**
 * The newest month that is to be archived by now: that of August on the 1st of October, with two months.
 * @param after how many months a month begins before its archive is made
 */
export const lastDue = (now: number, timeZone: string, after: number): Month =>
  addMonths(monthOf(now, timeZone), -after);
