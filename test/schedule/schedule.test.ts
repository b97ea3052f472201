import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Job, type Schedule, startSchedule } from '../../src/schedule/schedule.ts';
import { type CronOptions, cronTimes } from '../../src/schedule/times.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const [minute, hour] = [60_000, 3_600_000];
let clock: SimulatedClock;
let schedule: Schedule;
beforeEach(() => {
  clock = new SimulatedClock('2024-06-11T04:00:01Z');
});
afterEach(() => schedule.stop());

const daily = { name: 'acme-sales', times: cronTimes('0 6 * * *', 'Europe/Berlin'), catchUp: 'run' } as const;

/** The times at which a job runs from now on. */
function start(cron: string, options: CronOptions & Partial<Job> = {}): string[] {
  const runs: string[] = [];
  const run = async (): Promise<void> => {
    runs.push(new Date(clock.now()).toISOString().slice(0, 19));
  };
  const times = cronTimes(cron, 'Europe/Berlin', options);
  schedule = startSchedule([{ name: 'acme-sales', catchUp: 'run', ...options, times, run }], clock);
  return runs;
}

describe('a job', () => {
  it('runs at its times on the clock of this machine', async () => {
    let runs = 0;
    const times = cronTimes('* * * * * *', 'Europe/Berlin');
    schedule = startSchedule([{ ...daily, times, run: async () => void runs++ }], systemClock);
    await vi.waitFor(() => expect(runs).toBeGreaterThan(1), 5000);
  });

  it('runs once at start, before its first time comes', async () => {
    const runs = start('0 6 * * *');
    expect(runs).toHaveLength(1);
    await clock.passUntil('2024-06-13T04:00:00Z');
    expect(runs.slice(1)).toEqual(['2024-06-12T04:00:00', '2024-06-13T04:00:00']);
  });

  it('that does not catch up waits for its time', async () => {
    const runs = start('0 6 * * *', { catchUp: 'skip' });
    await clock.passUntil('2024-06-12T04:00:00Z');
    expect(runs).toEqual(['2024-06-12T04:00:00']);
  });

  it('does not run at start on a day that its calendar leaves out', async () => {
    const holidays = ['2024-06-11'];
    const workingHours = { from: 0, to: 24 * hour };
    const calendar = { timeZone: 'Europe/Berlin', weekend: [], holidays, workingHours };
    const runs = start('0 */6 * * *', { calendar: { calendar, onNonBusinessDay: 'skip' } });
    await clock.passUntil('2024-06-12T01:00:00Z');
    expect(runs).toEqual(['2024-06-11T22:00:00']);
  });

  it('never overlaps itself, and is waited for when the schedule stops', async () => {
    let [begun, ended] = [0, 0];
    let release = (): void => {};
    const run = async (): Promise<void> => {
      begun++;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      ended++;
    };
    let times = 0;
    const other = { ...daily, name: 'other', run: async () => void times++ };
    schedule = startSchedule([{ ...daily, run }, other], clock);
    await clock.passUntil('2024-06-14T05:00:00Z');
    expect([begun, times]).toEqual([1, 4]);
    const stopped = schedule.stop();
    expect(ended).toBe(0);
    release();
    await stopped;
    expect(ended).toBe(1);
  });

  it('runs when it is told to, once more after the run that it is told in, and not after its end', async () => {
    const ends: (() => void)[] = [];
    const run = () => new Promise<void>((resolve) => ends.push(resolve));
    schedule = startSchedule([{ ...daily, run }], clock);
    expect(ends).toHaveLength(1);
    for (let time = 0; time < 3; time++) schedule.now('acme-sales');
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    ends[1]?.();
    await vi.waitFor(() => {
      schedule.now('acme-sales');
      expect(ends.length).toBeGreaterThan(2);
    });
    const stopped = schedule.stop();
    schedule.now('acme-sales');
    for (const end of ends) end();
    await stopped;
    const then = ends.length;
    schedule.now('acme-sales');
    expect(ends).toHaveLength(then);
  });
});

describe('a clock that does not just go on', () => {
  /** The process stands still while the time goes on, as after SIGSTOP or on a machine that sleeps. */
  const standStill = async (ms: number): Promise<void> => {
    clock.jump(ms);
    await clock.passUntil(clock.now() + minute);
  };

  it.each([
    ['over several times', '*/2 * * * *', 10 * minute],
    ['over the only time of the day', '5 6 * * *', 10 * minute],
    ['for days', '0 4 * * *', 72 * hour],
  ])('a process that stood still %s makes up for it with one run', async (_what, cron, ms) => {
    const runs = start(cron);
    await standStill(ms);
    expect(runs).toHaveLength(2);
  });

  it('a job that does not catch up runs only for what is not long past', async () => {
    const runs = start('5 6 * * *', { catchUp: 'skip' });
    await standStill(10 * minute);
    expect(runs).toEqual([]);
    clock.jump(Date.parse('2024-06-12T04:04:30Z') - clock.now());
    await clock.passUntil(clock.now() + 2 * minute);
    expect(runs).toHaveLength(1);
  });

  it('a process that stood still between two times has nothing to make up for', async () => {
    const runs = start('0 * * * *');
    await standStill(10 * minute);
    expect(runs).toHaveLength(1);
  });

  it('a clock that is set back does not stop the schedule', async () => {
    const runs = start('*/5 * * * *');
    clock.jump(-24 * hour);
    await clock.passUntil('2024-06-10T04:06:00Z');
    expect(runs.slice(1)).toEqual(['2024-06-10T04:05:00']);
  });
});
