/** When something runs: the same keys for whatever has a schedule. */
import { z } from 'zod';
import { key } from './key.ts';
import { cron, duration, name, timeZone } from './leaves.ts';

/** @param what runs, as the end of a sentence */
export const scheduleKeys = (what: string, onNonBusinessDay: 'run' | 'skip' | 'next') => ({
  schedule: key(cron, `When to ${what}.`, '*/5 * * * *'),
  timeZone: key(timeZone, 'The time zone of the schedule.', 'Europe/Berlin'),
  calendar: key(
    name.nullable().prefault(null),
    'Which days are worked; a key of `calendars`. Without one all are.',
    'germany',
  ),
  onNonBusinessDay: key(
    z.enum(['run', 'skip', 'next']).prefault(onNonBusinessDay),
    'What becomes of a time of the schedule on a day that is not worked: it is kept, left out, or comes at the same hour of the next day that is worked.',
    'skip',
  ),
  jitter: key(
    duration.nullable().prefault(null),
    'Every time comes later by up to so much, by the same for the same time, so that not all begin at once.',
    '30s',
  ),
  catchUp: key(
    z.enum(['run', 'skip']).prefault('run'),
    'Whether one run makes up for times that were missed, at start too, or the next time is waited for.',
    'skip',
  ),
});
