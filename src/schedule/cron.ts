import cron from 'node-cron';

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
  /** Fires no more and waits for what runs. */
  stop(): Promise<void>;
}

/**
 * Runs each job once at start, to catch up with what was missed, and then at its times. A job never overlaps itself: a time that falls into
 * its own run is left out, since every run looks at everything there is. node-cron leaves out times that the clock skips in spring; the
 * next run makes up for them in the same way.
 */
export function startSchedule(jobs: readonly Job[]): Schedule {
  const running = new Map<string, Promise<void>>();
  const fire = (job: Job): void => {
    if (running.has(job.name)) return;
    const run = job.run().finally(() => running.delete(job.name));
    running.set(job.name, run);
  };
  const tasks = jobs.map((job) =>
    cron.schedule(job.cron, () => fire(job), { timezone: job.timeZone, name: job.name }),
  );
  for (const job of jobs) fire(job);
  return {
    async stop() {
      await Promise.all(tasks.map((task) => task.destroy()));
      await Promise.all(running.values());
    },
  };
}
