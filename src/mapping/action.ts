/** An action of a mapping, compiled: what it asks of a row, what it calls, what it answers. */
import type { JsonObject } from '../base/json.ts';
import { suggestion } from '../base/schema-problems.ts';
import type { Path, YamlSource } from '../base/yaml-source.ts';
import type { Operation } from '../connectors/port.ts';
import { cellWriter, compileRead, judgedNames, type ReadParts } from './answers.ts';
import type { Column } from './column.ts';
import type { LookupUse, Scope } from './expressions.ts';
import { fileOperation, REFERENCE } from './file-operation.ts';
import { compileFiles } from './file-rows.ts';
import type { LookupTable } from './lookups.ts';
import { type CompiledPick, compilePick } from './pick.ts';
import { compileRequest, fillRequest, fillStandIns } from './request.ts';
import type { Demand, Feed, Fill } from './request-fields.ts';
import type { ActionPlan } from './row.ts';
import type { ActionSpec, Expression, MappingSpec, ReadSpec } from './schema.ts';
import type { CompiledAction, RowPlan } from './types.ts';
import { isOptional } from './zod-shape.ts';

export interface MappingScope {
  /** Of the mapping. */
  name: string;
  source: YamlSource;
  spec: MappingSpec;
  columns: ReadonlyMap<string, Column>;
  lookups: ReadonlyMap<string, LookupTable>;
  operations: ReadonlyMap<string, Operation>;
}

export interface ActionDraft {
  plan: ActionPlan;
  compiled: CompiledAction;
  /** Columns behind the fields of all requests of the action. */
  feeds: readonly Feed[];
}

/** `null` when an operation is not known; problems are reported to the source. */
export function compileAction(mapping: MappingScope, name: string, spec: ActionSpec): ActionDraft | null {
  const path: Path = ['actions', name];
  const { source, columns } = mapping;
  const required = columnList(mapping, [...path, 'required'], spec.required);
  const forbidden = columnList(mapping, [...path, 'forbidden'], spec.forbidden);
  for (const column of forbidden) {
    if (!column.spec.required && !required.includes(column)) continue;
    source.report([...path, 'forbidden'], `"${column.name}" is both required and forbidden`);
  }
  const always = [...columns.values()].filter((column) => column.spec.required);
  const filled = new Set([...always, ...required].map((column) => column.name));
  if (mapping.spec.route) filled.add(mapping.spec.route.column);
  const uses: LookupUse[] = [];
  const scope: Scope = { source, columns, lookups: mapping.lookups, filled, uses };

  const reads = Object.entries(spec.reads).map(([read, readSpec], index, all) => {
    const earlier = all.slice(0, index).map(([name]) => name);
    return compileReadCall(mapping, scope, [...path, 'reads', read], read, readSpec, earlier);
  });
  const operation =
    spec.operation === undefined
      ? fileOperation(`${mapping.name}/${name}`)
      : operationNamed(mapping, [...path, 'operation'], spec.operation, 'write');
  const fields = requestOf(scope, path, spec);
  const readNames = Object.keys(spec.reads);
  const files = compileFiles(scope, [...path, 'files'], spec.files, readNames, spec.operation !== undefined);
  checkNamedIn(mapping, path, spec);
  checkCells(mapping, [...path, 'cells'], spec.cells);
  if (!operation || reads.includes(null)) return null;
  if (spec.queued && !operation.async)
    source.report([...path, 'queued'], `${operation.id} is done at once, and nothing of it is queued`);
  const known = reads.filter((read) => read !== null);

  const request = compileRequest(scope, [...path, 'request'], fields, operation, readNames);
  const allFills = [request, ...known.map((read) => read.request)].flatMap(({ fills }) => fills);
  for (const read of known) {
    const at = [...path, 'reads', read.name];
    checkAgreement(source, [...at, 'agree'], read.spec, spec);
    checkDemanded(source, at, read, allFills);
  }
  const common = mapping.spec.acknowledgement.cells;
  return {
    plan: {
      name,
      required,
      forbidden,
      uses,
      request,
      attachment: compileAttachment(mapping, path, spec, operation),
      files: files.map(({ plan }) => plan),
      calls: spec.operation !== undefined,
      reads: known.map(({ name: read, request: asked, pick }) => ({
        ...{ name: read, request: asked, sought: pick?.sought ?? null },
      })),
    },
    compiled: {
      name,
      operation,
      calls: spec.operation !== undefined,
      files: new Map(files.map(({ compiled }) => [compiled.name, compiled])),
      queued: operation.async !== undefined && (spec.queued || operation.async.mode === 'callback'),
      reads: known.map((read) => {
        const needs = allFills.filter((fill) => fill.read === read.name);
        return compileRead(read, needs, common);
      }),
      identity: (asked) => identityOf(asked, request.fills, known),
      finish: (built, given) => fillRequest(built, request.fills, given),
      cells: cellWriter({ ...common, ...spec.cells }),
    },
    feeds: [request, ...known.map((read) => read.request)].flatMap((one) => one.feeds),
  };
}

