import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastTime } from '../../src/schedule/last-time.ts';
import { cronTimes } from '../../src/schedule/times.ts';

const at = (iso: string): number => Date.parse(iso);
const last = (
  cron: string,
  timeZone: string,
  until: string,
  after = '2020-01-01T00:00:00Z',
): string | null => {
  const found = lastTime(cronTimes(cron, timeZone), at(until), at(after));
  return found === null ? null : new Date(found).toISOString().slice(0, 19);
};

describe('the last time of a schedule', () => {
  it('is the very second, also that of now', () => {
    expect(last('0 6 * * *', 'Asia/Kolkata', '2026-01-05T00:29:59Z')).toBe('2026-01-04T00:30:00');
    expect(last('0 6 * * *', 'Asia/Kolkata', '2026-01-05T00:30:00Z')).toBe('2026-01-05T00:30:00');
    expect(last('*/20 59 23 * * *', 'UTC', '2026-01-05T12:00:00Z')).toBe('2026-01-04T23:59:40');
  });

  it('is none when the schedule did not come up since', () => {
    expect(last('0 6 * * *', 'UTC', '2026-01-05T05:59:59Z', '2026-01-04T06:00:00Z')).toBeNull();
    expect(last('0 6 * * *', 'UTC', '2026-01-05T06:00:00Z', '2026-01-05T06:00:00Z')).toBeNull();
    expect(last('0 6 * * *', 'UTC', '2026-01-04T06:00:00Z', '2026-01-05T06:00:00Z')).toBeNull();
  });

  it('is found years ago', () => {
    expect(last('30 4 29 2 *', 'Europe/Berlin', '2026-06-01T00:00:00Z')).toBe('2024-02-29T03:30:00');
  });

  it('that spring skips is right behind the gap, and in autumn it is the second one', () => {
    expect(last('30 2 * * *', 'Europe/Berlin', '2026-03-29T12:00:00Z')).toBe('2026-03-29T01:00:00');
    expect(last('30 2 * * *', 'Europe/Berlin', '2026-10-25T12:00:00Z')).toBe('2026-10-25T01:30:00');
    expect(last('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:29:59Z')).toBe('2026-10-25T00:30:00');
  });

  it('is the one behind which none comes until then', () => {
    const crons = [
      '0 6 * * *',
      '*/7 * * * *',
      '15,45 2 * * *',
      '0 0 * * 0',
      '30 1,2,3 * * *',
      '59 59 23 * * *',
    ];
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];
    const moments = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') });
    fc.assert(
      fc.property(fc.constantFrom(...crons), fc.constantFrom(...zones), moments, (cron, zone, until) => {
        const times = cronTimes(cron, zone);
        const found = lastTime(times, until, until - 10 * 86_400_000) ?? Number.NaN;
        expect(found).toBeLessThanOrEqual(until);
        expect(times.next(found - 1000)).toBe(found);
        expect(times.next(found)).toBeGreaterThan(until);
      }),
    );
  });
});
