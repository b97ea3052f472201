/** How somebody answers a file that we send them. */
import { z } from 'zod';
import { dialect } from './dialect.ts';
import { complain, key } from './key.ts';
import { cron, duration, name, remotePath, replyName, term, text, timeZone } from './leaves.ts';
import { replyPacking } from './packing.ts';

const values = z.array(text).prefault([]);

const outcome = z.union([
  z.enum(['accepted', 'rejected']),
  z.strictObject({
    column: key(text, 'Their column that says so.', 'Status Code'),
    accepted: key(values, 'What it says of a row that they took; `*` stands for anything.', ['200', 'OK*']),
    rejected: key(values, 'What it says of a row that they did not take.', ['*']),
    pending: key(values, 'What it says while they have not decided: another reply will tell.', ['Held*']),
  }),
]);

const reply = z.strictObject({
  name: key(
    replyName,
    'What its file is called; `{stamp}` is the date and time in the name of the sent file, `{split}` what splits that, `*` anything.',
    'ContractsAck_{stamp}*.csv',
  ),
  outcome: key(outcome, 'What it says of its rows: one word for all, or a column.', 'accepted'),
  id: key(
    text.nullable().prefault(null),
    'Their column with what they call the row.',
    'Created Sold Plan Code',
  ),
  reason: key(z.array(text).prefault([]), 'Their columns that say why.', ['Status Code', 'Message']),
});

const takeAway = z
  .strictObject({
    how: key(z.enum(['leave', 'move', 'delete']).prefault('leave'), 'What becomes of it.', 'move'),
    folder: key(remotePath.nullable().prefault(null), 'Where it is moved to.', '/out/read'),
  })
  .superRefine(({ how, folder }, context) => {
    if ((how === 'move') === (folder !== null)) return;
    complain(context, ['folder'], how === 'move' ? 'it says not where to' : 'nothing is moved there', {
      expected: 'a folder exactly where it is moved',
    });
  });

const report = z.strictObject({
  partner: key(name, 'Whose folder it goes to; a key of `partners`, perhaps one of this machine.', 'office'),
  folder: key(remotePath, 'The folder there.', '/reconciled'),
});

export const answered = z.strictObject({
  folder: key(
    remotePath.nullable().prefault(null),
    'Where they put their replies; the `out` folder of the partner unless given.',
    '/out',
  ),
  replies: key(z.array(reply).min(1), 'The kinds of replies, e.g. one for success and one for failure.', [
    { name: 'ContractsAck_{stamp}*.csv', outcome: 'accepted' },
  ]),
  match: key(
    z.record(text, z.union([text, z.array(text).min(1)])),
    'Column of the sent file -> what it is called in a reply; `$line` is the number of the line that was sent.',
    { 'Contract Id': 'External Contract ID' },
  ),
  dialect: key(dialect.prefault({}), 'How they write CSV.', { delimiter: ';' }),
  packing: key(
    replyPacking.nullable().prefault(null),
    'How their replies are packed; `name` is then matched without what packing adds. As they are without it.',
    { gzip: true },
  ),
  schedule: key(cron.prefault('*/5 * * * *'), 'When to look for replies.', '*/15 * * * *'),
  timeZone: key(timeZone.prefault('UTC'), 'The time zone of the schedule.', 'Europe/Berlin'),
  stableFor: key(
    duration.prefault('10s'),
    'A reply is taken when its size and time have not changed for so long.',
    '30s',
  ),
  within: key(term, 'When a file must be answered, counted from when it was sent.', '4 business hours'),
  warnAfter: key(
    term.nullable().prefault(null),
    'When people are told that the answer is getting late.',
    '2 business hours',
  ),
  calendar: key(
    name.nullable().prefault(null),
    'Which hours and days count in business terms; a key of `calendars`.',
    'germany',
  ),
  takeAway: key(takeAway.prefault({}), 'What becomes of a reply that was read.', { how: 'delete' }),
  report: key(report.nullable().prefault(null), 'Where what became of every row is written down as CSV.', {
    partner: 'office',
    folder: '/reconciled',
  }),
});
