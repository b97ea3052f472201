/** Safe writing of a local CSV file: every cell is inert in a spreadsheet, and the file is complete and on disk, or not there. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import iconv from 'iconv-lite';
import { spoolFailure } from '../base/spool-failure.ts';
import { format } from './decimal.ts';
import { checkDialect } from './dialect.ts';
import { inert } from './formula.ts';
import { TrailerTally } from './trailer.ts';
import type { Dialect } from './types.ts';

export interface CsvTable {
  /** How the reader of the file wants it; UTF-8 with commas and double quotes unless told. Characters that the encoding lacks become `?`. */
  dialect?: Pick<Dialect, 'encoding' | 'delimiter' | 'quote'>;
  header: readonly string[];
  /** Whether the first line names the columns; so unless told. */
  headerLine?: boolean;
  /** Each as long as the header. */
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>;
  /** The last record, for a reader who asks for one: how many rows there are, and the total of the column at `totalAt`, if it is to have one. */
  trailer?: { marker: string; totalAt: number | null };
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
const unwritable = 'the file cannot be written';

/**
 * Writes a new file (mode 0600, lines end with CRLF as in RFC 4180), fsynced. `SPOOL_FAILED` when the disk refuses; an error of `rows` passes
 * through. The file is removed when anything fails; one that is already there is never touched.
 */
export async function writeCsv(path: string, table: CsvTable): Promise<CsvWritten> {
  checkDialect(table.dialect ?? usual);
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw spoolFailure(path, unwritable, cause);
  });
  try {
    return await fill(file, path, table).finally(() => file.close());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function fill(file: FileHandle, path: string, table: CsvTable): Promise<CsvWritten> {
  const hash = createHash('sha256');
  const written = { bytes: 0, rows: 0 };
  for await (const { bytes, rows } of csvPieces(table)) {
    hash.update(bytes);
    written.bytes += bytes.length;
    written.rows += rows;
    await file.appendFile(bytes).catch((cause: unknown) => {
      throw spoolFailure(path, unwritable, cause);
    });
  }
  await file.sync().catch((cause: unknown) => {
    throw spoolFailure(path, unwritable, cause);
  });
  return { ...written, sha256: hash.digest('hex') };
}

/** The bytes of the file, piece by piece, with how many rows each has. */
export async function* csvPieces(table: CsvTable): AsyncGenerator<{ bytes: Buffer; rows: number }> {
  const { dialect = usual, header, headerLine = true, rows, trailer } = table;
  const encoder = iconv.getEncoder(dialect.encoding, { addBOM: /^utf-?16/i.test(dialect.encoding) });
  const tally = new TrailerTally();
  let lines: string[][] = headerLine ? [header.map(inert)] : [];
  let count = 0;
  for await (const row of rows) {
    if (row.length !== header.length)
      throw new Error(`a row of ${row.length} cells below ${header.length} columns`);
    lines.push(row.map(inert));
    count++;
    if (trailer) add(row, trailer.totalAt, tally);
    if (lines.length < rowsPerWrite) continue;
    yield { bytes: encoder.write(toText(lines, dialect)), rows: count };
    lines = [];
    count = 0;
  }
  if (trailer) lines.push(trailerRecord(trailer, tally));
  yield { bytes: encoder.write(toText(lines, dialect)), rows: count };
  yield { bytes: encoder.end() ?? Buffer.alloc(0), rows: 0 };
}

/** The amounts were added up when the file was read, so each is a number. */
function add(row: readonly string[], totalAt: number | null, tally: TrailerTally): void {
  const amount = totalAt === null ? '' : (row[totalAt] ?? '');
  if (!tally.add(amount)) throw new Error(`cell ${totalAt} of row ${tally.rows} cannot be added up`);
}

/** The marker was agreed with the reader, who compares it as it is. */
function trailerRecord({ marker, totalAt }: NonNullable<CsvTable['trailer']>, tally: TrailerTally): string[] {
  return [marker, String(tally.rows), ...(totalAt === null ? [] : [format(tally.sum)])];
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
