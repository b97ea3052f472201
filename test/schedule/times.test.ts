import fc from 'fast-check';
import { createTask } from 'node-cron';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wallAt } from '../../src/base/wall-clock.ts';
import type { Calendar } from '../../src/schedule/calendar.ts';
import { type CronOptions, cronTimes, everyMinute } from '../../src/schedule/times.ts';

afterEach(() => vi.unstubAllEnvs());

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

/** The times of a schedule, in UTC; those at `from` itself are not counted. */
function timesOf(
  cron: string,
  timeZone: string,
  from: string,
  until: string,
  options: CronOptions = {},
): string[] {
  const times = cronTimes(cron, timeZone, options);
  const found: string[] = [];
  let at = times.next(Date.parse(from));
  for (; at !== null && at <= Date.parse(until); at = times.next(at)) found.push(new Date(at).toISOString());
  return found.map((text) => text.slice(0, 19));
}

describe('the hour that spring skips', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T00:50:00Z', '2026-03-29T01:00:00'],
    ['America/New_York', '2026-03-08T06:50:00Z', '2026-03-08T07:00:00'],
  ])('a time within it comes right behind it, once, in %s', (timeZone, from, run) => {
    const until = new Date(Date.parse(from) + 2 * hour).toISOString();
    expect(timesOf('30 2 * * *', timeZone, from, until)).toEqual([run]);
  });

  it('leaves no gap for a feed that looks every few minutes', () => {
    const times = timesOf('*/10 * * * *', 'Europe/Berlin', '2026-03-28T23:55:00Z', '2026-03-29T02:05:00Z');
    expect(times).toHaveLength(13);
  });
});

describe('the hour that autumn repeats', () => {
  it.each([
    ['Europe/Berlin', '2026-10-24T23:50:00Z', ['2026-10-25T00:30:00', '2026-10-25T01:30:00']],
    ['America/New_York', '2026-11-01T04:50:00Z', ['2026-11-01T05:30:00', '2026-11-01T06:30:00']],
  ])('a time within it comes twice in %s', (timeZone, from, runs) => {
    const at = timeZone === 'Europe/Berlin' ? '30 2 * * *' : '30 1 * * *';
    const until = new Date(Date.parse(from) + 3 * hour).toISOString();
    expect(timesOf(at, timeZone, from, until)).toEqual(runs);
  });

  it('is found a year ahead as well', () => {
    const runs = timesOf('30 2 25 10 *', 'Europe/Berlin', '2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z');
    expect(runs).toEqual(['2026-10-25T00:30:00', '2026-10-25T01:30:00']);
  });
});

describe('the time zone', () => {
  it.each(['UTC', 'Asia/Tokyo', 'America/New_York'])('is that of the job, on a machine in %s too', (host) => {
    vi.stubEnv('TZ', host);
    const runs = timesOf('0 6 * * *', 'Europe/Berlin', '2026-06-11T03:58:00Z', '2026-06-11T04:02:00Z');
    expect(runs).toEqual(['2026-06-11T04:00:00']);
  });

  it('may be off by a part of an hour', () => {
    const runs = timesOf('15 6 * * *', 'Asia/Kathmandu', '2026-06-11T00:28:00Z', '2026-06-11T00:32:00Z');
    expect(runs).toEqual(['2026-06-11T00:30:00']);
  });
});

it('knows the last days of months and leap days', () => {
  const year = ['2024-01-01T00:00:00Z', '2024-04-30T23:00:00Z'] as const;
  const ends = timesOf('0 12 L * *', 'UTC', ...year).map((time) => time.slice(0, 10));
  expect(ends).toEqual(['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30']);
  expect(timesOf('0 0 29 2 *', 'UTC', '2024-03-01T00:00:00Z', '2030-01-01T00:00:00Z')).toEqual([
    '2028-02-29T00:00:00',
  ]);
});

/** Second by second, as the wall shows it: slow, and plainly right. */
function bySeconds(cron: string, timeZone: string, from: number, until: number): number[] {
  const pattern = createTask(cron, () => undefined, { timezone: 'UTC' });
  const found: number[] = [];
  let before = wallAt(from, timeZone);
  for (let at = from + second; at <= until; at += second) {
    const shown = wallAt(at, timeZone);
    let matches = false;
    for (let wall = Math.min(before + second, shown); wall <= shown; wall += second)
      matches ||= pattern.match(new Date(wall));
    if (matches) found.push(at);
    before = shown;
  }
  return found;
}

