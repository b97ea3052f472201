/** One row: cells checked, action found, requests built. Pure; every broken rule of the row is kept. */
import type { Json } from '../base/json.ts';
import { nearest } from '../base/nearest.ts';
import type { Column } from './column.ts';
import type { Broken } from './columns/types.ts';
import type { Found, LookupUse } from './expressions.ts';
import type { FilePlan } from './file-rows.ts';
import { foldName } from './fold-name.ts';
import type { Sought } from './pick.ts';
import type { CompiledRequest } from './request.ts';
import type { Demand } from './request-fields.ts';
import type { MappedRow, NamedFile, PlannedRead, RowPlan, Violation } from './types.ts';

/** What an action asks of a row. */
export interface ActionPlan {
  name: string;
  required: readonly Column[];
  forbidden: readonly Column[];
  uses: readonly LookupUse[];
  request: CompiledRequest;
  reads: readonly ReadPlan[];
  /** The column that names a file, the field of the request that takes it, and where its name goes in there. */
  attachment: { column: Column; field: string; nameField: string } | null;
  files: readonly FilePlan[];
  /** Whether a call is made; else the row must belong into a file. */
  calls: boolean;
}

export interface ReadPlan {
  name: string;
  request: CompiledRequest;
  /** What the entry of a list is found by; `null` where the answer as a whole is meant. */
  sought: readonly Sought[] | null;
}

export interface RowRules {
  columns: readonly Column[];
  /** `null` where there is one action only. */
  route: Column | null;
  order: Column;
  keys: readonly Column[];
  /** By every name of every action, as written and folded by `foldName`. */
  actions: ReadonlyMap<string, ActionPlan>;
  /** Main names, for messages. */
  actionNames: readonly string[];
}

type Fields = readonly string[];
type TypedValues = (string | undefined)[];

const maxShown = 100;
/** A nearest key is looked for only in tables where this stays quick, however many rows miss. */
const maxSuggested = 1000;

export function rowMapper(rules: RowRules): (fields: Fields) => MappedRow {
  const independentFirst = [
    ...rules.columns.filter((column) => column.type.dependsOn === undefined),
    ...rules.columns.filter((column) => column.type.dependsOn !== undefined),
  ];
  const columnAt = rules.columns;
  return (fields) => {
    const values: TypedValues = new Array(rules.columns.length).fill(undefined);
    const violations: Violation[] = [];
    for (const column of independentFirst) readCell(column, fields, values, violations, columnAt);
    const action = route(rules, fields, values, violations);
    const plan = action ? planRow(action, fields, values, violations) : null;
    if (violations.length > 1) sortByColumn(violations, rules.columns);
    return {
      keys: rules.keys.map((column) => fields[column.index] ?? ''),
      action: action?.name ?? '',
      orderKey: values[rules.order.index] ?? (fields[rules.order.index] ?? '').trim(),
      violations,
      plan,
      attachment: (plan && action && attachmentOf(action, values)) ?? null,
    };
  };
}

function attachmentOf({ attachment }: ActionPlan, values: TypedValues): NamedFile | null {
  const name = attachment && values[attachment.column.index];
  return attachment && name !== undefined && name !== null
    ? { column: attachment.column.name, name, field: attachment.field }
    : null;
}

function readCell(
  column: Column,
  fields: Fields,
  values: TypedValues,
  violations: Violation[],
  columnAt: readonly Column[],
): void {
  const raw = fields[column.index] ?? '';
  const text = raw === '' ? '' : column.normalise(raw);
  if (text === '') {
    if (column.spec.required) violations.push(violation(column, fields, mustBeFilled(column, 'every row')));
    return;
  }
  const { dependsOn } = column.type;
  if (dependsOn !== undefined && values[dependsOn] === undefined) {
    const other = columnAt[dependsOn];
    if (other && !isEmpty(other, fields)) return;
  }
  const value = column.type.read(text, values);
  if (typeof value === 'string') values[column.index] = value;
  else violations.push(violation(column, fields, value));
}

function route(
  rules: RowRules,
  fields: Fields,
  values: TypedValues,
  violations: Violation[],
): ActionPlan | null {
  const { route: column, actionNames } = rules;
  if (column === null) return rules.actions.get(actionNames[0] ?? '') ?? null;
  const name = values[column.index];
  if (name === undefined) {
    if (isEmpty(column, fields) && !column.spec.required) {
      violations.push(violation(column, fields, mustBeFilled(column, 'every row')));
    }
    return null;
  }
  const action = rules.actions.get(name) ?? rules.actions.get(foldName(name));
  if (action) return action;
  const near = nearest(name, actionNames);
  const fix = near ? `write ${near}, if that is meant` : `write one of ${actionNames.join(', ')}`;
  violations.push(violation(column, fields, { rule: `one of ${actionNames.join(', ')}`, fix }));
  return null;
}

