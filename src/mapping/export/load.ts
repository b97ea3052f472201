/** The mapping of an export, read, checked and compiled once. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import { valueAtPath } from '../../base/path.ts';
import { checkSource, suggestion } from '../../base/schema-problems.ts';
import { type Path, YamlSource } from '../../base/yaml-source.ts';
import type { Operation } from '../../connectors/port.ts';
import type { Systems } from '../types.ts';
import { cellWriter, type Given } from './cells.ts';
import { checkColumns } from './columns.ts';
import { isDayOnly, isWallTime, momentReader } from './moments.ts';
import { boundedByDays, checkRequest, fillRequest, wallClocksOf } from './request.ts';
import { type ExportSpec, exportSchema, type ListSpec, type Part } from './schema.ts';
import type { CompiledExport, ListSource, RowSource, Span } from './types.ts';

/** Details are asked for by the entry alone. */
const noSpan: Span = { from: 0, to: 0, timeZone: 'UTC' };

/**
 * @param systems the operations of every system that it may name
 * @throws TidegateErrors `MAPPING_INVALID` with every problem found, each with file, line and column
 */
export async function loadExportMapping(path: string, systems: Systems): Promise<CompiledExport> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const fix = 'Check the name and the rights of the file.';
    throw new TidegateError('MAPPING_INVALID', 'the mapping of the export cannot be read', {
      ...{ place: { file: path }, fix, cause },
    });
  });
  const source = new YamlSource(path, text, 'MAPPING_INVALID');
  const spec = checkSource(source, exportSchema);
  const compiled = compile(source, spec, systems);
  source.throwProblems();
  // It is there, or `throwProblems` had thrown.
  if (!compiled) throw new TidegateError('MAPPING_INVALID', 'nothing is read', { place: { file: path } });
  return {
    name: basename(path).replace(/\.export\.ya?ml$/, ''),
    version: createHash('sha256').update(text).digest('hex').slice(0, 12),
    header: Object.keys(spec.columns),
    source: compiled,
  };
}

function compile(source: YamlSource, spec: ExportSpec, systems: Systems): ListSource | RowSource | null {
  const { list, rows } = spec;
  if (list && !rows) return compileList(source, spec, list, systems);
  if (rows && !list) return compileRows(source, spec, rows);
  source.report([], 'it must be list or rows', { expected: 'one of the two', fix: 'Say what is read.' });
  return null;
}

function compileRows(
  source: YamlSource,
  spec: ExportSpec,
  { outcomes }: NonNullable<ExportSpec['rows']>,
): RowSource {
  for (const key of ['system', 'details'] as const)
    if (spec[key] !== undefined)
      source.report([key], `rows come out of the ledger, and need no "${key}"`, {
        ...{ at: 'key', fix: 'Remove it.' },
      });
  checkColumns(source, spec, { list: null, details: null });
  const write = cellWriter(spec.columns);
  return { kind: 'rows', outcomes, ...columnsOfFeed(spec), cells: (row, span) => write({ row }, span) };
}

function compileList(
  source: YamlSource,
  spec: ExportSpec,
  list: ListSpec,
  systems: Systems,
): ListSource | null {
  const { details, system = '' } = spec;
  const operations = systems.get(system);
  if (!operations) {
    const problem = system === '' ? '"system" is missing' : `there is no system "${system}"`;
    source.report(['system'], problem, suggestion(system, [...systems.keys()]));
    return null;
  }
  const named = (path: Path, id: string): Operation | null => readNamed(source, path, id, operations, system);
  const listed = named(['list', 'operation'], list.operation);
  const detailed = details ? named(['details', 'operation'], details.operation) : null;
  if (!listed || (details && !detailed)) return null;
  checkList(source, list, listed);
  checkColumns(source, spec, { list: listed, details: detailed });
  return {
    ...listSource(list, listed, cellWriter(spec.columns)),
    system,
    details: details && detailed ? compileDetails(source, details, detailed) : null,
  };
}

