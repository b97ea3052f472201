import type { Clock } from '../base/clock.ts';
import type { Times } from './times.ts';

export interface Job {
  name: string;
  times: Times;
  /** What becomes of times that passed before the start, or while the process stood still: one run for all of them, or none. */
  catchUp: 'run' | 'skip';
  /** Never throws. */
  run(): Promise<void>;
}

export interface Schedule {
  /** Runs the job of this name now; one that runs already once more after that, since it may have looked too early. */
  now(name: string): void;
  /** Fires no more and waits for what runs. */
  stop(): Promise<void>;
}

/** The clock may be set, and the machine may sleep: neither is noticed while waiting. */
const LOOK_EVERY_MS = 60_000;
/** A time that is noticed later than this was missed; waiting and a busy process explain no more. */
const LATE_MS = 2 * LOOK_EVERY_MS;

/**
 * Runs each job that catches up once at start, and then all at their times. A job never overlaps itself: a time that falls into its own run is left out,
 * since every run looks at everything there is. For the same reason all the times that passed while the process stood still are made up for by one run.
 */
export function startSchedule(jobs: readonly Job[], clock: Clock): Schedule {
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const stopping = new AbortController();
  const fire = (job: Job): void => {
    if (running.has(job.name)) return;
    const run = job.run().finally(() => {
      running.delete(job.name);
      if (again.delete(job.name) && !stopping.signal.aborted) fire(job);
    });
    running.set(job.name, run);
  };
  const timing = keepTime(jobs, clock, fire, stopping.signal);
  return {
    now(name) {
      const job = jobs.find((one) => one.name === name);
      if (!job || stopping.signal.aborted) return;
      if (running.has(name)) again.add(name);
      else fire(job);
    },
    async stop() {
      stopping.abort();
      await timing;
      await Promise.all(running.values());
    },
  };
}

async function keepTime(
  jobs: readonly Job[],
  clock: Clock,
  fire: (job: Job) => void,
  stopped: AbortSignal,
): Promise<void> {
  let last = clock.now();
  const timed = jobs.map((job) => ({ job, due: job.times.next(last) }));
  for (const { job } of timed) if (job.catchUp === 'run' && job.times.mayRunAt(last)) fire(job);
  while (!stopped.aborted) {
    const soonest = Math.min(last + LOOK_EVERY_MS, ...timed.flatMap(({ due }) => due ?? []));
    const asleep = clock.sleep(Math.max(0, soonest - clock.now()), stopped);
    if (!(await asleep.then(() => true, isOver))) return;
    const now = clock.now();
    for (const each of timed) {
      const { job, due } = each;
      // A clock that was set back shows its times again.
      if (now < last) each.due = job.times.next(now);
      else if (due !== null && due <= now) {
        if (isToRun(job, due, now)) fire(job);
        each.due = job.times.next(now);
      }
    }
    last = now;
  }

  function isOver(error: unknown): false {
    if (!stopped.aborted) throw error;
    return false;
  }
}

/** @param due the first time that has passed */
function isToRun({ times, catchUp }: Job, due: number, now: number): boolean {
  if (now - due <= LATE_MS) return true;
  if (catchUp === 'run') return times.mayRunAt(now);
  const latest = times.next(now - LATE_MS);
  return latest !== null && latest <= now;
}