it('finds the same times as somebody who looks at the wall every second', () => {
  const crons = ['*/7 * * * *', '30 2 * * *', '0 0,1,2,3 * * 0', '15 30 1-3 * 3,10,11 *', '0 2 8-14 3 *'];
  const changes = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-03-08T07:00:00Z'];
  fc.assert(
    fc.property(
      fc.constantFrom(...crons),
      fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
      fc.constantFrom(...changes, '2026-04-04T15:00:00Z', '2026-06-11T00:00:00Z'),
      fc.integer({ min: -2400, max: 0 }),
      (cron, timeZone, change, offset) => {
        const from = Date.parse(change) + offset * second;
        const until = from + 50 * minute;
        const times = cronTimes(cron, timeZone);
        const found: number[] = [];
        for (let at = times.next(from); at !== null && at <= until; at = times.next(at)) found.push(at);
        expect(found).toEqual(bySeconds(cron, timeZone, from, until));
      },
    ),
    { numRuns: 15 },
  );
});

const office: Calendar = {
  timeZone: 'Europe/Berlin',
  weekend: ['saturday', 'sunday'],
  holidays: ['2024-05-01', '12-25', '12-26'],
  workingHours: { from: 9 * hour, to: 17 * hour },
};

describe('on days that are not worked', () => {
  const times = (onNonBusinessDay: 'skip' | 'next' | 'run', cron = '0 8 * * *') =>
    timesOf(cron, 'Europe/Berlin', '2024-12-23T12:00:00Z', '2024-12-30T12:00:00Z', {
      calendar: { calendar: office, onNonBusinessDay },
    }).map((time) => time.slice(5, 13));

  it('times are left out', () => {
    expect(times('skip')).toEqual(['12-24T07', '12-27T07', '12-30T07']);
  });

  it('or come at the same hour of the next day that is worked, once', () => {
    expect(times('next', '0 8 * * 0,3')).toEqual(['12-27T07', '12-30T07']);
    expect(times('next')).toEqual(['12-24T07', '12-27T07', '12-30T07']);
  });

  it('or are kept', () => {
    expect(times('run')).toHaveLength(7);
  });

  it('a schedule that has no other days never runs', () => {
    const options = { calendar: { calendar: office, onNonBusinessDay: 'skip' as const } };
    expect(cronTimes('0 8 * * 6', 'Europe/Berlin', options).next(0)).toBeNull();
  });
});

describe('jitter', () => {
  const jittered = (name: string, cron = '*/5 * * * *') =>
    cronTimes(cron, 'Europe/Berlin', { jitter: { upToMs: minute, name } });
  const plain = cronTimes('*/5 * * * *', 'Europe/Berlin');
  const moments = fc.integer({ min: 0, max: 2_000_000_000 }).map((seconds) => seconds * second);

  it('puts each time off by less than its bound, and never the order of times', () => {
    fc.assert(
      fc.property(moments, (from) => {
        let [at, exact] = [from, plain.next(from - minute) ?? 0];
        for (let n = 0; n < 5; n++) {
          at = jittered('acme-sales').next(at) ?? 0;
          if (at - exact >= minute) exact = plain.next(exact) ?? 0;
          expect(at - exact).toBeGreaterThanOrEqual(0);
          expect(at - exact).toBeLessThan(minute);
          exact = plain.next(exact) ?? 0;
        }
      }),
    );
  });

  it('is the same every time, and another one for another job', () => {
    const at = Date.parse('2024-06-11T06:00:01Z');
    expect(jittered('acme-sales').next(at)).toBe(jittered('acme-sales').next(at));
    const first = Array.from({ length: 20 }, (_, n) => jittered(`feed-${n}`, '0 6 * * *').next(at - day));
    expect(new Set(first).size).toBeGreaterThan(15);
  });
});

it('every minute is every minute of a schedule, in every zone', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.parse('2024-01-01'), max: Date.parse('2030-01-01') }),
      fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe'),
      (after, timeZone) => {
        expect(everyMinute.next(after)).toBe(cronTimes('* * * * *', timeZone).next(after));
      },
    ),
  );
});
