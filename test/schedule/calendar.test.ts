import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayAt, wallAt, wallOfDay, weekdayOf } from '../../src/base/wall-clock.ts';
import {
  addBusinessHours,
  type Calendar,
  isBusinessDay,
  isWorked,
  nextBusinessTime,
  nextWorked,
} from '../../src/schedule/calendar.ts';

const hour = 3_600_000;
const berlin: Calendar = {
  timeZone: 'Europe/Berlin',
  weekend: ['saturday', 'sunday'],
  holidays: ['12-25', '12-26', '2024-03-29', '02-29'],
  workingHours: { from: 9 * hour, to: 17 * hour },
};
const nights: Calendar = { ...berlin, weekend: [], workingHours: { from: 0, to: 24 * hour } };
const at = (iso: string): number => Date.parse(iso);
const iso = (moment: number): string => new Date(moment).toISOString().slice(0, 16);

describe('a day', () => {
  it.each([
    ['2024-06-11', true],
    ['2024-06-15', false],
    ['2024-03-29', false],
    ['2025-03-28', true],
    ['2024-12-25', false],
    ['2031-12-25', false],
    ['2024-02-29', false],
    ['2024-02-28', true],
  ])('%s is worked: %s', (day, worked) => {
    expect(isWorked(day, berlin)).toBe(worked);
  });

  it('is that of the calendar’s time zone', () => {
    expect(isBusinessDay(at('2024-06-14T21:59:00Z'), berlin)).toBe(true);
    expect(isBusinessDay(at('2024-06-14T22:01:00Z'), berlin)).toBe(false);
  });

  it('that is not worked is followed by one that is', () => {
    expect(nextWorked('2024-12-25', berlin)).toBe('2024-12-27');
    expect(nextWorked('2024-12-27', berlin)).toBe('2024-12-27');
  });

  it('is never found in a calendar that has none, and that is said', () => {
    const all = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
    expect(() => nextWorked('2024-06-11', { ...berlin, weekend: all })).toThrow('no business day');
  });
});

describe('the next business time', () => {
  it.each([
    ['within working hours it is now', '2024-06-11T10:00:00Z', '2024-06-11T10:00'],
    ['before them it is when they begin', '2024-06-11T05:00:00Z', '2024-06-11T07:00'],
    ['at their end it is the next day', '2024-06-11T15:00:00Z', '2024-06-12T07:00'],
    ['over a weekend with a change of the clocks', '2024-03-28T16:00:00Z', '2024-04-01T07:00'],
  ])('%s', (_what, from, next) => {
    expect(iso(nextBusinessTime(at(from), berlin))).toBe(next);
  });
});

describe('business hours', () => {
  it.each([
    ['within a day', '2024-06-11T08:00:00Z', 4, '2024-06-11T12:00'],
    ['that are full at the end of a day', '2024-06-11T11:00:00Z', 4, '2024-06-11T15:00'],
    ['over night', '2024-06-11T13:00:00Z', 4, '2024-06-12T09:00'],
    ['over a weekend', '2024-06-14T14:00:00Z', 2, '2024-06-17T08:00'],
    ['from a weekend on', '2024-06-15T14:00:00Z', 1, '2024-06-17T08:00'],
    ['over Christmas', '2024-12-24T15:00:00Z', 2, '2024-12-27T09:00'],
    ['none from a weekend on', '2024-06-15T14:00:00Z', 0, '2024-06-17T07:00'],
  ])('%s', (_what, from, hours, ends) => {
    expect(iso(addBusinessHours(at(from), hours, berlin))).toBe(ends);
  });

  it('of a night in which the clocks are put forward are one less, and one more in autumn', () => {
    const spring = at('2024-03-30T23:00:00Z');
    expect(iso(addBusinessHours(spring, 23, nights))).toBe('2024-03-31T22:00');
    const autumn = at('2024-10-26T22:00:00Z');
    expect(iso(addBusinessHours(autumn, 25, nights))).toBe('2024-10-27T23:00');
  });
});

const calendars = fc.record<Calendar>({
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
  weekend: fc.subarray(['friday', 'saturday', 'sunday'] as const),
  holidays: fc.subarray(['01-01', '02-29', '12-25', '2024-05-01', '2024-10-03']),
  workingHours: fc.constantFrom(
    { from: 9 * hour, to: 17 * hour },
    { from: 0, to: 24 * hour },
    { from: 2 * hour, to: 3 * hour },
  ),
});
const moments = fc
  .integer({ min: at('2023-12-01T00:00:00Z') / 1000, max: at('2025-02-01T00:00:00Z') / 1000 })
  .map((seconds) => seconds * 1000);

describe('of every calendar and moment', () => {
  it('the next business time is in working hours, not before the moment, and its own next one', () => {
    fc.assert(
      fc.property(moments, calendars, (moment, calendar) => {
        const next = nextBusinessTime(moment, calendar);
        expect(next).toBeGreaterThanOrEqual(moment);
        expect(nextBusinessTime(next, calendar)).toBe(next);
        expect(isBusinessDay(next, calendar)).toBe(true);
        const wall = wallAt(next, calendar.timeZone) - wallOfDay(dayAt(next, calendar.timeZone));
        const { from, to } = calendar.workingHours;
        expect(wall).toBeGreaterThanOrEqual(from);
        expect(wall).toBeLessThan(to);
      }),
    );
  });

  it('business hours add up, and take at least as long as they are', () => {
    fc.assert(
      fc.property(moments, calendars, fc.nat(40), fc.nat(40), (moment, calendar, some, more) => {
        const once = addBusinessHours(moment, some + more, calendar);
        const twice = addBusinessHours(addBusinessHours(moment, some, calendar), more, calendar);
        // No hours at all from the end of a day lead to the next morning.
        expect(nextBusinessTime(twice, calendar)).toBe(nextBusinessTime(once, calendar));
        expect(once - moment).toBeGreaterThanOrEqual((some + more) * hour);
      }),
    );
  });

  it('a worked day is no weekend and no holiday, and every other day is one of the two', () => {
    fc.assert(
      fc.property(fc.nat(800), calendars, (ahead, calendar) => {
        const day = addDays('2023-12-01', ahead);
        const free =
          calendar.weekend.includes(weekdayOf(day)) ||
          calendar.holidays.some((holiday) => day.endsWith(holiday));
        expect(isWorked(day, calendar)).toBe(!free);
      }),
    );
  });
});
