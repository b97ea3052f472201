/** Times that a clock skips or repeats, and clocks that are set, with time that a test moves. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Schedule, startSchedule } from '../../src/schedule/cron.ts';

const [second, minute, hour] = [1000, 60_000, 3_600_000];
let schedule: Schedule | null = null;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(async () => {
  await schedule?.stop();
  schedule = null;
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** When a job runs by this schedule, in UTC, apart from the run at the start. */
async function runsOf(cron: string, timeZone: string, from: string, until: string): Promise<string[]> {
  const runs = startAt(from, cron, timeZone);
  await vi.advanceTimersByTimeAsync(Date.parse(until) - Date.parse(from));
  return runs;
}

function startAt(from: string, cron: string, timeZone: string): string[] {
  vi.setSystemTime(new Date(from));
  const runs: string[] = [];
  const run = async (): Promise<void> => {
    runs.push(new Date().toISOString().slice(0, 19));
  };
  schedule = startSchedule([{ name: 'acme-sales', cron, timeZone, run }]);
  runs.length = 0;
  return runs;
}

describe('the hour that spring skips', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T00:50:00Z', '2026-03-29T01:00:00'],
    ['America/New_York', '2026-03-08T06:50:00Z', '2026-03-08T07:00:00'],
  ])('a time within it comes right behind it, once, in %s', async (timeZone, from, run) => {
    const until = new Date(Date.parse(from) + 2 * hour).toISOString();
    expect(await runsOf('30 2 * * *', timeZone, from, until)).toEqual([run]);
  });

  it('is one run for many times within it', async () => {
    expect(
      await runsOf('*/5 2 * * *', 'Europe/Berlin', '2026-03-29T00:50:00Z', '2026-03-29T03:00:00Z'),
    ).toEqual(['2026-03-29T01:00:00']);
  });

  it('makes no difference to times around it', async () => {
    expect(
      await runsOf('*/20 * * * *', 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'),
    ).toEqual(['2026-03-29T00:40:00', '2026-03-29T01:00:00', '2026-03-29T01:20:00']);
  });
});

describe('the hour that autumn repeats', () => {
  it.each([
    ['Europe/Berlin', '2026-10-24T23:50:00Z', ['2026-10-25T00:30:00', '2026-10-25T01:30:00']],
    ['America/New_York', '2026-11-01T04:50:00Z', ['2026-11-01T05:30:00', '2026-11-01T06:30:00']],
  ])('a time within it comes twice in %s', async (timeZone, from, runs) => {
    const at = timeZone === 'Europe/Berlin' ? '30 2 * * *' : '30 1 * * *';
    const until = new Date(Date.parse(from) + 3 * hour).toISOString();
    expect(await runsOf(at, timeZone, from, until)).toEqual(runs);
  });

  it('has no gap for a feed that looks every few minutes', async () => {
    const runs = await runsOf(
      '*/10 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:55:00Z',
      '2026-10-25T02:05:00Z',
    );
    expect(runs).toHaveLength(13);
  });

  it('overlaps no run that still goes on', async () => {
    vi.setSystemTime(new Date('2026-10-25T00:29:00Z'));
    let [begun, release] = [0, (): void => {}];
    const run = (): Promise<void> => {
      begun++;
      return new Promise((resolve) => {
        release = resolve;
      });
    };
    schedule = startSchedule([{ name: 'acme-sales', cron: '30 2 * * *', timeZone: 'Europe/Berlin', run }]);
    await vi.advanceTimersByTimeAsync(2 * hour);
    expect(begun).toBe(1);
    release();
  });
});

describe('the time zone', () => {
  it.each(['UTC', 'Asia/Tokyo', 'America/New_York'])(
    'is that of the feed, on a machine in %s as well',
    async (host) => {
      vi.stubEnv('TZ', host);
      expect(
        await runsOf('0 6 * * *', 'Europe/Berlin', '2026-06-11T03:58:00Z', '2026-06-11T04:02:00Z'),
      ).toEqual(['2026-06-11T04:00:00']);
    },
  );

  it('may be off by a part of an hour', async () => {
    expect(
      await runsOf('15 6 * * *', 'Asia/Kathmandu', '2026-06-11T00:28:00Z', '2026-06-11T00:32:00Z'),
    ).toEqual(['2026-06-11T00:30:00']);
  });
});

describe('a clock that does not just go on', () => {
  /** The process stands still while the time goes on, as after SIGSTOP or on a machine that sleeps. */
  const standStill = async (ms: number): Promise<void> => {
    vi.setSystemTime(Date.now() + ms);
    await vi.advanceTimersByTimeAsync(2 * second);
  };

  it.each([
    ['over several times', '* * * * *', 10 * minute],
    ['over the only time of the day', '5 6 * * *', 10 * minute],
    ['for days', '0 0 1 1 *', 72 * hour],
  ])('a process that stood still %s makes up for it with one run', async (_what, cron, ms) => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const runs = startAt('2026-06-11T04:00:01Z', cron, 'Europe/Berlin');
    await standStill(ms);
    expect(runs).toHaveLength(1);
    expect(warned).not.toHaveBeenCalled();
  });

  it('a process that stood still between two times has nothing to make up for', async () => {
    const runs = startAt('2026-06-11T04:00:01Z', '0 * * * *', 'Europe/Berlin');
    await standStill(10 * minute);
    expect(runs).toEqual([]);
  });

  it('a clock that is set back does not stop the schedule', async () => {
    const runs = startAt('2026-06-11T04:00:01Z', '*/5 * * * *', 'Europe/Berlin');
    vi.setSystemTime(new Date('2026-06-10T04:00:01Z'));
    await vi.advanceTimersByTimeAsync(6 * minute);
    expect(runs).toEqual(['2026-06-10T04:05:00']);
  });
});
