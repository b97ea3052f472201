/** Files and readings for the tests of this folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { type CsvOptions, openCsv } from '../../src/csv/reader.ts';
import type { CsvLimits, CsvRecord, Dialect } from '../../src/csv/types.ts';

export interface Reading {
  header: readonly string[];
  positions: readonly number[];
  rows: CsvRecord[];
}

export interface Setting {
  dialect?: Partial<Dialect>;
  limits?: Partial<CsvLimits>;
  columns?: CsvOptions['contract']['columns'];
  batchRows?: number;
}

export const column = (name: string, aliases: string[] = [], required = true) => ({
  name,
  aliases,
  required,
});
export const contractColumns = [
  column('External Contract ID'),
  column('Customer Name'),
  column('Plan Price'),
];
export const headerLine = 'External Contract ID,Customer Name,Plan Price';

export function options({ dialect, limits, columns = contractColumns, batchRows }: Setting = {}): CsvOptions {
  return {
    dialect: {
      encoding: 'utf-8',
      delimiter: ',',
      quote: '"',
      newlinesInFields: false,
      trailer: null,
      ...dialect,
    },
    limits: { maxBytes: 1e8, maxRows: 1e6, maxRecordBytes: 10_000, maxFieldChars: 4_000, ...limits },
    contract: { columns },
    label: 'Sales_20240611.csv',
    ...(batchRows !== undefined && { batchRows }),
  };
}

let folder = '';
let count = 0;

/** To be called once in a test file: gives it a folder of its own and removes it afterwards. */
export function useFolder(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
}

export const newPath = (): string => join(folder, `${++count}.csv`);

export async function file(content: string | Buffer): Promise<string> {
  const path = newPath();
  await writeFile(path, content);
  return path;
}

/** Reads a file with this content to its end. */
export async function read(content: string | Buffer, setting?: Setting): Promise<Reading> {
  const csv = await openCsv(await file(content), options(setting));
  const rows: CsvRecord[] = [];
  for await (const batch of csv.batches()) rows.push(...batch);
  return { header: csv.header, positions: csv.positions, rows };
}

export const fieldsOf = ({ rows }: Reading): string[][] => rows.map(({ fields }) => [...fields]);

/** The error with which a file with this content is refused. */
export async function refusal(content: string | Buffer, setting?: Setting): Promise<TidegateError> {
  const result = await outcome(content, setting);
  if (result instanceof TidegateError) return result;
  throw new Error(`not refused: ${JSON.stringify(result)}`);
}

/** The reading, or the error with which it is refused. */
export async function outcome(content: string | Buffer, setting?: Setting): Promise<Reading | TidegateError> {
  try {
    return await read(content, setting);
  } catch (error) {
    if (error instanceof TidegateError) return error;
    throw error;
  }
}
