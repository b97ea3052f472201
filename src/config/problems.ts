/** Turns what the schema found into errors that say where, what was expected and what to do. Values are never repeated: they may be secret. */
import type { z } from 'zod';
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { type Description, descriptionsAt, type Path } from './description.ts';
import type { Merged } from './merge.ts';
import type { Advice } from './schema/key.ts';

export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  merged: Merged,
  tree: unknown,
): TidegateError[] {
  return issues.flatMap(likeliestBranch).flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((name) => unknownKey(name, path, merged, tree));
    if (issue.code === 'invalid_key') return [badName(path, merged, tree)];
    if (!isComplaint(issue) && isMissing(path, tree)) return [missingKey(path, merged, tree)];
    return [badValue(issue, path, merged, tree)];
  });
}

/** Of a value that fits none of several forms, the issues of the form that it resembles. */
function likeliestBranch(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
  );
  const [branch, ...others] = branches;
  if (branch === undefined || others.length > 0) return [issue];
  return branch.flatMap((inner) => likeliestBranch({ ...inner, path: [...issue.path, ...inner.path] }));
}

function unknownKey(name: string, path: Path, merged: Merged, tree: unknown): TidegateError {
  const known = descriptionsAt(path, tree).flatMap((node) => Object.keys(node.properties ?? {}));
  const guess = nearest(name, known);
  return new TidegateError(
    'CONFIG_INVALID',
    `${name} is not a known key${path.length ? ` of ${path.join('.')}` : ''}`,
    {
      place: merged.locate([...path, name], 'key'),
      ...(known.length > 0 && { expected: `one of ${known.join(', ')}` }),
      fix: guess === undefined ? 'Remove it.' : `Did you mean ${guess}?`,
    },
  );
}

function badName(path: Path, merged: Merged, tree: unknown): TidegateError {
  const rule = descriptionsAt(path.slice(0, -1), tree).find((node) => node.propertyNames)?.propertyNames;
  return new TidegateError(
    'CONFIG_INVALID',
    `${path.at(-1)} cannot be a name in ${path.slice(0, -1).join('.')}`,
    {
      place: merged.locate(path, 'key'),
      ...(rule?.expects && { expected: rule.expects }),
    },
  );
}

function missingKey(path: Path, merged: Merged, tree: unknown): TidegateError {
  const kinds = descriptionsAt(path, tree);
  const example = kinds.flatMap((kind) => kind.examples ?? [])[0];
  const parent = path.slice(0, -1).join('.');
  return new TidegateError('CONFIG_INVALID', `${path.at(-1)} is missing${parent ? ` in ${parent}` : ''}`, {
    place: merged.locate(path, 'key'),
    expected: expectation(kinds),
    ...(example !== undefined && {
      fix: `Add ${path.at(-1)}: ${typeof example === 'string' ? example : JSON.stringify(example)}`,
    }),
  });
}

function badValue(issue: z.core.$ZodIssue, path: Path, merged: Merged, tree: unknown): TidegateError {
  const kinds = descriptionsAt(path, tree);
  const complaint = isComplaint(issue);
  const advice: Advice = complaint ? issue.params : {};
  const words = issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : 'does not fit';
  // Messages between keys are sentences of their own; those of one value go on after its name.
  const problem = complaint ? `${path.join('.')}: ${words}` : `${path.join('.')} ${words}`;
  const guess = guessOf(kinds, path, tree);
  const fix = advice.fix ?? (guess === undefined ? undefined : `Did you mean ${guess}?`);
  const expected = advice.expected ?? (complaint ? undefined : expectation(kinds) + atLeast(issue));
  return new TidegateError('CONFIG_INVALID', problem, {
    // A map begins with its first key, which is seldom the one that is wrong: its name is the better place.
    place: merged.locate(path, typeof valueAt(path, merged.tree) === 'object' ? 'key' : 'value'),
    ...(expected !== undefined && { expected }),
    ...(fix !== undefined && { fix }),
  });
}

const atLeast = (issue: z.core.$ZodIssue): string =>
  issue.code === 'too_small' && issue.origin === 'array'
    ? ` with at least ${issue.minimum === 1 ? 'one entry' : `${issue.minimum} entries`}`
    : '';

/** Trouble between keys, as `complain` reports it; the key it names need not be there. */
function isComplaint(issue: z.core.$ZodIssue): issue is z.core.$ZodIssueCustom & { params: Advice } {
  return issue.code === 'custom' && issue.params !== undefined;
}

function guessOf(kinds: readonly Description[], path: Path, tree: unknown): string | undefined {
  const value = valueAt(path, tree);
  return typeof value === 'string' ? nearest(value, choices(kinds)) : undefined;
}

function choices(kinds: readonly Description[]): string[] {
  return kinds.flatMap((kind) => (kind.const === undefined ? (kind.enum ?? []) : [kind.const])).map(String);
}

function expectation(kinds: readonly Description[]): string {
  const allowed = choices(kinds);
  if (allowed.length > 0) return allowed.length === 1 ? `${allowed[0]}` : `one of ${allowed.join(', ')}`;
  const words = kinds
    .map((kind) => kind.expects ?? typeWords[kind.type ?? ''] ?? '')
    .filter((word) => word !== '');
  return [...new Set(words)].join(' or ') || 'another value';
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'a map of keys and values',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
};

function isMissing(path: Path, tree: unknown): boolean {
  return path.length > 0 && valueAt(path, tree) === undefined;
}

function valueAt(path: Path, tree: unknown): unknown {
  let value = tree;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
