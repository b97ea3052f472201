/** An action of a mapping, compiled: what it asks of a row, what it calls, what it answers. */
import type { Operation } from '../connectors/port.ts';
import { cellWriter, compileRead, judgedNames } from './answers.ts';
import type { Column } from './column.ts';
import type { LookupUse, Scope } from './expressions.ts';
import type { LookupTable } from './lookups.ts';
import { compileRequest, fillRequest } from './request.ts';
import type { Feed } from './request-fields.ts';
import type { ActionPlan } from './row.ts';
import type { ActionSpec, MappingSpec, ReadSpec } from './schema.ts';
import { suggestion } from './schema-problems.ts';
import type { Path, YamlSource } from './source.ts';
import type { CompiledAction } from './types.ts';

export interface MappingScope {
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

  const reads = Object.entries(spec.reads).map(([read, readSpec]) =>
    compileReadCall(mapping, scope, [...path, 'reads', read], read, readSpec),
  );
  const operation = operationNamed(mapping, [...path, 'operation'], spec.operation, 'write');
  checkCells(mapping, [...path, 'cells'], spec.cells);
  if (!operation || reads.includes(null)) return null;
  const known = reads.filter((read) => read !== null);

  const request = compileRequest(
    scope,
    [...path, 'request'],
    spec.request,
    operation,
    Object.keys(spec.reads),
  );
  for (const read of known) checkAgreement(source, [...path, 'reads', read.name, 'agree'], read.spec, spec);
  const common = mapping.spec.acknowledgement.cells;
  return {
    plan: {
      name,
      required,
      forbidden,
      uses,
      request,
      reads: known.map((read) => ({ name: read.name, request: read.request })),
    },
    compiled: {
      name,
      operation,
      reads: known.map((read) => {
        const needs = request.fills.filter((fill) => fill.read === read.name);
        return compileRead(read.name, read.operation, read.spec, needs, common);
      }),
      finish: (built, given) => fillRequest(built, request.fills, given),
      cells: cellWriter({ ...common, ...spec.cells }),
    },
    feeds: [request, ...known.map((read) => read.request)].flatMap((one) => one.feeds),
  };
}

function compileReadCall(mapping: MappingScope, scope: Scope, path: Path, name: string, spec: ReadSpec) {
  const operation = operationNamed(mapping, [...path, 'operation'], spec.operation, 'read');
  checkCells(mapping, [...path, 'refusal', 'cells'], spec.refusal?.cells ?? {});
  if (!operation) return null;
  return {
    name,
    spec,
    operation,
    request: compileRequest(scope, [...path, 'request'], spec.request, operation, []),
  };
}

function checkAgreement(source: YamlSource, path: Path, read: ReadSpec, action: ActionSpec): void {
  const fields = Object.keys(action.request);
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
