import { z } from 'zod';
import { complain, key } from './key.ts';
import { character, count, duration, encoding, size } from './leaves.ts';

const retryKeys = {
  attempts: key(count.prefault(5), 'How often it is tried in all.', 3),
  first: key(
    duration.prefault('1s'),
    'Wait before the second try; it doubles with every further one, with some chance in it.',
    '2s',
  ),
  most: key(duration.prefault('60s'), 'The longest wait between two tries.', '30s'),
};

export const retry = z.strictObject(retryKeys);

const limitKeys = {
  maxBytes: { value: size, standard: '200MB', says: 'Largest file that is fetched.', example: '50MB' },
  maxRows: { value: count, standard: 1_000_000, says: 'Most rows of one file.', example: 100_000 },
  maxRecordBytes: { value: size, standard: '64KB', says: 'Longest single record.', example: '32KB' },
  maxFieldChars: {
    value: count,
    standard: 8192,
    says: 'Longest single field, in characters.',
    example: 2000,
  },
  maxFilesPerPoll: {
    value: count,
    standard: 100,
    says: 'Most files taken from a folder in one poll.',
    example: 50,
  },
} as const;

const { maxBytes, maxRows, maxRecordBytes, maxFieldChars, maxFilesPerPoll } = limitKeys;

/** Limits of every feed. */
export const limits = z.strictObject({
  maxBytes: key(maxBytes.value.prefault(maxBytes.standard), maxBytes.says, maxBytes.example),
  maxRows: key(maxRows.value.prefault(maxRows.standard), maxRows.says, maxRows.example),
  maxRecordBytes: key(
    maxRecordBytes.value.prefault(maxRecordBytes.standard),
    maxRecordBytes.says,
    maxRecordBytes.example,
  ),
  maxFieldChars: key(
    maxFieldChars.value.prefault(maxFieldChars.standard),
    maxFieldChars.says,
    maxFieldChars.example,
  ),
  maxFilesPerPoll: key(
    maxFilesPerPoll.value.prefault(maxFilesPerPoll.standard),
    maxFilesPerPoll.says,
    maxFilesPerPoll.example,
  ),
});

const otherwise = ' Without it the common limit holds.';

/** What a feed sets otherwise; `null` leaves the common limit. */
export const ownLimits = z.strictObject({
  maxBytes: key(maxBytes.value.nullable().prefault(null), maxBytes.says + otherwise, maxBytes.example),
  maxRows: key(maxRows.value.nullable().prefault(null), maxRows.says + otherwise, maxRows.example),
  maxRecordBytes: key(
    maxRecordBytes.value.nullable().prefault(null),
    maxRecordBytes.says + otherwise,
    maxRecordBytes.example,
  ),
  maxFieldChars: key(
    maxFieldChars.value.nullable().prefault(null),
    maxFieldChars.says + otherwise,
    maxFieldChars.example,
  ),
  maxFilesPerPoll: key(
    maxFilesPerPoll.value.nullable().prefault(null),
    maxFilesPerPoll.says + otherwise,
    maxFilesPerPoll.example,
  ),
});

/** How CSV is written, by the partner or by us. */
export const dialectKeys = {
  encoding: key(encoding.prefault('utf-8'), 'Of the bytes; never guessed.', 'windows-1252'),
  delimiter: key(character.prefault(','), 'Between two fields.', ';'),
  quote: key(character.prefault('"'), 'Around a field that holds the delimiter.', "'"),
};

export function demandOwnQuote(
  { delimiter, quote }: { delimiter: string; quote: string },
  context: z.core.$RefinementCtx,
): void {
  if (delimiter !== quote) return;
  complain(context, ['quote'], 'delimiter and quote are the same character', {
    expected: 'two different ones',
  });
}
