/** Fields of a request, compiled one inside the other: objects, lists, and what a row or a read puts into them. */
import { z } from 'zod';
import type { Json, JsonObject } from '../base/json.ts';
import { suggestion } from '../base/schema-problems.ts';
import type { Path } from '../base/yaml-source.ts';
import { inner } from '../base/zod-inner.ts';
import type { Column } from './column.ts';
import type { Values } from './columns/types.ts';
import type { Found } from './expressions.ts';
import { compilePart, type Part, type Scope } from './expressions.ts';
import type { Expression } from './schema.ts';
import { asksMore, fieldKinds, isOptional } from './zod-shape.ts';

/** A field that waits for the answer of a read. */
export interface Fill {
  /** A step of digits is a place in a list. */
  field: readonly string[];
  read: string;
  path: string;
  schema: z.ZodType;
}

/** A required field whose value only the row can tell to be there. */
export interface Demand {
  field: string;
  part: Pick<Part, 'evaluate' | 'columns' | 'says'>;
}

/** A field, and the columns that feed it. */
export interface Feed {
  field: readonly string[];
  columns: readonly Column[];
}

/** A part of the request whose schema asks for more than a type, e.g. a form or a choice. */
export interface Rule {
  field: readonly string[];
  schema: z.ZodType;
}

/** What is being compiled; its lists grow. */
export interface Draft {
  scope: Scope;
  /** Names of the reads whose answers may be used; `null` where none can be put. */
  reads: readonly string[] | null;
  /** Fields of the request itself that are filled when the call leaves. */
  given: readonly string[];
  /** Inside of something that is left out when the row says nothing of it. */
  optional: boolean;
  fills: Fill[];
  demands: Demand[];
  feeds: Feed[];
  rules: Rule[];
}

/** A value of the request. */
export interface Piece extends Part {
  /** Whether the row itself says something of it; a constant does not. */
  filled(values: Values, found: Found): boolean;
}

export interface Member {
  name: string;
  piece: Piece;
}

export function compileFields(
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
    if (Object.hasOwn(fields, name) || isOptional(field) || isGiven(draft, above, name)) continue;
    source.report(path, `${title} needs "${name}"`, { at: 'key', fix: 'Say where its value comes from.' });
  }
  return Object.entries(fields).flatMap(([name, expression]) => {
    const field = Object.hasOwn(shape, name) ? shape[name] : unlisted(schema);
    if (!field) {
      const hint = suggestion(name, Object.keys(shape));
      source.report([...path, name], `${title} has no field "${name}"`, { at: 'key', ...hint });
      return [];
    }
    if (isGiven(draft, above, name)) {
      source.report([...path, name], `"${name}" is filled by Tidegate`, { at: 'key', fix: 'Remove it.' });
      return [];
    }
    const piece = compileField(draft, [...path, name], [...above, name], expression, field);
    return piece ? [{ name, piece }] : [];
  });
}

const isGiven = ({ given }: Draft, above: readonly string[], name: string): boolean =>
  above.length === 0 && given.includes(name);

export function buildObject(members: readonly Member[], values: Values, found: Found): JsonObject {
  const built: Record<string, Json> = {};
  for (const { name, piece } of members) {
    const value = piece.evaluate(values, found);
    if (value !== undefined) built[name] = value;
  }
  return built;
}

/** `null` when a problem was reported, or the value comes from a read. */
function compileField(
  draft: Draft,
  path: Path,
  field: readonly string[],
  expression: Expression,
  schema: z.ZodType,
): Piece | null {
  if ('fields' in expression)
    return compileObject(draft, path, field, expression.fields, schema, isOptional(schema));
  if ('list' in expression) return compileList(draft, path, field, expression.list, schema);
  if ('read' in expression) {
    compileFill(draft, path, field, expression, schema);
    return null;
  }
  const part = compilePart(draft.scope, path, expression, schema);
  if (!part) return null;
  draft.feeds.push({ field, columns: part.columns });
  if (asksMore(schema) && !provesItself(expression, part, schema)) draft.rules.push({ field, schema });
  if (!part.certain && !isOptional(schema)) demand(draft, path, field, expression, part);
  return pieceOf(part);
}

const pieceOf = (part: Part): Piece => ({
  ...part,
  filled: (values, found) => part.columns.length > 0 && part.evaluate(values, found) !== undefined,
});

