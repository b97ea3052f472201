import { z } from 'zod';
import { weekdays } from '../../base/wall-clock.ts';
import { complain, key } from './key.ts';
import { count, duration, name, percentage, timeOfDay, timeZone, weekday } from './leaves.ts';

const rows = z
  .strictObject({
    atLeast: key(count.nullable().prefault(null), 'Fewer rows are odd.', 10),
    atMost: key(count.nullable().prefault(null), 'More rows are odd.', 5000),
    deviation: key(
      percentage.nullable().prefault(null),
      'So much more or less than the median of the latest ten files is odd.',
      '50%',
    ),
  })
  .superRefine(({ atLeast, atMost }, context) => {
    if (atLeast === null || atMost === null || atLeast <= atMost) return;
    complain(context, ['atMost'], 'it is less than atLeast', { expected: `${atLeast} or more` });
  });

export const expects = z
  .strictObject({
    by: key(
      timeOfDay.nullable().prefault(null),
      'When a file has to be there at the latest. Without it none is missed.',
      '10:00',
    ),
    from: key(
      timeOfDay.prefault('00:00'),
      'From then on files count as those of the day; a time after `by` is meant on the day before.',
      '18:00',
    ),
    days: key(
      z
        .array(weekday)
        .min(1)
        .prefault([...weekdays]),
      'On which days of the week.',
      ['monday', 'thursday'],
    ),
    calendar: key(
      name.nullable().prefault(null),
      'Only on days that are worked; a key of `calendars`. Without one that of the feed, if it has one.',
      'germany',
    ),
    timeZone: key(
      timeZone.nullable().prefault(null),
      'Whose clock and days these are; those of the schedule unless given.',
      'Asia/Kolkata',
    ),
    count: key(count.prefault(1), 'How many files, of different names.', 2),
    warnBefore: key(
      duration.nullable().prefault(null),
      'How long before `by` people are warned when it is not there yet; without it they are not.',
      '30m',
    ),
    rows: key(
      rows.nullable().prefault(null),
      'How many rows a file has; an odd number is told, and the file is worked off as any other.',
      { deviation: '50%' },
    ),
  })
  .superRefine(({ by, rows }, context) => {
    if (by !== null || rows !== null) return;
    complain(context, [], 'nothing is expected', { expected: 'by, rows or both', fix: 'Write by: "10:00".' });
  });