function compileDetails(
  source: YamlSource,
  { request }: NonNullable<ExportSpec['details']>,
  operation: Operation,
): ListSource['details'] {
  checkRequest(source, ['details', 'request'], request, operation, { paged: {}, mayUseEntry: true });
  return { operation, request: (entry) => fillRequest(request, noSpan, entry) };
}

function listSource(
  spec: ListSpec,
  operation: Operation,
  write: (given: Given, span: Span) => string[],
): Omit<ListSource, 'system' | 'details'> {
  const { paging } = operation;
  const { key, within, entries } = spec;
  const moment = within && momentReader(within.format);
  const listIn = (answer: Json): readonly Json[] | null => {
    const found = entries === undefined ? answer : valueAtPath(answer, entries);
    return Array.isArray(found) ? (found as readonly Json[]) : null;
  };
  return {
    kind: 'list',
    operation,
    request: (span) => fillRequest(spec.request, span, null),
    pageSize: spec.pageSize ?? paging?.size ?? 0,
    entries: paging ? (answer) => paging.items(answer) : listIn,
    key: (entry) => (key ? keyOf(entry, key) : null),
    byDays: within ? isDayOnly(within.format) : boundedByDays(spec.request),
    wallClocks: [
      ...wallClocksOf(spec.request),
      ...(within && isWallTime(within.format) ? [within.zone ?? null] : []),
    ],
    belongs(entry, { from, to, timeZone }) {
      if (!within || !moment) return true;
      const at = moment(valueAtPath(entry, within.entry) ?? null, within.zone ?? timeZone);
      return at === null ? null : at >= from && at < to;
    },
    cells: (entry, detail, span) => write({ entry, detail }, span),
  };
}

function keyOf(entry: Json, paths: readonly string[]): string | null {
  const values = paths.map((path) => valueAtPath(entry, path));
  return values.every((value) => value === undefined || value === null) ? null : JSON.stringify(values);
}

function readNamed(
  source: YamlSource,
  path: Path,
  id: string,
  operations: ReadonlyMap<string, Operation>,
  system: string,
): Operation | null {
  const operation = operations.get(id);
  if (operation && readsOnly(operation)) return operation;
  const reads = [...operations.values()].filter(readsOnly).map((one) => one.id);
  const problem = operation
    ? `${id} has an effect, and an export only reads`
    : `${system} has no operation "${id}"`;
  source.report(path, problem, suggestion(id, reads));
  return null;
}

const readsOnly = ({ kind }: Operation): boolean => kind === 'read';

function checkList(source: YamlSource, spec: ListSpec, operation: Operation): void {
  const { paging } = operation;
  const path: Path = ['list'];
  const size = spec.pageSize ?? paging?.size ?? 0;
  const paged = paging ? paging.ask(1, size) : {};
  checkRequest(source, [...path, 'request'], spec.request, operation, { paged, mayUseEntry: false });
  if (spec.pageSize !== undefined && !paging?.sizeCanBeAsked)
    source.report([...path, 'pageSize'], `${operation.id} gives pages of its own size`, {
      at: 'key',
      fix: 'Remove it.',
    });
  if (paging && spec.entries !== undefined)
    source.report([...path, 'entries'], `${operation.id} comes page by page, and its list is known`, {
      ...{ at: 'key', fix: 'Remove it.' },
    });
  if (paging && spec.key === undefined)
    source.report(path, `${operation.id} comes page by page, and pages shift when an entry comes or goes`, {
      at: 'key',
      expected: 'key: what tells one entry from another',
      fix: 'Add the fields that no two entries have alike.',
    });
}

function columnsOfFeed({ columns }: ExportSpec): Pick<RowSource, 'fields' | 'ackCells'> {
  const parts = Object.values(columns).flatMap((one): readonly Part[] =>
    'firstOf' in one ? one.firstOf : 'window' in one ? [] : [one],
  );
  return {
    fields: parts.flatMap((part) => ('field' in part ? [part.field] : [])),
    ackCells: parts.flatMap((part) => ('cell' in part ? [part.cell] : [])),
  };
}
