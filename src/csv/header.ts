/** The header contract: which columns a file has, and in which order. Pure. */
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { HeaderContract } from './types.ts';

/** How the columns of a file lie to those of the contract. */
export interface HeaderMatch {
  /** For each column of the contract its place in the file, -1 when it is optional and missing. */
  sources: readonly number[];
  /** For each column of the file its place in the contract; -1 for one that is not read. */
  positions: readonly number[];
}

interface Trouble {
  /** Column of the file that is meant; `null` for one that is not there. */
  field: number | null;
  problem: string;
}

/**
 * Compares names exactly; case and spaces count, unless an alias says otherwise.
 * Throws `FILE_HEADER` with everything that is wrong.
 * @param placeOf tells where a column of the file starts
 */
export function matchHeader(
  found: readonly string[],
  contract: HeaderContract,
  placeOf: (field: number) => { file: string; line?: number; column?: number },
): HeaderMatch {
  const known = knownNames(contract);
  const positions = found.map((name) => known.get(name) ?? -1);
  const sources = contract.columns.map((_, position) => positions.indexOf(position));
  const troubles = [
    ...(contract.others === 'ignored' ? [] : unknown(found, positions, known)),
    ...twice(found, positions),
    ...missing(sources, contract),
  ];
  const [first] = troubles;
  if (first === undefined) return { sources, positions };
  throw new TidegateError(
    'FILE_HEADER',
    `The header does not fit: ${troubles.map((t) => t.problem).join('; ')}`,
    {
      place: placeOf(first.field ?? 0),
      expected: `the columns ${contract.columns
        .filter((c) => c.required)
        .map((c) => quoted(c.name))
        .join(', ')}`,
      fix: 'Correct the first line of the file; case and spaces count.',
    },
  );
}

/** How many of the names the contract knows. */
export function countKnown(found: readonly string[], contract: HeaderContract): number {
  const known = knownNames(contract);
  return found.filter((name) => known.has(name)).length;
}

// A Map, since a file may well name a column `__proto__`.
function knownNames(contract: HeaderContract): ReadonlyMap<string, number> {
  const entries = contract.columns.flatMap(({ name, aliases }, position) =>
    [name, ...aliases].map((spelling): [string, number] => [spelling, position]),
  );
  return new Map(entries);
}

function unknown(
  found: readonly string[],
  positions: readonly number[],
  known: ReadonlyMap<string, number>,
): Trouble[] {
  const strangers = found.flatMap((name, field) =>
    positions[field] === -1 ? [{ name, field, near: nearest(name, known.keys()) }] : [],
  );
  // Without any name that is at least nearly right, the first line may be a row: its values are nobody's business.
  if (strangers.length === found.length && strangers.every(({ near }) => near === undefined)) {
    return [{ field: 0, problem: 'none of the agreed names is in the first line' }];
  }
  return strangers.map(({ name, field, near }) => ({
    field,
    problem:
      name === ''
        ? `column ${field + 1} has no name`
        : `${quoted(name)} is not known${near === undefined ? '' : `, did you mean ${quoted(near)}?`}`,
  }));
}

function twice(found: readonly string[], positions: readonly number[]): Trouble[] {
  return found.flatMap((name, field) => {
    const position = positions[field] ?? -1;
    const earlier = positions.indexOf(position);
    if (position === -1 || earlier === field) return [];
    return [{ field, problem: `${quoted(name)} is there twice (columns ${earlier + 1} and ${field + 1})` }];
  });
}

function missing(sources: readonly number[], contract: HeaderContract): Trouble[] {
  return contract.columns
    .filter(({ required }, position) => required && sources[position] === -1)
    .map(({ name }) => ({ field: null, problem: `${quoted(name)} is missing` }));
}

const quoted = (name: string): string => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
