/** Strict, streaming reading of a local CSV file: bytes → text → whole records → fields → rows of the header contract. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { TidegateError } from '../base/errors.ts';
import { spoolFailure } from '../base/spool-failure.ts';
import { decodeStrictly } from './decode.ts';
import { checkDialect, delimiterName, usualDelimiters } from './dialect.ts';
import { countKnown, type HeaderMatch, matchHeader } from './header.ts';
import { parseBlock, parseRecord, parseStrictly, placeOfField, recordBytes } from './parse.ts';
import { type Block, cutRecords } from './records.ts';
import { RowCheck } from './rows.ts';
import type { CsvLimits, CsvRecord, Dialect, HeaderContract } from './types.ts';

export interface CsvOptions {
  dialect: Dialect;
  limits: CsvLimits;
  contract: HeaderContract;
  /** What errors call the file, since the local path means nothing to its sender. */
  label: string;
  /** Rows per batch, 500 unless told. */
  batchRows?: number;
  /** Ends the reading with an `AbortError`. */
  signal?: AbortSignal;
}

export interface CsvFile {
  /** The column names as the file spells them, in its order. */
  header: readonly string[];
  /** For each column of the file its place in the contract: below `header[i]` stands `fields[positions[i]]`. */
  positions: readonly number[];
  /**
   * Reads the rows, from the start at every call. All batches but the last have `batchRows` rows. The file is known to be sound only once the last
   * batch has been read: any may be followed by an error.
   */
  batches(): AsyncGenerator<CsvRecord[], CsvTotals>;
}

export interface CsvTotals {
  rows: number;
  /** Size of the file. */
  bytes: number;
}

/** Large enough for some hundred rows, so that the cost per block vanishes; also about what is held in memory. */
const chunkBytes = 64 * 1024;

/**
 * Reads the header and holds nothing open. Here and in `batches` a file that is not sound throws a `TidegateError` with its place: `FILE_EMPTY`,
 * `FILE_TOO_LARGE`, `FILE_TOO_MANY_ROWS`, `FILE_ENCODING`, `FILE_HEADER`, `FILE_STRUCTURE` or `FILE_TRAILER`; `SPOOL_FAILED` when the disk fails.
 *
 * Two things cannot be seen from within a file. A cut behind a whole line leaves a sound, shorter file: only a trailer tells. And where
 * `newlinesInFields` is on, two stray quotes can join rows into a well-formed one, within the limits of a record and a field: again only a
 * trailer tells.
 */
export async function openCsv(path: string, options: CsvOptions): Promise<CsvFile> {
  checkDialect(options.dialect);
  const bytes = await sizeOf(path, options);
  const { header, match } = await readHeader(path, options);
  return {
    header,
    positions: match.positions,
    batches: () => readBatches(path, options, match, bytes),
  };
}

async function sizeOf(path: string, { label, limits }: CsvOptions): Promise<number> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw spoolFailure(label, 'the file cannot be read', cause);
  });
  if (size === 0) throw noHeader('The file is empty', label);
  if (size <= limits.maxBytes) return size;
  throw new TidegateError('FILE_TOO_LARGE', `The file has ${size} bytes`, {
    place: { file: label },
    expected: `at most ${limits.maxBytes} bytes`,
    fix: 'Send the rows in several files.',
  });
}

async function readHeader(
  path: string,
  options: CsvOptions,
): Promise<{ header: string[]; match: HeaderMatch }> {
  const { dialect, contract, label } = options;
  for await (const block of readBlocks(path, options)) {
    const bytes = recordBytes(block, 0);
    refuseOtherDelimiter(bytes, options);
    const header = parseRecord(block, 0, dialect, label);
    if (header.length === 1 && header[0] === '') throw noHeader('The first line is blank', label);
    return {
      header,
      match: matchHeader(header, contract, (field) => placeOfField(bytes, 1, field, dialect, label)),
    };
  }
  throw noHeader('The file holds no text', label);
}

