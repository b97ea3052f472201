import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DueWindows,
  dueWindows,
  stampOf,
  type WindowPolicy,
} from '../../src/exchange/exports/windows.ts';
import type { TimeWindow } from '../../src/ledger/port.ts';
import { lastTime } from '../../src/schedule/last-time.ts';
import { cronTimes } from '../../src/schedule/times.ts';

const [minute, hour] = [60_000, 3_600_000];
const at = (iso: string): number => Date.parse(iso);

const policy = (over: Partial<WindowPolicy> = {}): WindowPolicy => ({
  ...{ timeZone: 'Europe/Berlin', length: 'day', lagMs: 10 * minute, missed: 'each' },
  startsAt: at('2026-01-01T00:00:00+01:00'),
  lastTime: (now, after) => (now > after ? now : null),
  ...over,
});

const hours = ({ from, to }: TimeWindow): number => (to - from) / hour;
const shown = ({ skipped, files }: DueWindows): string[] => [
  ...(skipped ? [`skipped ${iso(skipped)}`] : []),
  ...files.map(iso),
];
const iso = ({ from, to }: TimeWindow): string =>
  [from, to].map((time) => new Date(time).toISOString().slice(0, 16)).join(' ');

describe('windows of days', () => {
  it('are due once they are over for as long as the lag, on the clock of the time zone', () => {
    const days = policy();
    expect(shown(dueWindows(days, null, at('2026-01-02T00:09:59+01:00')))).toEqual([]);
    expect(shown(dueWindows(days, null, at('2026-01-02T00:10:00+01:00')))).toEqual([
      '2025-12-31T23:00 2026-01-01T23:00',
    ]);
  });

  it('go on where the last one ends, one for each day that was missed', () => {
    const covered = at('2026-01-03T00:00:00+01:00');
    expect(shown(dueWindows(policy(), covered, at('2026-01-06T06:00:00+01:00')))).toEqual([
      '2026-01-02T23:00 2026-01-03T23:00',
      '2026-01-03T23:00 2026-01-04T23:00',
      '2026-01-04T23:00 2026-01-05T23:00',
    ]);
  });

  it('are one for all days that were missed, where that is wanted', () => {
    const one = policy({ missed: 'one' });
    expect(shown(dueWindows(one, null, at('2026-01-06T06:00:00+01:00')))).toEqual([
      '2025-12-31T23:00 2026-01-05T23:00',
    ]);
  });

  it('leave out all but the last day that was missed, where that is wanted, and say so', () => {
    const none = policy({ missed: 'none' });
    expect(shown(dueWindows(none, null, at('2026-01-06T06:00:00+01:00')))).toEqual([
      'skipped 2025-12-31T23:00 2026-01-04T23:00',
      '2026-01-04T23:00 2026-01-05T23:00',
    ]);
    expect(shown(dueWindows(none, null, at('2026-01-02T06:00:00+01:00')))).toEqual([
      '2025-12-31T23:00 2026-01-01T23:00',
    ]);
  });

  it.each([
    ['Europe/Berlin', '2026-03-28', 23],
    ['Europe/Berlin', '2026-10-24', 25],
    ['America/New_York', '2026-03-07', 23],
    ['America/New_York', '2026-10-31', 25],
    // Its clocks go forward at midnight, so that this day begins at one.
    ['Africa/Cairo', '2026-04-23', 23],
    ['Asia/Kolkata', '2026-03-28', 24],
  ])('in %s that of the day after %s has %i hours', (timeZone, before, length) => {
    const startsAt = at(`${before}T12:00:00Z`);
    const { files } = dueWindows(policy({ timeZone, startsAt }), null, startsAt + 96 * hour);
    expect(files.slice(1, 3).map(hours)).toContain(length);
    expect(files.slice(1).every((one) => [23, 24, 25].includes(hours(one)))).toBe(true);
  });
});

it('months are those of the calendar, leap days and changes of the clock included', () => {
  const months = policy({ length: 'month', startsAt: at('2028-01-01T00:00:00+01:00') });
  const { files } = dueWindows(months, null, at('2028-04-15T00:00:00Z'));
  expect(files.map(hours)).toEqual([31 * 24, 29 * 24, 31 * 24 - 1]);
});

describe('windows since the last one', () => {
  const since = (cron: string): WindowPolicy =>
    policy({
      length: 'since-last',
      lastTime: (now, after) => lastTime(cronTimes(cron, 'Europe/Berlin'), now, after),
    });

  it('end at the time of the schedule, less the lag, whenever it is asked', () => {
    const covered = at('2026-01-05T05:50:00+01:00');
    for (const now of ['2026-01-06T06:00:00+01:00', '2026-01-06T17:31:12.345+01:00']) {
      expect(shown(dueWindows(since('0 6 * * *'), covered, at(now)))).toEqual([
        '2026-01-05T04:50 2026-01-06T04:50',
      ]);
    }
  });

  it('are not due before the schedule comes again', () => {
    const covered = at('2026-01-06T05:50:00+01:00');
    expect(shown(dueWindows(since('0 6 * * *'), covered, at('2026-01-07T05:59:59+01:00')))).toEqual([]);
  });

  it('take in whatever was missed', () => {
    const covered = at('2026-01-05T05:50:00+01:00');
    expect(shown(dueWindows(since('0 6 * * *'), covered, at('2026-01-09T08:00:00+01:00')))).toEqual([
      '2026-01-05T04:50 2026-01-09T04:50',
    ]);
  });
});

it('nothing is due on a clock that was set back', () => {
  const covered = at('2026-01-05T00:00:00+01:00');
  expect(shown(dueWindows(policy(), covered, at('2025-06-01T00:00:00Z')))).toEqual([]);
});

it('a file is named after the end of its window, on the clock of the time zone', () => {
  const window = { from: at('2026-03-28T23:00:00Z'), to: at('2026-03-29T22:00:00Z') };
  expect(stampOf(window, 'Europe/Berlin')).toBe('20260330_000000');
  expect(stampOf(window, 'Asia/Kolkata')).toBe('20260330_033000');
});

it('over a year of runs at any times, windows follow each other without gap and overlap', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'UTC',
  ];
  const lengths = ['since-last', 'day', 'month'] as const;
  const pauses = fc.array(fc.integer({ min: 1, max: 20 * 24 * 3600 }), { minLength: 5, maxLength: 40 });
  const misseds = fc.constantFrom('each', 'one', 'none');
  fc.assert(
    fc.property(
      ...([fc.constantFrom(...zones), fc.constantFrom(...lengths), misseds, pauses] as const),
      (timeZone, length, missed, seconds) => {
        const one = policy({ timeZone, length, missed: length === 'since-last' ? 'each' : missed });
        let now = one.startsAt;
        let coveredTo: number | null = null;
        for (const pause of seconds) {
          now += pause * 1000;
          const { skipped, files } = dueWindows(one, coveredTo, now);
          for (const window of [...(skipped ? [skipped] : []), ...files]) {
            expect(window.from).toBe(coveredTo ?? one.startsAt);
            expect(window.to).toBeGreaterThan(window.from);
            expect(window.to).toBeLessThanOrEqual(now - one.lagMs);
            expect(window.to % 1000).toBe(0);
            coveredTo = window.to;
          }
          expect(shown(dueWindows(one, coveredTo, now))).toEqual([]);
        }
      },
    ),
    { numRuns: 100 },
  );
});
