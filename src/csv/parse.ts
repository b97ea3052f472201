/** Records to fields: csv-parse does the unquoting, and its complaints are put in the partner's words. */
import { CsvError, parse } from 'csv-parse/sync';
import { type Place, TidegateError } from '../base/errors.ts';
import { delimiterName } from './dialect.ts';
import { Position } from './position.ts';
import type { Block } from './records.ts';
import type { Dialect } from './types.ts';

/**
 * Exactly one record of fields for each record of the block, or `FILE_STRUCTURE` at the first one that is broken. A record without any quote needs
 * no parser, only its delimiters; that is most of them, and several times as fast.
 */
export function parseBlock(block: Block, dialect: Dialect, file: string): string[][] {
  const { bytes, ends } = block;
  const quoted: number[] = [];
  let quoteAt = indexOrEnd(bytes, dialect.quote, 0);
  let start = 0;
  const records = ends.map((end, index) => {
    const from = start;
    start = end;
    if (quoteAt < from) quoteAt = indexOrEnd(bytes, dialect.quote, from);
    if (quoteAt >= end) return splitPlain(bytes, from, end, dialect.delimiter);
    quoted.push(index);
    return [];
  });
  if (quoted.length === 0) return records;
  const parsed = parseTogether(block, quoted, dialect);
  for (const [at, index] of quoted.entries()) {
    records[index] = parsed?.[at] ?? parseRecord(block, index, dialect, file);
  }
  return records;
}

/** `null` when the records do not come out one by one: then one of them is broken. */
function parseTogether(block: Block, indexes: readonly number[], dialect: Dialect): string[][] | null {
  try {
    const parsed = parseStrictly(Buffer.concat(indexes.map((index) => recordBytes(block, index))), dialect);
    return parsed.length === indexes.length ? parsed : null;
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

function splitPlain(bytes: Buffer, start: number, end: number, delimiter: string): string[] {
  let stop = end;
  if (bytes[stop - 1] === 10) stop -= bytes[stop - 2] === 13 && stop - 2 >= start ? 2 : 1;
  return bytes.toString('utf8', start, stop).split(delimiter);
}

function indexOrEnd(bytes: Buffer, text: string, from: number): number {
  const at = bytes.indexOf(text, from);
  return at === -1 ? bytes.length : at;
}

/** One record of the block. */
export function parseRecord(block: Block, index: number, dialect: Dialect, file: string): string[] {
  const bytes = recordBytes(block, index);
  const line = block.lines[index] ?? 1;
  try {
    const [record, ...others] = parseStrictly(bytes, dialect);
    if (record !== undefined && others.length === 0) return record;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const field = typeof error.column === 'number' ? error.column : 0;
    throw quoteTrouble(error, field, placeOfField(bytes, line, field, dialect, file), dialect);
  }
  throw new TidegateError('FILE_STRUCTURE', 'The row cannot be cut into fields', { place: { file, line } });
}

/** The bytes of one record, its line break included. */
export const recordBytes = (block: Block, index: number): Buffer =>
  block.bytes.subarray(block.ends[index - 1] ?? 0, block.ends[index]);

/**
 * Bytes of whole records to arrays of strings, untrimmed and uncast. Field counts are left to the caller, because a trailer has its own.
 * The line breaks are named, as csv-parse would settle on the first one it sees and take the other for text.
 */
export function parseStrictly(bytes: Buffer, dialect: Pick<Dialect, 'delimiter' | 'quote'>): string[][] {
  return parse(bytes, {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.quote,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
  });
}

/** Where a field of a record starts. Everything before it must be well formed. */
export function placeOfField(
  record: Buffer,
  line: number,
  field: number,
  dialect: Pick<Dialect, 'delimiter' | 'quote'>,
  file: string,
): Place {
  const text = record.toString('utf8');
  let quoted = false;
  let at = 0;
  for (let seen = 0; seen < field && at < text.length; at++) {
    if (text[at] === dialect.quote) quoted = !quoted;
    else if (!quoted && text.startsWith(dialect.delimiter, at)) {
      seen++;
      at += dialect.delimiter.length - 1;
    }
  }
  const position = new Position(line);
  position.advance(Buffer.from(text.slice(0, at)));
  return { file, line: position.line, column: position.column };
}

// csv-parse's own error is not kept as the cause: its message repeats the value.
function quoteTrouble(error: CsvError, field: number, place: Place, dialect: Dialect): TidegateError {
  const unclosed = error.code === 'CSV_QUOTE_NOT_CLOSED';
  const problem = unclosed
    ? `The quote that opens field ${field + 1} is not closed${dialect.newlinesInFields ? '' : ' on its line'}`
    : `There is a stray quote in field ${field + 1}`;
  return new TidegateError('FILE_STRUCTURE', problem, {
    place,
    expected: `fields that are separated by ${delimiterName(dialect.delimiter)} and either have no ${dialect.quote} or are enclosed in ${dialect.quote}`,
    fix: `Double every ${dialect.quote} that belongs to a value and enclose that value in ${dialect.quote}${
      unclosed && !dialect.newlinesInFields ? '; line breaks within a value are not agreed' : ''
    }.`,
  });
}
