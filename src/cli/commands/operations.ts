import { dirname, resolve } from 'node:path';
import { transportCalls } from '../../app/implementations.ts';
import { loadSystems } from '../../app/systems.ts';
import { TidegateError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { describeOperation, type FieldEntry, type OperationEntry } from '../../connectors/catalogue.ts';
import type { Systems } from '../../mapping/types.ts';
import { define, exit } from '../command.ts';
import type { Printer } from '../print.ts';

export const operationsCommand = define<{ system?: string }>({
  configure: (command) => command.option('-s, --system <name>', 'only this system'),
  async run({ args: [wanted], options, printer }) {
    const { operations } = await loadSystems(dirname(resolve(options.config)));
    const ofSystem = catalogue(operations, options.system);
    const entries = wanted === undefined ? ofSystem : named(wanted, ofSystem);
    if (options.json) printer.json(entries);
    else if (wanted === undefined)
      for (const [system, own] of bySystem(entries)) printSystem(system, own, printer);
    else for (const entry of entries) printOperation(entry, printer);
    return exit.done;
  },
});

function catalogue(systems: Systems, only: string | undefined): OperationEntry[] {
  if (only !== undefined && !systems.has(only)) {
    throw new TidegateError('USAGE', `there is no system ${only}`, {
      expected: `one of ${[...systems.keys()].join(', ')}`,
      ...hint(only, [...systems.keys()]),
    });
  }
  return [...systems]
    .filter(([system]) => only === undefined || system === only)
    .flatMap(([system, operations]) => [
      ...(transportCalls.get(system) ?? []).map((call) => describeOperation(system, call, 'transport')),
      ...[...operations.values()].map((operation) => describeOperation(system, operation, 'mapping')),
    ]);
}

/** With the system in front, or without it where it can be meant in one only or in several. */
function named(wanted: string, entries: readonly OperationEntry[]): OperationEntry[] {
  const found = entries.filter((entry) => entry.id === wanted || fullName(entry) === wanted);
  if (found.length > 0) return found;
  const close = nearest(wanted, [...entries.map(fullName), ...entries.map(({ id }) => id)]);
  throw new TidegateError('USAGE', `there is no operation ${wanted}`, {
    fix: close === undefined ? '`tidegate operations` lists them.' : `Did you mean ${close}?`,
  });
}

const fullName = ({ system, id }: OperationEntry): string => `${system}/${id}`;

function hint(name: string, known: readonly string[]): { fix?: string } {
  const close = nearest(name, known);
  return close === undefined ? {} : { fix: `Did you mean ${close}?` };
}

function bySystem(entries: readonly OperationEntry[]): Map<string, OperationEntry[]> {
  return Map.groupBy(entries, ({ system }) => system);
}

function printSystem(system: string, entries: readonly OperationEntry[], printer: Printer): void {
  printer.line(`${system}: ${entries.length} operations`);
  printer.table(
    ['operation', 'does', 'kind', 'in one call', 'when an answer is lost'],
    entries.map((entry) => [entry.id, entry.purpose, kindOf(entry), volumeOf(entry), afterLoss(entry)]),
  );
  printer.line();
}

function printOperation(entry: OperationEntry, printer: Printer): void {
  printer.line(`${fullName(entry)}: ${entry.purpose}`);
  printer.line(`${kindOf(entry)}, ${entry.method} ${entry.path}`);
  const volume = volumeOf(entry);
  if (volume !== '') printer.line(`In one call: ${volume}`);
  printer.line(
    `When an answer is lost: ${afterLoss(entry)}${entry.because ? `, because ${entry.because}` : ''}`,
  );
  if (entry.request.length === 0) printer.line('It has no fields.');
  const rows = entry.request.flatMap(fieldRows);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    printer.line(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  if (entry.takesAnything) printer.line('It takes other fields as well.');
  printer.line();
}

/** Field, type, whether it is required, where it goes, and its values where they are listed. */
function fieldRows({
  path,
  type,
  required,
  format,
  in: place,
  enum: listed,
  fields,
}: FieldEntry): string[][] {
  const values = listed?.map((value) => String(value) || '(empty)').join(', ') ?? format ?? '';
  const row = [path, type, required ? 'required' : '', place ?? '', values];
  return [row, ...(fields ?? []).flatMap(fieldRows)];
}

const kindOf = ({ kind, use }: OperationEntry): string => (use === 'transport' ? `${kind}, by itself` : kind);

/** How much goes or comes, and whether at once. */
function volumeOf({ batch, async, paging }: OperationEntry): string {
  const parts = [];
  if (batch)
    parts.push(
      `${batch.limit === null ? 'rows' : `${batch.limit} rows`} in ${batch.rows}, by ${batch.rowKey}`,
    );
  if (async?.mode === 'poll') parts.push(`queued: ask ${async.statusOperation}`);
  if (async?.mode === 'callback') parts.push('queued: they call back');
  if (paging) parts.push(paging.sizeCanBeAsked ? 'pages of any size' : `pages of ${paging.size}`);
  return parts.join('; ');
}

function afterLoss({ repeat, lookup }: OperationEntry): string {
  if (repeat === 'lookup') return `asks ${lookup}`;
  return repeat === 'safe' ? 'goes again' : 'parked';
}