async function* readBatches(
  path: string,
  options: CsvOptions,
  match: HeaderMatch,
  bytes: number,
): AsyncGenerator<CsvRecord[], CsvTotals> {
  const { dialect, label, batchRows = 500 } = options;
  const check = new RowCheck(options, match);
  let batch: CsvRecord[] = [];
  let isHeader = true;
  let line = 1;
  for await (const block of readBlocks(path, options)) {
    let start = 0;
    for (const [index, record] of parseBlock(block, dialect, label).entries()) {
      const end = block.ends[index] ?? start;
      line = block.lines[index] ?? line;
      const row = isHeader ? null : check.accept(record, line, end - start);
      isHeader = false;
      start = end;
      if (row !== null && batch.push(row) >= batchRows) {
        yield batch;
        batch = [];
      }
    }
  }
  check.end(line);
  if (batch.length > 0) yield batch;
  return { rows: check.rows, bytes };
}

async function* readBlocks(path: string, options: CsvOptions): AsyncGenerator<Block> {
  const { dialect, limits, label } = options;
  const text = decodeStrictly(readChunks(path, options), dialect.encoding, label);
  const quote = dialect.newlinesInFields ? dialect.quote : null;
  for await (const block of cutRecords(text, { file: label, maxRecordBytes: limits.maxRecordBytes, quote })) {
    if (!dialect.newlinesInFields) refuseLoneReturns(block, label);
    if (!block.finished && dialect.trailer === null) {
      // An open quote explains more than the missing line break does.
      if (dialect.newlinesInFields) parseBlock(block, dialect, label);
      throw cutOff(block, label);
    }
    yield block;
  }
}

async function* readChunks(path: string, { label, signal }: CsvOptions): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes, ...(signal && { signal }) });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw signal?.aborted ? error : spoolFailure(label, 'the file cannot be read', error);
  }
}

/** A carriage return alone ends a line for some programs and not for others; nobody may be left guessing how many rows there are. */
function refuseLoneReturns({ bytes, lines }: Block, file: string): void {
  for (let cr = bytes.indexOf(13); cr !== -1 && cr + 1 < bytes.length; cr = bytes.indexOf(13, cr + 1)) {
    if (bytes[cr + 1] === 10) continue;
    const before = bytes.subarray(0, cr).toString('utf8');
    const lineStart = before.lastIndexOf('\n') + 1;
    throw new TidegateError('FILE_STRUCTURE', 'There is a carriage return without a line feed', {
      place: {
        file,
        line: (lines[0] ?? 1) + before.split('\n').length - 1,
        column: before.length - lineStart + 1,
      },
      expected: 'lines that end with LF or CRLF',
      fix: 'Save the file with LF or CRLF line breaks; values must not contain any.',
    });
  }
}

/** Even a row that seems complete may have lost the end of its last value. */
function cutOff({ lines }: Block, file: string): TidegateError {
  return new TidegateError(
    'FILE_STRUCTURE',
    'The last line does not end with a line break, so the file may be cut off',
    {
      place: { file, ...(lines[0] !== undefined && { line: lines[0] }) },
      expected: 'a line break behind the last row',
      fix: 'Send the complete file again, with a line break at its end.',
    },
  );
}

/** Reads the header with the other usual delimiters, and says so when that makes more sense. */
function refuseOtherDelimiter(header: Buffer, { dialect, contract, label }: CsvOptions): void {
  const known = (delimiter: string): number => {
    try {
      return countKnown(parseStrictly(header, { delimiter, quote: dialect.quote }).flat(), contract);
    } catch {
      return 0; // Its quotes make no sense with this delimiter.
    }
  };
  const agreed = known(dialect.delimiter);
  const better = usualDelimiters.find((delimiter) => known(delimiter) > agreed);
  if (better === undefined || better === dialect.delimiter) return;
  const expected = delimiterName(dialect.delimiter);
  throw new TidegateError('FILE_STRUCTURE', `The columns are separated by ${delimiterName(better)}`, {
    place: { file: label, line: 1 },
    expected,
    fix: `Save the file with ${expected}, or agree on ${delimiterName(better)} for this feed.`,
  });
}

function noHeader(problem: string, file: string): TidegateError {
  return new TidegateError('FILE_EMPTY', problem, {
    place: { file, line: 1 },
    expected: 'the agreed header on the first line',
    fix: 'Send a file with its header, also when it has no rows.',
  });
}
