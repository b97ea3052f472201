/** How a partner writes CSV. */
import { z } from 'zod';
import { key } from './key.ts';
import { flag, text } from './leaves.ts';
import { demandOwnQuote, dialectKeys } from './shared.ts';

const trailer = z.strictObject({
  marker: key(text, 'First field of the last record.', 'TRAILER'),
  totalOf: key(
    text.nullable().prefault(null),
    'The column whose sum is the third field of the trailer.',
    'Plan Price',
  ),
});

export const dialect = z
  .strictObject({
    ...dialectKeys,
    newlinesInFields: key(flag.prefault(false), 'Whether a quoted field may hold line breaks.', true),
    trailer: key(trailer.nullable().prefault(null), 'A last record that says how many rows there are.', {
      marker: 'TRAILER',
    }),
  })
  .superRefine(demandOwnQuote);

/** Of a file that we write. */
export const writtenDialect = z.strictObject(dialectKeys).superRefine(demandOwnQuote);