/** The fields of the request; of an action without a call only what names its effect. */
function requestOf(
  { source, columns, filled }: Scope,
  path: Path,
  { operation, request, reference, files }: ActionSpec,
): Readonly<Record<string, Expression>> {
  if (operation !== undefined) {
    if (request === undefined) source.report(path, '"request" is missing', { at: 'key' });
    if (reference !== undefined)
      source.report([...path, 'reference'], `${operation} knows what names its effect`, {
        fix: 'Remove "reference".',
      });
    return request ?? {};
  }
  if (request !== undefined)
    source.report([...path, 'request'], 'there is no operation that takes it', { fix: 'Remove "request".' });
  if (Object.keys(files).length === 0)
    source.report(path, 'the action does nothing', {
      at: 'key',
      expected: '"operation", "files" or both',
      fix: 'Say what is called, or which file gets a line.',
    });
  if (reference === undefined) return {};
  const column = columns.get(reference);
  if (!column || !filled.has(reference))
    source.report(
      [...path, 'reference'],
      column ? `"${reference}" may be empty` : `there is no column "${reference}"`,
      column ? { fix: `Add "${reference}" to "required".` } : suggestion(reference, [...columns.keys()]),
    );
  return column ? { [REFERENCE]: { column: reference } } : {};
}

function checkNamedIn({ source, spec }: MappingScope, path: Path, { files }: ActionSpec): void {
  const { columns } = spec.acknowledgement;
  for (const [file, { namedIn }] of Object.entries(files))
    if (namedIn !== undefined && !columns.includes(namedIn))
      source.report(
        [...path, 'files', file, 'namedIn'],
        `the acknowledgement has no column "${namedIn}"`,
        suggestion(namedIn, columns),
      );
}

function compileAttachment(
  { source, columns }: MappingScope,
  path: Path,
  { attachment: name, request = {} }: ActionSpec,
  { id, attachment: takes }: Operation,
): ActionPlan['attachment'] {
  if (name === undefined) return null;
  const at = [...path, 'attachment'];
  if (!takes) {
    source.report(at, `${id} takes no file`, { fix: 'Remove "attachment".' });
    return null;
  }
  if (Object.hasOwn(request, takes.field))
    source.report([...path, 'request', takes.field], `"${takes.field}" takes the file of "${name}"`, {
      fix: 'Remove one of the two.',
    });
  const column = columns.get(name);
  if (column?.spec.type === 'file') return { column, field: takes.field, nameField: takes.name };
  const files = [...columns.values()].filter(({ spec }) => spec.type === 'file').map((one) => one.name);
  const problem = column ? `"${name}" is no file column` : `there is no column "${name}"`;
  source.report(at, problem, suggestion(name, files));
  return null;
}

function identityOf(
  { request, reads }: RowPlan,
  fills: readonly Fill[],
  parts: readonly ReadParts[],
): JsonObject {
  if (fills.length === 0) return request;
  const standIns: Record<string, string> = {};
  for (const { name, request: asked } of parts) {
    const planned = reads.find((one) => one.name === name);
    if (planned)
      standIns[name] = JSON.stringify([fillStandIns(planned.request, asked.fills, standIns), planned.where]);
  }
  return fillStandIns(request, fills, standIns);
}

