/** What happens in the year, in the time of the partner. */
import { momentOf, wallOfDay } from '../../src/base/wall-clock.ts';
import type { Calendar } from '../../src/schedule/calendar.ts';

export const hour = 3_600_000;
export const timeZone = 'Europe/Berlin';

export const calendar: Omit<Calendar, 'workingHours'> = {
  timeZone,
  weekend: ['saturday', 'sunday'],
  holidays: [
    ...['01-01', '05-01', '10-03', '12-25', '12-26'],
    ...['2024-03-29', '2024-04-01', '2024-05-09', '2024-05-20'],
  ],
};

export interface Span {
  from: string;
  to: string;
}

export const story = {
  begins: '2023-12-31 13:00',
  /** The partner sends a file on every worked day of these. */
  drops: { from: '2024-01-01', to: '2025-01-31' },
  /** When the year is archived, which is in the second February. */
  ends: '2025-02-03 00:00',

  /** Over the night in which the clocks are put forward, the end of a month, and Easter Monday. */
  serverGone: { from: '2024-03-30 12:00', to: '2024-04-02 12:00' },
  /** In the middle of that: what began before is told, what goes on is not. */
  mailGone: { from: '2024-03-31 20:00', to: '2024-04-01 10:30' },
  late: { day: '2024-05-14', at: '11:00' },
  /** Over Good Friday and Easter Monday, so within two business days; and over Whit Monday, so not. */
  answeredOn: { '2024-03-28': '2024-04-02', '2024-05-17': '2024-05-22' } as Readonly<Record<string, string>>,
  targetDown: { from: '2024-06-17 05:00', to: '2024-06-17 12:30' },
  /** From before it until after it: nobody can be told of it until it is over. */
  mailGoneAgain: { from: '2024-06-17 04:00', to: '2024-06-17 16:30' },
  skipped: '2024-07-09',
  /** Over the night in which the clocks are put back. */
  officeGone: { from: '2024-10-26 22:30', to: '2024-10-27 10:30' },
  weGone: { from: '2024-10-27 15:00', to: '2024-10-30 15:00' },
} as const;

/** `YYYY-MM-DD HH:MM` on the partner's clock. */
export function at(time: string): number {
  const [day = '', clock = ''] = time.split(' ');
  return momentOf(wallOfDay(day) + Date.parse(`1970-01-01T${clock}Z`), timeZone);
}

export const isWithin = (moment: number, { from, to }: Span): boolean =>
  moment >= at(from) && moment < at(to);
