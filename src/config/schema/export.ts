import { z } from 'zod';
import { answered } from './answered.ts';
import { writtenDialect } from './dialect.ts';
import { complain, key } from './key.ts';
import { cron, dataTypeName, duration, flag, name, remotePath, timeZone } from './leaves.ts';
import { outboundPacking } from './packing.ts';
import { scheduleKeys } from './schedule.ts';

const window = z
  .strictObject({
    length: key(
      z.enum(['since-last', 'day', 'month']).prefault('day'),
      'What one file covers: a day, a month, or all since the last one up to the time of the schedule.',
      'month',
    ),
    start: key(
      z.iso.date().meta({ title: 'day', expects: 'a day as YYYY-MM-DD' }),
      'The first day that is exported; without a meaning once a window is covered.',
      '2026-01-01',
    ),
    lag: key(
      duration.prefault('10m'),
      'A window is exported when it is over for so long, so that what belongs to it is there.',
      '1h',
    ),
    missed: key(
      z.enum(['each', 'one', 'none']).prefault('each'),
      'Of days or months that were missed: a file for each, one for all of them, or none but the last; the others are recorded as skipped.',
      'one',
    ),
  })
  .superRefine(({ length, missed }, context) => {
    if (length === 'since-last' && missed !== 'each') {
      complain(context, ['missed'], 'a window since the last one takes in whatever was missed', {
        expected: 'missed with day or month',
        fix: 'Remove missed.',
      });
    }
  });

export const exported = z.strictObject({
  partner: key(name, 'Who gets the files; a key of `partners`.', 'acme'),
  folder: key(
    remotePath.nullable().prefault(null),
    'Where they are written; the `out` folder of the partner unless given.',
    '/reports',
  ),
  dataType: key(
    dataTypeName,
    'First part of the file name: `<dataType>_<YYYYMMDD>_<HHMMSS>.csv`, with the end of the window.',
    'Contracts',
  ),
  mapping: key(
    name,
    'What is read, and which columns the file has; `servify-contracts` stands for mappings/servify-contracts.export.yaml.',
    'servify-contracts',
  ),
  target: key(
    name.nullable().prefault(null),
    'Who is read; a key of `targets`. None where rows are exported.',
    'servify',
  ),
  feed: key(
    name.nullable().prefault(null),
    'Whose rows are exported; a key of `feeds`. None where a target is read.',
    'acme-sales',
  ),
  answered: key(answered.nullable().prefault(null), 'How its files are answered, where they are.', {
    replies: [{ name: 'ContractsAck_{stamp}.csv', outcome: 'accepted' }],
  }),
  ...scheduleKeys('export what is due', 'run'),
  schedule: key(
    cron.nullable().prefault(null),
    'When to export what is due. Without it only `tidegate once` and `tidegate export` do.',
    '0 6 * * *',
  ),
  timeZone: key(
    timeZone,
    'The time zone of the schedule, of days and months, and of the time in the file name.',
    'Asia/Kolkata',
  ),
  window: key(window, 'Which time one file covers. No two windows overlap, and none is left out.', {
    start: '2026-01-01',
  }),
  empty: key(
    z.enum(['header', 'none']).prefault('header'),
    'What a window gives in which there is nothing: a file with the header alone, or none.',
    'none',
  ),
  dialect: key(writtenDialect.prefault({}), 'How the partner reads CSV.', { delimiter: ';' }),
  packing: key(
    outboundPacking.nullable().prefault(null),
    'How its files are packed. As they are without it.',
    { gzip: true },
  ),
  enabled: key(flag.prefault(true), 'Whether it is exported at all.', false),
});