function compileReadCall(
  mapping: MappingScope,
  scope: Scope,
  path: Path,
  name: string,
  spec: ReadSpec,
  earlier: readonly string[],
): ReadParts | null {
  const operation = operationNamed(mapping, [...path, 'operation'], spec.operation, 'read');
  checkCells(mapping, [...path, 'refusal', 'cells'], spec.refusal?.cells ?? {});
  if (!operation) return null;
  const pick = spec.pick ? compilePick(scope, [...path, 'pick'], spec.pick, operation) : null;
  const uncertain = pick?.sought.some(({ part }) => !part.certain) === true;
  const request = compileRequest(scope, [...path, 'request'], spec.request, operation, earlier, uncertain);
  const made =
    uncertain && pick ? { ...request, demands: demandsWhenSought(pick, request.demands) } : request;
  return { name, spec, operation, request: made, pick };
}

/** A row that looks for nothing makes no such read, and need not fill its request. */
const demandsWhenSought = ({ sought }: CompiledPick, demands: readonly Demand[]): Demand[] =>
  demands.map(({ field, part }) => ({
    field,
    part: {
      ...part,
      evaluate: (values, found) =>
        sought.every((one) => one.part.evaluate(values, found) !== undefined)
          ? part.evaluate(values, found)
          : null,
    },
  }));

/** A field that must be there can only come from a read that always gives it. */
function checkDemanded(source: YamlSource, path: Path, read: ReadParts, fills: readonly Fill[]): void {
  const fill = fills.find((one) => one.read === read.name && !isOptional(one.schema));
  if (!fill) return;
  const demanded = `"${fill.field.join('.')}" must have a value`;
  if (read.spec.onFailure === 'empty')
    source.report([...path, 'onFailure'], `${demanded}, and this read may give none`, {
      fix: 'Remove "onFailure".',
    });
  for (const { field, part } of read.pick?.sought ?? [])
    if (!part.certain)
      source.report([...path, 'pick', 'where', field], `${demanded}, and ${part.says} may be empty`, {
        fix: `Add ${part.columns.map((column) => `"${column.name}"`).join(', ')} to "required".`,
      });
}

function checkAgreement(source: YamlSource, path: Path, read: ReadSpec, action: ActionSpec): void {
  const fields = Object.keys(action.request ?? {});
  for (const [said, field] of Object.entries(read.agree)) {
    if (fields.includes(field.split('.')[0] ?? '')) continue;
    source.report([...path, said], `the request has no field "${field}"`, suggestion(field, fields));
  }
}

function columnList({ source, columns }: MappingScope, path: Path, names: readonly string[]): Column[] {
  return names.flatMap((name, index) => {
    const column = columns.get(name);
    if (column) return [column];
    source.report([...path, index], `there is no column "${name}"`, suggestion(name, [...columns.keys()]));
    return [];
  });
}

function operationNamed(
  { source, operations, spec }: MappingScope,
  path: Path,
  id: string,
  kind: Operation['kind'],
): Operation | null {
  if (spec.system === undefined) {
    source.report(path, 'the mapping names no system', { fix: 'Add "system", e.g. system: servify.' });
    return null;
  }
  const operation = operations.get(id);
  const fitting = [...operations.values()].filter((one) => one.kind === kind).map((one) => one.id);
  if (!operation) {
    source.report(path, `${spec.system} has no operation "${id}"`, suggestion(id, fitting));
    return null;
  }
  if (operation.kind === kind) return operation;
  const problem = kind === 'read' ? `${id} has an effect, and only reads go first` : `${id} only reads`;
  source.report(path, problem, { expected: `one of ${fitting.join(', ')}` });
  return null;
}

export function checkCells(
  { source, spec }: Pick<MappingScope, 'source' | 'spec'>,
  path: Path,
  cells: Readonly<Record<string, string>>,
): void {
  const { columns } = spec.acknowledgement;
  for (const [column, from] of Object.entries(cells)) {
    if (!columns.includes(column)) {
      const hint = suggestion(column, columns);
      source.report([...path, column], `the acknowledgement has no column "${column}"`, {
        at: 'key',
        ...hint,
      });
    }
    if (from.startsWith('$') && !judgedNames.includes(from)) {
      source.report([...path, column], `"${from}" is not known`, suggestion(from, judgedNames));
    }
  }
}
