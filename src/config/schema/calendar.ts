import { z } from 'zod';
import { complain, key } from './key.ts';
import { holiday, timeZone, weekday, workingHours } from './leaves.ts';

const DAYS_OF_A_WEEK = 7;

export const calendar = z
  .strictObject({
    timeZone: key(timeZone, 'Where these days begin and end.', 'Europe/Berlin'),
    weekend: key(
      z.array(weekday).prefault(['saturday', 'sunday']),
      'The days of every week that are not worked; `[]` for none.',
      ['friday', 'saturday'],
    ),
    holidays: key(
      z.array(holiday).prefault([]),
      'Further days that are not worked: a date, or month and day for every year.',
      ['12-25', '2026-04-03'],
    ),
    workingHours: key(
      workingHours.prefault('09:00-17:00'),
      'The hours of a day that are worked; they count where a term is given in business hours.',
      '08:00-18:00',
    ),
  })
  .superRefine(({ weekend }, context) => {
    if (new Set(weekend).size < DAYS_OF_A_WEEK) return;
    complain(context, ['weekend'], 'no day of the week is worked', { expected: 'at most six days' });
  });
