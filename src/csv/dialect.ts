import iconv from 'iconv-lite';
import { TidegateError } from '../base/errors.ts';
import type { Dialect } from './types.ts';

/** Throws `CONFIG_INVALID` for a dialect that nobody can read or write. */
export function checkDialect(dialect: Pick<Dialect, 'encoding' | 'delimiter' | 'quote'>): void {
  const { encoding, delimiter, quote } = dialect;
  if (!iconv.encodingExists(encoding)) {
    refuse(
      `The encoding ${JSON.stringify(encoding)} is not known`,
      'a name such as utf-8, windows-1252 or utf-16le',
    );
  }
  // A record is cut at quotes and line breaks byte by byte, so the quote must be one byte.
  if (!/^[\x21-\x7e]$/.test(quote)) refuse('The quote is not usable', 'one visible ASCII character');
  if (delimiter.length === 0 || /[\r\n]/.test(delimiter) || delimiter.includes(quote)) {
    refuse('The delimiter is not usable', 'a text without quote and line break');
  }
}

function refuse(problem: string, expected: string): never {
  throw new TidegateError('CONFIG_INVALID', problem, { expected, fix: 'Correct the dialect of the feed.' });
}

const names = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
]);

/** What is commonly used to separate fields. */
export const usualDelimiters: readonly string[] = [...names.keys()];

/** A delimiter in words, in the plural. */
export const delimiterName = (delimiter: string): string => names.get(delimiter) ?? JSON.stringify(delimiter);
