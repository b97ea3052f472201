/**
 * Cuts a decoded file into whole records without unquoting them. This is the second opinion on csv-parse, which takes two stray quotes for one
 * long field and swallows the rows between them: what it makes of a block must be as many records as were cut here.
 */
import { TidegateError } from '../base/errors.ts';

const LF = 10;

/** Some records, one behind the other. */
export interface Block {
  bytes: Buffer;
  /** Offset behind each record, its line break included. */
  ends: number[];
  /** Physical line on which each record starts. */
  lines: number[];
  /** Only the last record of a file can lack its line break; it then is a block of its own. */
  finished: boolean;
}

export interface CutOptions {
  file: string;
  maxRecordBytes: number;
  /** The quote within which a line break does not end a record; `null` when every line is a record. */
  quote: string | null;
}

/** Holds no more than one chunk and one record, however long the lines are. Throws `FILE_TOO_LARGE` for a record over the limit. */
export async function* cutRecords(chunks: AsyncIterable<Buffer>, options: CutOptions): AsyncGenerator<Block> {
  const quote = options.quote?.charCodeAt(0) ?? null;
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const block: Block = { bytes, ends: [], lines: [], finished: true };
    let start = 0;
    for (let end = recordEnd(bytes, 0, quote); end !== -1; end = recordEnd(bytes, start, quote)) {
      if (end - start > options.maxRecordBytes) throw tooLong(options, line);
      block.ends.push(end);
      block.lines.push(line);
      line += quote === null ? 1 : countLines(bytes, start, end);
      start = end;
    }
    rest = bytes.subarray(start);
    if (rest.length > options.maxRecordBytes) throw tooLong(options, line);
    block.bytes = bytes.subarray(0, start);
    if (start > 0) yield block;
  }
  if (rest.length > 0) yield { bytes: rest, ends: [rest.length], lines: [line], finished: false };
}

function recordEnd(bytes: Buffer, start: number, quote: number | null): number {
  if (quote === null) return bytes.indexOf(LF, start) + 1 || -1;
  let quoted = false;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    // A doubled quote toggles twice, which is right; a quote in the middle of an unquoted field is refused by the parser.
    if (byte === quote) quoted = !quoted;
    else if (byte === LF && !quoted) return at + 1;
  }
  return -1;
}

function countLines(bytes: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let lf = bytes.indexOf(LF, start); lf !== -1 && lf < end; lf = bytes.indexOf(LF, lf + 1)) lines++;
  return lines;
}

function tooLong(options: CutOptions, line: number): TidegateError {
  return new TidegateError('FILE_TOO_LARGE', `The row is longer than ${options.maxRecordBytes} bytes`, {
    place: { file: options.file, line },
    expected: `rows of at most ${options.maxRecordBytes} bytes`,
    fix:
      options.quote === null
        ? 'Look for missing line breaks.'
        : 'Look for a quote that is not closed, or for missing line breaks.',
  });
}
