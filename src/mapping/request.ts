/** A request of a mapping, compiled: every field checked against the operation's schema, nested objects followed. */
import { z } from 'zod';
import type { Json, JsonObject } from '../base/json.ts';
import type { Operation } from '../connectors/port.ts';
import type { Column } from './column.ts';
import type { Values } from './columns/types.ts';
import { compilePart, type Evaluate, type Found, type Part, type Scope } from './expressions.ts';
import { valueAtPath } from './path.ts';
import type { Expression } from './schema.ts';
import { suggestion } from './schema-problems.ts';
import type { Path } from './source.ts';
import { asksMore, fieldKinds, inner, isOptional } from './zod-shape.ts';

/** A field that waits for the answer of a read. */
export interface Fill {
  field: readonly string[];
  read: string;
  path: string;
  schema: z.ZodType;
}

/** A required field whose value only the row can tell to be there. */
export interface Demand {
  field: string;
  part: Part;
}

/** A field, and the columns that feed it. */
export interface Feed {
  field: readonly string[];
  columns: readonly Column[];
}

export interface CompiledRequest {
  build(values: Values, found: Found): JsonObject;
  /** What the operation's schema says against a built request, beyond what compiling has made sure of. */
  check(request: JsonObject): readonly { field: string; message: string }[];
  fills: readonly Fill[];
  demands: readonly Demand[];
  feeds: readonly Feed[];
}

interface Draft {
  scope: Scope;
  /** Names of the reads whose answers may be used. */
  reads: readonly string[];
  fills: Fill[];
  demands: Demand[];
  feeds: Feed[];
  rules: Rule[];
}

/** A part of the request whose schema asks for more than a type, e.g. a form or a choice. */
interface Rule {
  field: readonly string[];
  schema: z.ZodType;
}

export function compileRequest(
  scope: Scope,
  path: Path,
  fields: Readonly<Record<string, Expression>>,
  operation: Operation,
  reads: readonly string[],
): CompiledRequest {
  const draft: Draft = { scope, reads, fills: [], demands: [], feeds: [], rules: [] };
  const members = compileFields(draft, path, [], fields, operation.request, operation.id);
  const { fills, demands, feeds, rules } = draft;
  return {
    build: (values, found) => buildObject(members, values, found),
    check: checker(rules, fills),
    fills,
    demands,
    feeds,
  };
}

interface Member {
  name: string;
  evaluate: Evaluate;
}

function compileFields(
  draft: Draft,
  path: Path,
  above: readonly string[],
  fields: Readonly<Record<string, Expression>>,
  schema: z.ZodObject,
  title: string,
): Member[] {
  const { source } = draft.scope;
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  if (asksMore(schema)) draft.rules.push({ field: above, schema });
  for (const [name, field] of Object.entries(shape)) {
    if (Object.hasOwn(fields, name) || isOptional(field)) continue;
    source.report(path, `${title} needs "${name}"`, { at: 'key', fix: 'Say where its value comes from.' });
  }
  return Object.entries(fields).flatMap(([name, expression]) => {
    const field = Object.hasOwn(shape, name) ? shape[name] : unlisted(schema);
    if (!field) {
      const hint = suggestion(name, Object.keys(shape));
      source.report([...path, name], `${title} has no field "${name}"`, { at: 'key', ...hint });
      return [];
    }
    const evaluate = compileField(draft, [...path, name], [...above, name], expression, field);
    return evaluate ? [{ name, evaluate }] : [];
  });
}

function compileField(
  draft: Draft,
  path: Path,
  field: readonly string[],
  expression: Expression,
  schema: z.ZodType,
): Evaluate | null {
  const { source } = draft.scope;
  if ('fields' in expression) return compileObject(draft, path, field, expression.fields, schema);
  if ('list' in expression) return compileList(draft, path, field, expression.list, schema);
  if ('read' in expression) {
    if (draft.reads.includes(expression.read)) {
      draft.fills.push({ field, read: expression.read, path: expression.path, schema });
    } else {
      const hint = suggestion(expression.read, draft.reads);
      source.report([...path, 'read'], `no read "${expression.read}" is made before this call`, hint);
    }
    return null;
  }
  const part = compilePart(draft.scope, path, expression, schema);
  if (!part) return null;
  draft.feeds.push({ field, columns: part.columns });
  if (asksMore(schema) && !provesItself(expression, part, schema)) draft.rules.push({ field, schema });
  if (!part.certain && !isOptional(schema)) demand(draft, path, field, expression, part);
  return part.evaluate;
}

/** A date column has made sure of a day already. */
const provesItself = (expression: Expression, part: Part, schema: z.ZodType): boolean =>
  'column' in expression &&
  part.columns.every(({ spec }) => spec.type === 'date' && spec.as === 'YYYY-MM-DD') &&
  inner(schema) instanceof z.ZodISODate;

