/** Safe writing of a local CSV file: every cell is inert in a spreadsheet, and the file is complete and on disk, or not there. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import iconv from 'iconv-lite';
import { TidegateError } from '../base/errors.ts';
import { checkDialect } from './dialect.ts';
import { inert } from './formula.ts';
import type { Dialect } from './types.ts';

export interface CsvTable {
  /** How the reader of the file wants it; UTF-8 with commas and double quotes unless told. Characters that the encoding lacks become `?`. */
  dialect?: Pick<Dialect, 'encoding' | 'delimiter' | 'quote'>;
  header: readonly string[];
  /** Each as long as the header. */
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>;
}

export interface CsvWritten {
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
  /** Without the header. */
  rows: number;
}

const usual = { encoding: 'utf-8', delimiter: ',', quote: '"' };
const rowsPerWrite = 500;

/**
 * Writes a new file (mode 0600, lines end with CRLF as in RFC 4180), fsynced. `SPOOL_FAILED` when the disk refuses; an error of `rows` passes
 * through. The file is removed when anything fails; one that is already there is never touched.
 */
export async function writeCsv(path: string, table: CsvTable): Promise<CsvWritten> {
  checkDialect(table.dialect ?? usual);
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw unwritable(cause);
  });
  try {
    return await fill(file, table).finally(() => file.close());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function fill(file: FileHandle, { dialect = usual, header, rows }: CsvTable): Promise<CsvWritten> {
  const encoder = iconv.getEncoder(dialect.encoding, { addBOM: /^utf-?16/i.test(dialect.encoding) });
  const hash = createHash('sha256');
  const written = { bytes: 0, rows: 0 };
  const put = async (bytes: Buffer): Promise<void> => {
    hash.update(bytes);
    written.bytes += bytes.length;
    await file.appendFile(bytes).catch((cause: unknown) => {
      throw unwritable(cause);
    });
  };
  let lines: string[][] = [header.map(inert)];
  for await (const row of rows) {
    if (row.length !== header.length)
      throw new Error(`a row of ${row.length} cells below ${header.length} columns`);
    lines.push(row.map(inert));
    written.rows++;
    if (lines.length < rowsPerWrite) continue;
    await put(encoder.write(toText(lines, dialect)));
    lines = [];
  }
  await put(encoder.write(toText(lines, dialect)));
  await put(encoder.end() ?? Buffer.alloc(0));
  await file.sync().catch((cause: unknown) => {
    throw unwritable(cause);
  });
  return { ...written, sha256: hash.digest('hex') };
}

function toText(lines: readonly (readonly string[])[], { delimiter, quote }: typeof usual): string {
  return stringify([...lines], {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: '\r\n',
    // Naming the record delimiter switches this off, and a lone line feed would then go out unquoted.
    quote_record_delimiter: true,
  });
}

function unwritable(cause: unknown): TidegateError {
  return new TidegateError('SPOOL_FAILED', 'The file cannot be written', { retry: 'later', cause });
}
