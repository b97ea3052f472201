/** A request of a mapping, compiled: every field checked against the operation's schema, nested objects followed. */
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import { valueAtPath } from '../base/path.ts';
import type { Path } from '../base/yaml-source.ts';
import type { Operation } from '../connectors/port.ts';
import type { Values } from './columns/types.ts';
import type { Found, Scope } from './expressions.ts';
import {
  buildObject,
  compileFields,
  type Demand,
  type Draft,
  type Feed,
  type Fill,
  type Rule,
} from './request-fields.ts';
import type { Expression } from './schema.ts';

export interface CompiledRequest {
  build(values: Values, found: Found): JsonObject;
  /** What the operation's schema says against a built request, beyond what compiling has made sure of. */
  check(request: JsonObject): readonly { field: string; message: string }[];
  fills: readonly Fill[];
  demands: readonly Demand[];
  feeds: readonly Feed[];
}

/**
 * @param reads names of those that are made before
 * @param optional whether some rows make no such request, so that what it demands can be asked of each row only
 */
export function compileRequest(
  scope: Scope,
  path: Path,
  fields: Readonly<Record<string, Expression>>,
  operation: Operation,
  reads: readonly string[],
  optional = false,
): CompiledRequest {
  const given = givenByDelivery(operation);
  const lists = { fills: [], demands: [], feeds: [], rules: [] };
  const draft: Draft = { scope, reads, optional, given: Object.keys(given), ...lists };
  const members = compileFields(draft, path, [], fields, operation.request, operation.id);
  const { fills, demands, feeds, rules } = draft;
  return {
    build: (values, found) => buildObject(members, values, found),
    check: checker(rules, fills, given),
    fills,
    demands,
    feeds,
  };
}

/** Fields that no row fills, with a value to judge the others by: our code for a call is made when it leaves. */
const givenByDelivery = ({ async }: Operation): JsonObject =>
  async?.mode === 'callback' ? { [async.codeField]: 'code' } : {};

function checker(
  rules: readonly Rule[],
  fills: readonly Fill[],
  given: JsonObject,
): CompiledRequest['check'] {
  // A rule over an object that waits for a read cannot be judged yet; the connector does that.
  const judged = rules.filter(
    ({ field }) => !fills.some((fill) => field.every((step, i) => fill.field[i] === step)),
  );
  return (request) => {
    const whole = { ...given, ...request };
    const problems = judged.flatMap(({ field, schema }) => problemsAt(whole, field, schema));
    // An object and what is inside of it may be judged by two schemas that say the same.
    const same = (one: Problem, other: Problem): boolean =>
      one.field === other.field && one.message === other.message;
    return problems.filter((one, index) => problems.findIndex((other) => same(one, other)) === index);
  };
}

type Problem = ReturnType<CompiledRequest['check']>[number];

function problemsAt(request: JsonObject, field: readonly string[], schema: Rule['schema']): Problem[] {
  const value = fieldAt(request, field);
  const result = value === undefined ? null : schema.safeParse(value);
  if (result === null || result.success) return [];
  return result.error.issues.map((issue) => ({
    field: [...field, ...issue.path].join('.'),
    message: issue.message,
  }));
}

function fieldAt(request: JsonObject, field: readonly string[]): Json | undefined {
  let here: Json | undefined = request;
  for (const step of field) here = (here as JsonObject | undefined)?.[step];
  return here;
}

/** The request with what the reads gave. Nothing is changed in place. */
export function fillRequest(
  request: JsonObject,
  fills: readonly Fill[],
  given: Readonly<Record<string, Json>>,
): JsonObject {
  let filled: Json = request;
  for (const { field, read, path } of fills) {
    const value = valueAtPath(given[read], path);
    if (value !== undefined && value !== null) filled = withValue(filled, field, value);
  }
  return isObject(filled) ? filled : request;
}

/** The same with texts that stand for what the reads will give, by name of the read. */
export function fillStandIns(
  request: JsonObject,
  fills: readonly Fill[],
  standIns: Readonly<Record<string, string>>,
): JsonObject {
  let filled: Json = request;
  for (const { field, read, path } of fills) {
    const standIn = standIns[read];
    if (standIn !== undefined) filled = withValue(filled, field, `${standIn} ${path}`);
  }
  return isObject(filled) ? filled : request;
}

/** A step of digits is a place in a list. */
function withValue(here: Json | undefined, [step, ...rest]: readonly string[], value: Json): Json {
  if (step === undefined) return value;
  if (Array.isArray(here) || (here === undefined && /^\d+$/.test(step))) {
    const list: Json[] = [...(here ?? [])];
    list[Number(step)] = withValue(list[Number(step)], rest, value);
    return list;
  }
  const object = isObject(here) ? here : {};
  return { ...object, [step]: withValue(object[step], rest, value) };
}
