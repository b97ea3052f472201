/** A mapping file, read, checked and compiled once. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import { checkSource, suggestion } from '../base/schema-problems.ts';
import { type Path, YamlSource } from '../base/yaml-source.ts';
import type { Operation } from '../connectors/port.ts';
import { type ActionDraft, checkCells, compileAction } from './action.ts';
import type { Column } from './column.ts';
import { foldName } from './fold-name.ts';
import { compileColumns } from './header.ts';
import { type LookupTable, readLookup } from './lookups.ts';
import { fieldMasker, maskDocument, personalFields } from './mask.ts';
import { rowMapper } from './row.ts';
import { type MappingSpec, mappingSchema } from './schema.ts';
import type { CompiledFile, CompiledMapping, Systems } from './types.ts';

/**
 * @param path the mapping file; its lookup tables lie beside it
 * @param systems the operations of every system that a mapping may name
 * @throws TidegateErrors `MAPPING_INVALID` with every problem found, each with file, line and column
 */
export async function loadMapping(path: string, systems: Systems): Promise<CompiledMapping> {
  const text = await readMapping(path);
  const source = new YamlSource(path, text, 'MAPPING_INVALID');
  const spec = checkSource(source, mappingSchema);
  const name = basename(path).replace(/\.ya?ml$/, '');
  const operations = operationsOf(source, spec, systems);
  const tables = await readTables(source, spec);
  const columns = compileColumns(source, spec);
  checkAcknowledgement(source, spec);
  checkCells({ source, spec }, ['acknowledgement', 'cells'], spec.acknowledgement.cells);
  const actions = Object.entries(spec.actions).map(([action, actionSpec]) =>
    compileAction({ name, source, spec, columns, lookups: tables, operations }, action, actionSpec),
  );
  const byName = actionNames(source, spec, actions);
  const files = filesOf(source, actions);
  const { route, order, keys } = namedColumns(source, spec, columns);
  source.throwProblems();
  const compiled = actions.filter((action) => action !== null);
  // It is there, or `throwProblems` had thrown.
  if (!order) throw new TidegateError('MAPPING_INVALID', 'no order column', { place: { file: path } });
  const masks = new Map(compiled.map((action) => [action.compiled.name, personalFields(action.feeds)]));
  const allMasks = personalFields(compiled.flatMap((action) => action.feeds));
  const list = [...columns.values()];
  return {
    name,
    system: spec.system ?? null,
    version: versionOf(text, [...tables.values()]),
    header: {
      columns: list.map(({ name: column, spec: rule }) => ({
        name: column,
        aliases: rule.aliases,
        required: !rule.optional,
      })),
    },
    keyColumns: spec.acknowledgement.keys,
    ackColumns: spec.acknowledgement.columns,
    actions: new Map(compiled.map((action) => [action.compiled.name, action.compiled])),
    files,
    fileEndings: list.flatMap(({ spec: rule }) =>
      rule.type === 'file' ? rule.endings.map((ending) => ending.toLowerCase()) : [],
    ),
    map: rowMapper({
      columns: list,
      route,
      order,
      keys,
      actions: byName,
      actionNames: Object.keys(spec.actions),
    }),
    mask: fieldMasker(list),
    maskJson: (action, document) => maskDocument(masks.get(action) ?? allMasks, document),
  };
}

/** A file has one layout, whichever actions put lines into it. */
function filesOf(source: YamlSource, drafts: readonly (ActionDraft | null)[]): CompiledMapping['files'] {
  const files = new Map<string, CompiledFile>();
  for (const { compiled } of drafts.filter((draft) => draft !== null))
    for (const [name, file] of compiled.files) {
      const known = files.get(name) ?? file;
      files.set(name, known);
      const same = known.columns.join('\n') === file.columns.join('\n') && known.splits === file.splits;
      if (!same)
        source.report(
          ['actions', compiled.name, 'files', name],
          `"${name}" looks different in another action`,
          {
            at: 'key',
            expected: 'the same columns in the same order, and a split in all of them or none',
            fix: 'Make them alike, or give this file another name.',
          },
        );
    }
  return files;
}

/** A mapping for a system that is not there is checked no further: every name in it would be unknown. */
function operationsOf(
  source: YamlSource,
  spec: MappingSpec,
  systems: Systems,
): ReadonlyMap<string, Operation> {
  if (spec.system === undefined) return new Map();
  const operations = systems.get(spec.system);
  if (!operations)
    source.report(
      ['system'],
      `there is no system "${spec.system}"`,
      suggestion(spec.system, [...systems.keys()]),
    );
  source.throwProblems();
  return operations ?? new Map();
}

async function readMapping(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('MAPPING_INVALID', 'the mapping file cannot be read', {
      place: { file: path },
      fix: 'Check the name and the rights of the file.',
      cause,
    });
  }
}

async function readTables(source: YamlSource, spec: MappingSpec): Promise<Map<string, LookupTable>> {
  const tables = new Map<string, LookupTable>();
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    const table = await readLookup(source, name, lookup);
    if (table) tables.set(name, table);
  }
  // Expressions cannot be checked against a table that is not there.
  source.throwProblems();
  return tables;
}

function versionOf(text: string, tables: readonly LookupTable[]): string {
  const hash = createHash('sha256').update(text);
  for (const table of tables) hash.update(table.hash);
  return hash.digest('hex').slice(0, 12);
}

function namedColumns(source: YamlSource, spec: MappingSpec, columns: ReadonlyMap<string, Column>) {
  const named = (path: Path, name: string): Column[] => {
    const column = columns.get(name);
    if (!column) source.report(path, `there is no column "${name}"`, suggestion(name, [...columns.keys()]));
    else if (column.spec.optional) {
      source.report(path, `"${name}" may be missing from the file`, {
        fix: 'Remove "optional" from the column.',
      });
    }
    return column ? [column] : [];
  };
  const names = Object.keys(spec.actions);
  if (!spec.route && names.length > 1)
    source.report(['actions'], 'nothing tells these actions apart', {
      at: 'key',
      expected: 'a column that names the action of a row, or one action only',
      fix: 'Add "route".',
    });
  return {
    route: spec.route ? (named(['route', 'column'], spec.route.column)[0] ?? null) : null,
    order: named(['order'], spec.order)[0],
    keys: spec.acknowledgement.keys.flatMap((name, index) => named(['acknowledgement', 'keys', index], name)),
  };
}

function checkAcknowledgement(source: YamlSource, { acknowledgement: { keys, columns } }: MappingSpec): void {
  for (const [index, name] of columns.entries()) {
    if (columns.indexOf(name) === index && !keys.includes(name)) continue;
    source.report(['acknowledgement', 'columns', index], `"${name}" stands twice in the acknowledgement`, {
      fix: 'Remove one of the two.',
    });
  }
}

function actionNames(source: YamlSource, spec: MappingSpec, actions: readonly (ActionDraft | null)[]) {
  const byName = new Map<string, ActionDraft['plan']>();
  const taken = new Map<string, string>();
  for (const [index, [name, action]] of Object.entries(spec.actions).entries()) {
    for (const one of [name, ...action.aliases]) {
      const folded = foldName(one);
      const owner = taken.get(folded);
      if (owner !== undefined) {
        source.report(['actions', name], `the name "${one}" already belongs to "${owner}"`, { at: 'key' });
      }
      taken.set(folded, name);
      const draft = actions[index];
      if (draft) byName.set(one, draft.plan).set(folded, draft.plan);
    }
  }
  return byName;
}