function planRow(
  action: ActionPlan,
  fields: Fields,
  values: TypedValues,
  violations: Violation[],
): RowPlan | null {
  for (const column of action.required) {
    if (values[column.index] !== undefined || column.spec.required || !isEmpty(column, fields)) continue;
    violations.push(violation(column, fields, mustBeFilled(column, action.name)));
  }
  for (const column of action.forbidden) {
    if (isEmpty(column, fields)) continue;
    violations.push(
      violation(column, fields, { rule: `empty for ${action.name}`, fix: 'clear it, or check the action' }),
    );
  }
  const found = lookUp(action.uses, fields, values, violations);
  const requests = [action.request, ...action.reads.map((read) => read.request)];
  checkSplits(action, fields, values, found, violations);
  const clean = violations.length === 0;
  for (const { demands } of requests) {
    for (const demand of demands) checkDemand(demand, action, fields, values, found, violations);
  }
  if (!clean || violations.length > 0) return null;
  const file = attachmentOf(action, values);
  const attached =
    file && action.attachment ? { [file.field]: { [action.attachment.nameField]: file.name } } : {};
  const plan: RowPlan = {
    request: { ...action.request.build(values, found), ...attached },
    reads: action.reads.flatMap((read) => planRead(read, values, found)),
    ...planLines(action, values, found),
  };
  checkRequests(action, plan, fields, violations);
  if (!action.calls && plan.lines === undefined)
    violations.push(
      violation(undefined, fields, {
        rule: 'the line belongs into no file',
        fix: 'correct what says into which one',
      }),
    );
  return violations.length > 0 ? null : plan;
}

/** A value that is itself broken says nothing new. */
function checkSplits(
  { files }: ActionPlan,
  fields: Fields,
  values: TypedValues,
  found: Found,
  violations: Violation[],
): void {
  for (const file of files) {
    const wrong = file.broken(values, found);
    if (wrong && !violations.some(({ column }) => column === wrong.column?.name))
      violations.push(violation(wrong.column, fields, wrong.broken));
  }
}

/** Left out where there are none, so that plans which put nothing into files are as they ever were. */
function planLines({ files }: ActionPlan, values: TypedValues, found: Found): Pick<RowPlan, 'lines'> {
  const lines = files.flatMap((file) => file.line(values, found) ?? []);
  return lines.length > 0 ? { lines } : {};
}

/** No read where the row has nothing to look for. */
function planRead({ name, request, sought }: ReadPlan, values: TypedValues, found: Found): PlannedRead[] {
  if (sought === null) return [{ name, request: request.build(values, found) }];
  const where: Record<string, Json> = {};
  for (const { field, part } of sought) {
    const value = part.evaluate(values, found);
    if (value === undefined) return [];
    where[field] = value;
  }
  return [{ name, request: request.build(values, found), where }];
}

function lookUp(
  uses: readonly LookupUse[],
  fields: Fields,
  values: TypedValues,
  violations: Violation[],
): Found {
  return uses.map(({ table, by }) => {
    const key = values[by.index];
    if (key === undefined) return undefined;
    const row = table.rows.get(key);
    if (row) return row;
    const near = table.rows.size <= maxSuggested ? nearest(key, table.rows.keys()) : undefined;
    const fix = near ? `write ${near}, if that is meant` : 'use an agreed code, or ask us to add this one';
    violations.push(violation(by, fields, { rule: `a code listed in ${table.file}`, fix }));
    return undefined;
  });
}

/** A demand whose columns are themselves broken says nothing new. */
function checkDemand(
  { field, part }: Demand,
  action: ActionPlan,
  fields: Fields,
  values: TypedValues,
  found: Found,
  violations: Violation[],
): void {
  if (part.evaluate(values, found) !== undefined) return;
  const [column] = part.columns;
  if (part.columns.some((one) => violations.some(({ column: broken }) => broken === one.name))) return;
  const broken = { rule: `${action.name} needs ${part.says}`, fix: `fill it in; it is sent as ${field}` };
  violations.push(violation(column, fields, broken));
}

/** The operation's own rules go further than types (lengths, forms): what they refuse is the row's fault, not the connector's. */
function checkRequests(action: ActionPlan, plan: RowPlan, fields: Fields, violations: Violation[]): void {
  const pairs = [
    { compiled: action.request, built: plan.request },
    ...plan.reads.flatMap(({ name, request }) => {
      const read = action.reads.find((one) => one.name === name);
      return read ? [{ compiled: read.request, built: request }] : [];
    }),
  ];
  for (const { compiled, built } of pairs) {
    for (const { field, message } of compiled.check(built)) {
      const feed = compiled.feeds.find((one) => one.field.join('.') === field);
      const broken = { rule: `${field}: ${message}`, fix: 'correct the value' };
      violations.push(violation(feed?.columns[0], fields, broken));
    }
  }
}

const isEmpty = (column: Column, fields: Fields): boolean =>
  column.normalise(fields[column.index] ?? '') === '';

function mustBeFilled(column: Column, scope: string): Broken {
  const { example } = column.spec;
  return { rule: `must be filled for ${scope}`, fix: example ? `fill it in, e.g. ${example}` : 'fill it in' };
}

function violation(column: Column | undefined, fields: Fields, broken: Broken): Violation {
  const value = column ? (fields[column.index] ?? '') : '';
  const shown = value.length > maxShown ? `${value.slice(0, maxShown - 1).toWellFormed()}…` : value;
  return { column: column?.name ?? '', rule: broken.rule, value: shown, fix: broken.fix };
}

function sortByColumn(violations: Violation[], columns: readonly Column[]): void {
  const position = ({ column }: Violation): number =>
    columns.find((one) => one.name === column)?.index ?? columns.length;
  violations.sort((a, b) => position(a) - position(b));
}
