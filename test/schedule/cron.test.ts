import { afterEach, expect, it, vi } from 'vitest';
import { type Schedule, startSchedule } from '../../src/schedule/cron.ts';

let schedule: Schedule;
afterEach(() => schedule.stop());

const everySecond = { name: 'acme-sales', cron: '* * * * * *', timeZone: 'Europe/Berlin' };

it('runs once at start, before the first time comes', async () => {
  let runs = 0;
  schedule = startSchedule([{ ...everySecond, cron: '0 0 1 1 *', run: async () => void runs++ }]);
  await vi.waitFor(() => expect(runs).toBe(1));
});

it('runs again at its times', async () => {
  let runs = 0;
  schedule = startSchedule([{ ...everySecond, run: async () => void runs++ }]);
  await vi.waitFor(() => expect(runs).toBeGreaterThan(1), 5000);
});

it('never overlaps a job with itself, and waits for it when it is stopped', async () => {
  let [running, most, begun, ended] = [0, 0, 0, 0];
  let release = (): void => {};
  const run = async (): Promise<void> => {
    begun++;
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    running--;
    ended++;
  };
  // A second job with the same times shows that they came while the first was still at it.
  let times = 0;
  schedule = startSchedule([
    { ...everySecond, run },
    { ...everySecond, name: 'other', run: async () => void times++ },
  ]);
  await vi.waitFor(() => expect(times).toBeGreaterThan(2), 6000);
  expect([begun, most]).toEqual([1, 1]);
  const stopped = schedule.stop();
  expect(ended).toBe(0);
  release();
  await stopped;
  expect(ended).toBe(1);
});

it('runs a job when it is told to, once more after the run that it is told in, and not after its end', async () => {
  const ends: (() => void)[] = [];
  const run = () => new Promise<void>((resolve) => ends.push(resolve));
  schedule = startSchedule([{ ...everySecond, cron: '0 0 1 1 *', run }]);
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