/** A required field fed by one plain column must be demanded in the mapping; anything else is asked of each row. */
function demand(
  draft: Draft,
  path: Path,
  field: readonly string[],
  expression: Expression,
  part: Part,
): void {
  const [column] = part.columns;
  const plain = 'column' in expression ? expression.when === undefined : 'lookup' in expression;
  if (!plain || !column || draft.scope.filled.has(column.name)) {
    draft.demands.push({ field: field.join('.'), part });
    return;
  }
  draft.scope.source.report(
    path,
    `"${field.join('.')}" must have a value, and "${column.name}" may be empty`,
    {
      fix: `Add "${column.name}" to "required".`,
    },
  );
}

function compileObject(
  draft: Draft,
  path: Path,
  field: readonly string[],
  fields: Readonly<Record<string, Expression>>,
  schema: z.ZodType,
): Evaluate | null {
  const object = fieldKinds(schema).has('any') ? anyObject : inner(schema);
  if (!(object instanceof z.ZodObject)) {
    draft.scope.source.report(path, `"${field.join('.')}" is no object`, {
      expected: [...fieldKinds(schema)].join(' or '),
    });
    return null;
  }
  const members = compileFields(draft, [...path, 'fields'], field, fields, object, `"${field.join('.')}"`);
  const keepEmpty = !isOptional(schema);
  return (values, found) => {
    const built = buildObject(members, values, found);
    return keepEmpty || hasFields(built) ? built : undefined;
  };
}

/** Members are rows' values in a list; a member without a value is no member. */
function compileList(
  draft: Draft,
  path: Path,
  field: readonly string[],
  list: readonly Expression[],
  schema: z.ZodType,
): Evaluate | null {
  const array = inner(schema);
  const free = fieldKinds(schema).has('any') && !(array instanceof z.ZodArray);
  if (!free && !(array instanceof z.ZodArray)) {
    draft.scope.source.report(path, `"${field.join('.')}" is no list`, {
      expected: [...fieldKinds(schema)].join(' or '),
    });
    return null;
  }
  const member = array instanceof z.ZodArray ? (array.element as z.ZodType) : z.unknown();
  const parts = list.map((one, index) => compilePart(draft.scope, [...path, 'list', index], one, member));
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  const columns = known.flatMap((part) => part.columns);
  draft.feeds.push({ field, columns });
  draft.rules.push({ field, schema });
  const evaluate: Evaluate = (values, found) => {
    const built = known.map((part) => part.evaluate(values, found)).filter((value) => value !== undefined);
    return built.length > 0 ? built : undefined;
  };
  const certain = known.some((part) => part.certain);
  if (!certain && !isOptional(schema)) {
    const says = known.map((part) => part.says).join(' or ');
    draft.demands.push({ field: field.join('.'), part: { evaluate, certain, columns, says } });
  }
  return evaluate;
}

/** For fields of which the documents do not say what they hold. */
const anyObject = z.looseObject({});

/** The schema of a field that the operation does not name; `undefined` when it takes no others. */
function unlisted({ def: { catchall } }: z.ZodObject): z.ZodType | undefined {
  return catchall === undefined || catchall instanceof z.ZodNever ? undefined : (catchall as z.ZodType);
}

function buildObject(members: readonly Member[], values: Values, found: Found): JsonObject {
  const built: Record<string, Json> = {};
  for (const { name, evaluate } of members) {
    const value = evaluate(values, found);
    if (value !== undefined) built[name] = value;
  }
  return built;
}

function hasFields(object: JsonObject): boolean {
  for (const _ in object) return true;
  return false;
}

function checker(rules: readonly Rule[], fills: readonly Fill[]): CompiledRequest['check'] {
  // A rule over an object that waits for a read cannot be judged yet; the connector does that.
  const judged = rules.filter(
    ({ field }) => !fills.some((fill) => field.every((step, i) => fill.field[i] === step)),
  );
  return (request) =>
    judged.flatMap(({ field, schema }) => {
      const value = fieldAt(request, field);
      const result = value === undefined ? null : schema.safeParse(value);
      if (result === null || result.success) return [];
      return result.error.issues.map((issue) => ({
        field: [...field, ...issue.path].join('.'),
        message: issue.message,
      }));
    });
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
  let filled = request;
  for (const { field, read, path } of fills) {
    const value = valueAtPath(given[read], path);
    if (value !== undefined && value !== null) filled = withValue(filled, field, value);
  }
  return filled;
}

function withValue(object: JsonObject, [name, ...rest]: readonly string[], value: Json): JsonObject {
  if (name === undefined) return object;
  if (rest.length === 0) return { ...object, [name]: value };
  const below = object[name];
  const inside =
    below !== null && typeof below === 'object' && !Array.isArray(below) ? (below as JsonObject) : {};
  return { ...object, [name]: withValue(inside, rest, value) };
}
