import { z } from 'zod';
import { dialect } from './dialect.ts';
import { expects } from './expects.ts';
import { complain, key } from './key.ts';
import {
  dataTypeName,
  doneFileName,
  duration,
  fileNamePattern,
  flag,
  folderName,
  name,
  size,
  threshold,
} from './leaves.ts';
import { inboundPacking, outboundPacking } from './packing.ts';
import { rowFile } from './row-file.ts';
import { scheduleKeys } from './schedule.ts';
import { ownLimits } from './shared.ts';

const stable = z
  .strictObject({
    for: key(
      duration.nullable().prefault(null),
      'Taken when size and time have not changed for so long.',
      '30s',
    ),
    doneFile: key(
      doneFileName.nullable().prefault(null),
      'Taken when this file lies beside it; `{name}` is the name of the file.',
      '{name}.done',
    ),
  })
  .superRefine((value, context) => {
    if ((value.for === null) === (value.doneFile === null)) {
      complain(context, [], 'it must be for or doneFile', {
        expected: 'one of the two',
        fix: 'Write for: 10s.',
      });
    }
  });

const acknowledgement = z.strictObject({
  files: key(
    z.enum(['one', 'two']).prefault('one'),
    'One file for all rows, or one for success and one for failure.',
    'two',
  ),
  rejects: key(flag.prefault(true), 'Also write the rejected rows as they came, for correction.', false),
  packing: key(outboundPacking.nullable().prefault(null), 'How answers are packed. As they are without it.', {
    gzip: true,
  }),
});

const corrected = z.strictObject({
  changed: key(
    z.enum(['reject', 'send']).prefault('reject'),
    'What becomes of a row without a reference (an update, say) that asks for something else than the earlier file did for the same contract.',
    'send',
  ),
});

const attachments = z.strictObject({
  folder: key(
    folderName.nullable().prefault(null),
    'A folder within the inbound one where they are dropped; without it they lie beside the CSV.',
    'attachments',
  ),
  maxBytes: key(size.prefault('5MB'), 'The largest one that is sent.', '2MB'),
});

/** As the mapping spells it. */
const fileKind = z
  .string()
  .min(1)
  .max(100)
  .meta({ title: 'text', expects: 'the name that the mapping has for the file' });

export const feed = z.strictObject({
  partner: key(name, 'Whose files these are; a key of `partners`.', 'acme'),
  dataType: key(
    dataTypeName,
    'First part of the file name: `<dataType>_<YYYYMMDD>.csv` or `<dataType>_<YYYYMMDD>_<HHMMSS>.csv`, and a suffix where `packing` adds one.',
    'Sales',
  ),
  pattern: key(
    fileNamePattern.nullable().prefault(null),
    'Replaces the common file name: a regular expression over the whole name, without what `packing` adds to it, with the groups `date` and, if there is one, `time`.',
    String.raw`^sales-(?<date>\d{8})\.csv$`,
  ),
  mapping: key(name, 'The mapping; `contract-sale` stands for mappings/contract-sale.yaml.', 'contract-sale'),
  target: key(
    name.nullable().prefault(null),
    'Who is called; a key of `targets`. Left out where rows only go into files.',
    'servify',
  ),
  files: key(
    z.record(fileKind, rowFile).prefault({}),
    'Outbound files that rows go into, by the names that the mapping has for them.',
    { contracts: { dataType: 'Contracts', partner: 'globex', folder: '/in' } },
  ),
  ...scheduleKeys('look for files', 'run'),
  stable: key(stable.prefault({ for: '10s' }), 'How to know that the partner has finished writing a file.', {
    for: '30s',
  }),
  dialect: key(dialect.prefault({}), 'How the partner writes CSV.', { delimiter: ';' }),
  limits: key(ownLimits.prefault({}), 'Limits of this feed where they differ from the common ones.', {
    maxRows: 5000,
  }),
  packing: key(
    inboundPacking.nullable().prefault(null),
    'How the files of this feed are packed. As they are without it.',
    { gzip: true },
  ),
  acknowledgement: key(acknowledgement.prefault({}), 'How the answer is written.', { files: 'two' }),
  attachments: key(
    attachments.prefault({}),
    'Files that rows name in a column of type `file`, and that are sent with them.',
    { folder: 'attachments' },
  ),
  corrected: key(
    corrected.prefault({}),
    'What a file may change that comes with the name of an earlier one and other bytes.',
    { changed: 'send' },
  ),
  expects: key(
    expects.nullable().prefault(null),
    'When a file has to be there, and how many rows it has. Without it nobody misses one.',
    { by: '10:00', warnBefore: '30m' },
  ),
  errorThreshold: key(
    threshold.prefault('100%'),
    'The source goes to `errored` when more of its rows than this were rejected.',
    '10%',
  ),
  enabled: key(flag.prefault(true), 'Whether it is polled at all.', false),
});
