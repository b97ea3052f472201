/** What the parts of a declaration say of each other: fields and operations that they name must be there. */
import { suggestion } from '../../base/schema-problems.ts';
import type { Path, YamlSource } from '../../base/yaml-source.ts';
import type { OperationSpec, SystemSpec } from './schema.ts';

export function checkSystem(source: YamlSource, spec: SystemSpec): void {
  const asked = demandRead(source, ['check', 'operation'], spec.check.operation, spec);
  if (asked?.async)
    source.report(['check', 'operation'], 'an operation that is queued proves nothing at once');
  for (const [id, own] of Object.entries(spec.operations)) {
    const path = ['operations', id];
    checkKind(source, path, own);
    checkFields(source, path, own);
    checkBatch(source, path, own);
    checkAsync(source, path, own, spec);
    checkLookup(source, path, own, spec);
  }
}

function checkKind(source: YamlSource, path: Path, { kind, repeat, reference, async }: OperationSpec): void {
  const given = { repeat, reference, ...(kind === 'read' && { async }) };
  for (const [key, value] of Object.entries(given)) {
    if (kind === 'read' && value !== undefined)
      source.report([...path, key], `a read has no ${key}: it has no effect`, {
        at: 'key',
        fix: 'Remove it.',
      });
    if (kind === 'write' && value === undefined)
      source.report(path, `"${key}" is missing`, { at: 'key', fix: `${missing[key]}` });
  }
}

const missing: Readonly<Record<string, string>> = {
  repeat: 'Say whether it may be sent again when its answer is lost (safe, lookup or never).',
  reference: 'Name the fields that name its effect, or write content or none.',
};

const fieldsOf = ({ request }: OperationSpec): string[] => Object.keys(request.properties ?? {});
const requiredOf = ({ request }: OperationSpec): string[] => request.required ?? [];

function checkFields(source: YamlSource, path: Path, own: OperationSpec): void {
  for (const [, name = ''] of own.path.matchAll(/\{(\w+)\}/g))
    demandField(source, [...path, 'path'], name, own, 'required');
  for (const name of Object.keys(own.places)) demandField(source, [...path, 'places', name], name, own);
  if (Array.isArray(own.reference))
    for (const [index, name] of own.reference.entries())
      demandField(source, [...path, 'reference', index], name, own, 'required');
  const { page, size } = own.paging ?? {};
  if (page !== undefined) demandField(source, [...path, 'paging', 'page'], page, own);
  if (size !== undefined) demandField(source, [...path, 'paging', 'size'], size, own);
}

function checkBatch(source: YamlSource, path: Path, { batch, request }: OperationSpec): void {
  if (batch === undefined) return;
  const row = request.properties?.[batch.rows]?.items;
  if (row?.properties === undefined || request.required?.includes(batch.rows) !== true) {
    source.report([...path, 'batch', 'rows'], `"${batch.rows}" is no list of objects in the request`, {
      expected: 'a required field of type array whose items are objects with properties',
    });
    return;
  }
  if (row.required?.includes(batch.rowKey) !== true)
    source.report(
      [...path, 'batch', 'rowKey'],
      `"${batch.rowKey}" is no required field of a row`,
      suggestion(batch.rowKey, row.required ?? []),
    );
}

function checkAsync(source: YamlSource, path: Path, own: OperationSpec, system: SystemSpec): void {
  const { async } = own;
  if (async === undefined) return;
  if (async.mode === 'callback') {
    demandField(source, [...path, 'async', 'codeField'], async.codeField, own, 'required');
    return;
  }
  for (const name of Object.keys(async.ask)) demandField(source, [...path, 'async', 'ask', name], name, own);
  const at = [...path, 'async', 'status'];
  const status = demandRead(source, [...at, 'operation'], async.status.operation, system);
  if (status) demandField(source, [...at, 'field'], async.status.field, status);
}

function checkLookup(source: YamlSource, path: Path, own: OperationSpec, system: SystemSpec): void {
  const { repeat } = own;
  if (repeat?.mode !== 'lookup') return;
  const at = [...path, 'repeat'];
  const lookup = demandRead(source, [...at, 'operation'], repeat.operation, system);
  for (const [name, from] of Object.entries(repeat.request)) {
    if (lookup) demandField(source, [...at, 'request', name], name, lookup);
    demandField(source, [...at, 'request', name], firstOf(from), own, 'required');
  }
  for (const name of lookup ? requiredOf(lookup) : []) {
    if (!(name in repeat.request))
      source.report([...at, 'request'], `${repeat.operation} needs "${name}"`, { at: 'key' });
  }
  for (const [there, from] of Object.entries(repeat.same))
    demandField(source, [...at, 'same', there], firstOf(from), own, 'required');
}

const firstOf = (path: string): string => path.split('.')[0] ?? '';

function demandRead(
  source: YamlSource,
  path: Path,
  id: string,
  { operations }: SystemSpec,
): OperationSpec | null {
  const found = operations[id];
  if (found?.kind === 'read') return found;
  const reads = Object.entries(operations).filter(([, { kind }]) => kind === 'read');
  const names = reads.map(([name]) => name);
  source.report(path, `there is no read "${id}" in this file`, suggestion(id, names));
  return null;
}

function demandField(
  source: YamlSource,
  path: Path,
  name: string,
  operation: OperationSpec,
  how?: 'required',
): void {
  const known = how === 'required' ? requiredOf(operation) : fieldsOf(operation);
  if (known.includes(name) && fieldsOf(operation).includes(name)) return;
  const what = how === 'required' ? 'required field' : 'field';
  source.report(path, `"${name}" is no ${what} of the request`, suggestion(name, known));
}
