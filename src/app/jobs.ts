/** What runs when, from the configuration. */
import type { Config, ScheduleConfig } from '../config/types.ts';
import type { Job } from '../schedule/schedule.ts';
import { cronTimes } from '../schedule/times.ts';

/** The job of something that is configured with the keys of a schedule. */
export function scheduledJob(
  name: string,
  { schedule, timeZone, calendar, onNonBusinessDay, jitter, catchUp }: ScheduleConfig,
  calendars: Config['calendars'],
  run: Job['run'],
): Job {
  const worked = calendar === null ? null : (calendars[calendar] ?? null);
  const times = cronTimes(schedule, timeZone, {
    calendar: worked && { calendar: worked, onNonBusinessDay },
    jitter: jitter === null ? null : { upToMs: jitter, name },
  });
  return { name, times, catchUp, run };
}
