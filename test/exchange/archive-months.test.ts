import { describe, expect, it } from 'vitest';
import { addMonths, dataMonth, lastDue, monthOf } from '../../src/exchange/archive/months.ts';

const at = (iso: string): number => Date.parse(iso);

describe('the month of a file', () => {
  it.each([
    ['the date in its name', '20260811_101500', '2026-09-03T10:00:00Z', '2026-08'],
    ['that in which it arrived, without one', null, '2026-09-03T10:00:00Z', '2026-09'],
    [
      'that in which it arrived where the name has no real date',
      '20260231',
      '2026-09-03T10:00:00Z',
      '2026-09',
    ],
    ['that in which it arrived where the name is ahead of it', '20991231', '2026-09-03T10:00:00Z', '2026-09'],
    ['that of a leap day', '20280229', '2028-03-01T00:00:00Z', '2028-02'],
    ['that of the clock on the wall, at its end', null, '2026-08-31T18:29:59Z', '2026-08'],
    ['the next one half an hour before midnight elsewhere', null, '2026-08-31T18:30:00Z', '2026-09'],
  ])('is %s', (_what, stamp, arrived, month) => {
    expect(dataMonth(stamp, at(arrived), 'Asia/Kolkata')).toBe(month);
  });
});

describe('a month is due', () => {
  it.each([
    ['2026-09-30T18:29:59Z', '2026-07'],
    ['2026-09-30T18:30:00Z', '2026-08'],
    ['2027-01-31T00:00:00Z', '2026-11'],
    ['2027-02-01T00:00:00Z', '2026-12'],
  ])('on the first of the second one after it: at %s the last is %s', (now, month) => {
    expect(lastDue(at(now), 'Asia/Kolkata', 2)).toBe(month);
  });

  it('whatever the clocks do to that night', () => {
    // Summer time ends on the 1st of November 2026 in New York.
    expect(monthOf(at('2026-11-01T03:59:59Z'), 'America/New_York')).toBe('2026-10');
    expect(monthOf(at('2026-11-01T04:00:00Z'), 'America/New_York')).toBe('2026-11');
  });

  it('counts over years', () => {
    expect(['2026-01', '2026-12'].map((month) => addMonths(month, -1))).toEqual(['2025-12', '2026-11']);
    expect(addMonths('2026-03', 22)).toBe('2028-01');
  });
});
