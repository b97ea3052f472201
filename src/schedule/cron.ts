import { isDueBy } from './due.ts';

export interface Job {
  name: string;
  /** Five or six cron fields. */
  cron: string;
  /** IANA name; daylight saving follows it. */
  timeZone: string;
  /** Never throws. */
  run(): Promise<void>;
}

export interface Schedule {
  /** Runs the job of this name now; one that runs already once more after that, since it may have looked too early. */
  now(name: string): void;
  /** Fires no more and waits for what runs. */
  stop(): Promise<void>;
}

const SECOND_MS = 1000;

/**
 * Runs each job once at start, to catch up with what was missed, and then at its times. A job never overlaps itself: a time that falls into
 * its own run is left out, since every run looks at everything there is. For the same reason all the times that passed while the process stood
 * still are made up for by one run.
 */
export function startSchedule(jobs: readonly Job[]): Schedule {
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  let stopped = false;
  const fire = (job: Job): void => {
    if (running.has(job.name)) return;
    const run = job.run().finally(() => {
      running.delete(job.name);
      if (again.delete(job.name) && !stopped) fire(job);
    });
    running.set(job.name, run);
  };
  const timed = jobs.map((job) => ({ job, isDue: isDueBy(job.cron, job.timeZone) }));
  let last = fullSecond();
  const look = (): void => {
    const now = fullSecond();
    // A clock that was set back shows its times again.
    if (now < last) last = now - SECOND_MS;
    for (const { job, isDue } of timed) if (isDue(last, now)) fire(job);
    last = now;
    timer = setTimeout(look, toNextSecond());
  };
  let timer = setTimeout(look, toNextSecond());
  for (const job of jobs) fire(job);
  return {
    now(name) {
      const job = jobs.find((one) => one.name === name);
      if (!job || stopped) return;
      if (running.has(name)) again.add(name);
      else fire(job);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}

const fullSecond = (): number => Math.floor(Date.now() / SECOND_MS) * SECOND_MS;
const toNextSecond = (): number => SECOND_MS - (Date.now() % SECOND_MS);
