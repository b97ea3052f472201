/** Lookup tables: small CSV files beside the mapping, read once. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { suggestion } from '../base/schema-problems.ts';
import type { Path, YamlSource } from '../base/yaml-source.ts';

const maxRows = 50_000;

export interface LookupTable {
  name: string;
  /** As written in the mapping, for messages. */
  file: string;
  columns: readonly string[];
  /** Key -> cells in the order of `columns`. */
  rows: ReadonlyMap<string, readonly string[]>;
  /** Line of the file on which the key's row stands. */
  lineOf(key: string): number;
  /** SHA-256 of the file. */
  hash: string;
}

/** Reads a table; problems are reported to `source`, and `null` is given. */
export async function readLookup(
  source: YamlSource,
  name: string,
  spec: { file: string; key: string },
): Promise<LookupTable | null> {
  const at: Path = ['lookups', name, 'file'];
  if (basename(spec.file) !== spec.file) {
    source.report(at, 'a lookup file lies in the folder of the mapping', {
      expected: 'a file name without folders',
    });
    return null;
  }
  const path = join(dirname(resolve(source.file)), spec.file);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    source.report(at, `the file ${spec.file} cannot be read`, { fix: 'Put it beside the mapping.', cause });
    return null;
  }
  const records = readRecords(source, path, bytes);
  return (
    records && makeTable(source, name, spec, path, records, createHash('sha256').update(bytes).digest('hex'))
  );
}

interface Record {
  line: number;
  fields: readonly string[];
}

function readRecords(source: YamlSource, file: string, bytes: Buffer): Record[] | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // With `info` the parser wraps each record; its own types do not follow that option.
    const parsed = parse(text, { info: true, trim: true, skip_empty_lines: true }) as unknown as {
      info: { lines: number };
      record: string[];
    }[];
    return parsed.map(({ info, record }) => ({ line: info.lines, fields: record }));
  } catch (cause) {
    const line = cause instanceof CsvError ? Number(cause['lines']) : Number.NaN;
    source.add('this is no CSV file in UTF-8 with rows of equal length', {
      place: Number.isNaN(line) ? { file } : { file, line },
      cause,
    });
    return null;
  }
}

function makeTable(
  source: YamlSource,
  name: string,
  spec: { file: string; key: string },
  path: string,
  records: readonly Record[],
  hash: string,
): LookupTable | null {
  const [header, ...body] = records;
  const columns = header?.fields ?? [];
  const keyIndex = columns.indexOf(spec.key);
  if (keyIndex < 0 || new Set(columns).size !== columns.length) {
    const problem =
      keyIndex < 0 ? `${spec.file} has no column "${spec.key}"` : `${spec.file} has a column twice`;
    source.report(['lookups', name, 'key'], problem, suggestion(spec.key, columns));
    return null;
  }
  if (body.length > maxRows) {
    source.add(`a lookup table has at most ${maxRows} rows`, { place: { file: path, line: maxRows + 2 } });
    return null;
  }
  const rows = new Map<string, readonly string[]>();
  const lines = new Map<string, number>();
  for (const { line, fields } of body) {
    const key = fields[keyIndex] ?? '';
    const earlier = lines.get(key);
    if (key === '') source.add(`"${spec.key}" is empty`, { place: { file: path, line }, fix: 'Fill it in.' });
    else if (earlier !== undefined) {
      const fix = `Keep one of the two; the other is on line ${earlier}.`;
      source.add(`the key "${key}" is there twice`, { place: { file: path, line }, fix });
    } else {
      rows.set(key, fields);
      lines.set(key, line);
    }
  }
  return { name, file: spec.file, columns, rows, hash, lineOf: (key) => lines.get(key) ?? 1 };
}
