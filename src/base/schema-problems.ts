/** Says what a schema found in a YAML file, in plain words, at the right place, with the nearest valid name. */
import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { Path, YamlSource } from './yaml-source.ts';
import { inner } from './zod-inner.ts';

type Issue = z.core.$ZodIssue;

/** @throws TidegateErrors with every problem that the schema finds in the source */
export function checkSource<T extends z.ZodType>(source: YamlSource, schema: T): z.infer<T> {
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) report(source, schema, issue, []);
  source.throwProblems();
  throw result.error;
}

function report(source: YamlSource, schema: z.ZodType, issue: Issue, above: Path): void {
  const path = [...above, ...issue.path];
  const given = valueAt(source.value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      reportUnknown(source, path, issue.keys, knownKeys(schema, path, source.value));
      break;
    case 'invalid_union': {
      const branch = likeliest(issue.errors);
      if (branch) for (const sub of branch) report(source, schema, sub, path);
      else source.report(path, 'none of the possible forms fits', unionHint(schema, path, source.value));
      break;
    }
    case 'invalid_value':
    case 'invalid_type': {
      if (given === undefined) reportMissing(source, path);
      else if (issue.code === 'invalid_type') {
        source.report(path, 'this has the wrong type', { expected: article(issue.expected) });
      } else {
        const hint = suggestion(String(given), issue.values.map(String));
        source.report(path, `"${String(given)}" is not one of the allowed values`, hint);
      }
      break;
    }
    case 'invalid_key':
      source.report(path, issue.issues[0]?.message ?? 'this name cannot be used', { at: 'key' });
      break;
    default:
      source.report(path, issue.message);
  }
}

function reportUnknown(
  source: YamlSource,
  path: Path,
  keys: readonly string[],
  known: readonly string[],
): void {
  for (const key of keys) {
    source.report([...path, key], `"${key}" is not known here`, { at: 'key', ...suggestion(key, known) });
  }
}

function reportMissing(source: YamlSource, path: Path): void {
  source.report(path.slice(0, -1), `"${String(path.at(-1))}" is missing`, { at: 'key', fix: 'Add it.' });
}

/** The form that was most likely meant: it has the fewest problems, and no other form has as few. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const cost = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
  const sorted = branches.toSorted((a, b) => cost(a) - cost(b));
  const [best, second] = sorted;
  return best && (!second || cost(best) < cost(second)) ? best : null;
}

function unionHint(
  schema: z.ZodType,
  path: Path,
  value: unknown,
): { expected: string; fix?: string } | object {
  const leaf = schemasAt(schema, path, value);
  const constants = leaf.flatMap((one) => discriminatorValues(one));
  const given = valueAt(value, path);
  if (constants.length > 0) {
    return suggestion(typeof given === 'string' ? given : '', constants);
  }
  const keys = knownKeys(schema, path, value);
  const written = given !== null && typeof given === 'object' ? Object.keys(given) : [];
  for (const key of written.filter((one) => !keys.includes(one))) {
    const near = nearest(key, keys);
    if (near)
      return { expected: `one with ${keys.join(', ')}`, fix: `Did you mean "${near}" instead of "${key}"?` };
  }
  return { expected: `one with ${keys.join(', ')}` };
}

export function suggestion(name: string, known: readonly string[]): { expected: string; fix?: string } {
  const near = nearest(name, known);
  const expected = known.length === 0 ? 'none' : `one of ${known.slice(0, 40).join(', ')}`;
  return near ? { expected, fix: `Did you mean "${near}"?` } : { expected };
}

const knownKeys = (schema: z.ZodType, path: Path, value: unknown): string[] => [
  ...new Set(
    schemasAt(schema, path, value).flatMap((one) =>
      one instanceof z.ZodObject ? Object.keys(one.shape) : [],
    ),
  ),
];

/** The literals that tell the options of a discriminated union apart, when `schema` is the field that does. */
const discriminatorValues = (schema: z.ZodType): string[] =>
  schema instanceof z.ZodLiteral ? [...schema.values].map(String) : [];

/** Every schema that may describe the value at `path`; of a discriminated union only the option that the value chose, if it did. */
function schemasAt(schema: z.ZodType, path: Path, value: unknown): z.ZodType[] {
  const here = options(schema, value);
  const [step, ...rest] = path;
  if (step === undefined) return here;
  const below =
    value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  return here.flatMap((one) => {
    const next = child(one, step);
    return next ? schemasAt(next, rest, below) : [];
  });
}

function options(schema: z.ZodType, value: unknown): z.ZodType[] {
  const one = inner(schema);
  if (!(one instanceof z.ZodUnion)) return [one];
  const all = one.options.flatMap((option) => options(option as z.ZodType, value));
  if (!(one instanceof z.ZodDiscriminatedUnion)) return all;
  const key = one.def.discriminator;
  const chosen = all.filter((option) => {
    const field = option instanceof z.ZodObject ? option.shape[key] : undefined;
    return field instanceof z.ZodLiteral && field.values.has(valueAt(value, [key]) as string);
  });
  return chosen.length > 0 ? chosen : all;
}

function child(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[step as string];
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
