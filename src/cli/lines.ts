import { TidegateError } from '../base/errors.ts';
import type { LineRange } from '../ledger/port.ts';

/** More than a person types, and few enough for one question to the ledger. */
const MOST_RANGES = 200;

/** Reads lines and ranges of lines, for example `3,7-9`. */
export function parseLines(text: string): LineRange[] {
  const ranges = text.split(',').map(parseRange);
  if (ranges.length <= MOST_RANGES) return ranges;
  throw new TidegateError('USAGE', `${ranges.length} lines and ranges are too many for one command`, {
    expected: `at most ${MOST_RANGES}`,
    fix: 'Use several commands before the next poll: they are answered together.',
  });
}

function parseRange(text: string): LineRange {
  const match = /^([1-9]\d{0,14})(?:-([1-9]\d{0,14}))?$/.exec(text.trim());
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (match && from <= to) return { from, to };
  throw new TidegateError('USAGE', `"${text}" names no lines`, {
    expected: 'lines and ranges of lines, for example 3,7-9',
  });
}