function compileFill(
  { scope: { source }, reads, fills }: Draft,
  path: Path,
  field: readonly string[],
  { read, path: from }: Extract<Expression, { read: string }>,
  schema: z.ZodType,
): void {
  if (reads === null) source.report(path, 'a value of a read cannot stand in a list of several');
  else if (reads.includes(read)) fills.push({ field, read, path: from, schema });
  else
    source.report([...path, 'read'], `no read "${read}" is made before this call`, suggestion(read, reads));
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
  if (draft.optional || !plain || !column || draft.scope.filled.has(column.name)) {
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

/** @param leftOut whether it is left out when the row fills none of its fields; what it demands is demanded only when it does */
function compileObject(
  draft: Draft,
  path: Path,
  field: readonly string[],
  fields: Readonly<Record<string, Expression>>,
  schema: z.ZodType,
  leftOut: boolean,
): Piece | null {
  const object = objectFor(schema, fields);
  if (object === null) {
    draft.scope.source.report(path, `"${field.join('.')}" is no object of these fields`, {
      expected: [...fieldKinds(schema)].join(' or '),
    });
    return null;
  }
  const inside: Draft = leftOut ? { ...draft, demands: [], optional: true } : draft;
  const says = `"${field.join('.')}"`;
  const members = compileFields(inside, [...path, 'fields'], field, fields, object, says);
  const columns = members.flatMap(({ piece }) => piece.columns);
  const filled: Piece['filled'] = (values, found) => members.some(({ piece }) => piece.filled(values, found));
  const there: Piece['filled'] =
    !leftOut || columns.length === 0 ? () => !leftOut || members.length > 0 : filled;
  const conditional = inside.demands.map(({ field: name, part }) => ({
    field: name,
    part: {
      ...part,
      evaluate: (values: Values, found: Found) =>
        there(values, found) ? part.evaluate(values, found) : null,
    },
  }));
  if (leftOut) draft.demands.push(...conditional);
  return {
    evaluate: (values, found) => (there(values, found) ? buildObject(members, values, found) : undefined),
    certain: !leftOut || members.some(({ piece }) => piece.certain && piece.columns.length > 0),
    columns,
    says,
    filled,
  };
}

/** Of several kinds of object, the one that the constants among the fields belong to. */
function objectFor(schema: z.ZodType, fields: Readonly<Record<string, Expression>>): z.ZodObject | null {
  const one = inner(schema);
  if (one instanceof z.ZodObject) return one;
  if (one instanceof z.ZodUnion) {
    const kinds = one.options
      .map((option) => inner(option as z.ZodType))
      .filter((kind) => kind instanceof z.ZodObject);
    const fits = (kind: z.ZodObject): boolean =>
      Object.entries(fields).every(
        ([name, expression]) =>
          !('value' in expression) || kind.shape[name]?.safeParse(expression.value).success === true,
      );
    return kinds.find(fits) ?? null;
  }
  if (one instanceof z.ZodRecord) return z.object({}).catchall(one.valueType as z.ZodType);
  return fieldKinds(schema).has('any') ? anyObject : null;
}

/** For fields of which the documents do not say what they hold. */
const anyObject = z.looseObject({});

/** A member that the row says nothing of is no member. */
function compileList(
  draft: Draft,
  path: Path,
  field: readonly string[],
  list: readonly Expression[],
  schema: z.ZodType,
): Piece | null {
  const array = inner(schema);
  const free = fieldKinds(schema).has('any') && !(array instanceof z.ZodArray);
  if (!free && !(array instanceof z.ZodArray)) {
    draft.scope.source.report(path, `"${field.join('.')}" is no list`, {
      expected: [...fieldKinds(schema)].join(' or '),
    });
    return null;
  }
  const member = array instanceof z.ZodArray ? (array.element as z.ZodType) : z.unknown();
  // The list as a whole is put to its schema, so that its members need not be. Of several members the row may leave some out, and none has a place of its own then.
  const inside: Draft = { ...draft, reads: list.length === 1 ? draft.reads : null, rules: [] };
  const pieces = list.map((one, index) =>
    compileMember(inside, [...path, 'list', index], [...field, String(index)], one, member),
  );
  const known = pieces.filter((piece) => piece !== null);
  if (known.length < pieces.length) return null;
  const columns = known.flatMap((piece) => piece.columns);
  draft.feeds.push({ field, columns });
  draft.rules.push({ field, schema });
  const piece: Piece = {
    evaluate(values, found) {
      const built = known.map((one) => one.evaluate(values, found)).filter((value) => value !== undefined);
      return built.length > 0 ? built : undefined;
    },
    certain: known.some((one) => one.certain),
    columns,
    says: known.map((one) => one.says).join(' or '),
    filled: (values, found) => known.some((one) => one.filled(values, found)),
  };
  if (!piece.certain && !isOptional(schema)) draft.demands.push({ field: field.join('.'), part: piece });
  return piece;
}

function compileMember(
  draft: Draft,
  path: Path,
  field: readonly string[],
  expression: Expression,
  schema: z.ZodType,
): Piece | null {
  if ('fields' in expression) return compileObject(draft, path, field, expression.fields, schema, true);
  if ('list' in expression) return compileList(draft, path, field, expression.list, schema);
  const part = compilePart(draft.scope, path, expression, schema);
  return part ? pieceOf(part) : null;
}

/** The schema of a field that the operation does not name; `undefined` when it takes no others. */
function unlisted({ def: { catchall } }: z.ZodObject): z.ZodType | undefined {
  return catchall === undefined || catchall instanceof z.ZodNever ? undefined : (catchall as z.ZodType);
}
