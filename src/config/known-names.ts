import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Path } from './description.ts';
import type { Merged } from './merge.ts';

/** What entries may name. */
export interface Names {
  calendars: readonly string[];
  partners: readonly string[];
  targets: readonly string[];
  feeds: readonly string[];
  /** Whether somebody is to listen for callbacks. */
  callbacks: boolean;
}

/**
 * @param name `null` when none is named
 * @param path of the key that names it
 */
export function unknownName(
  name: string | null,
  kind: string,
  known: readonly string[],
  path: Path,
  merged: Merged,
): TidegateError[] {
  if (name === null || known.includes(name)) return [];
  const guess = nearest(name, known);
  return [
    new TidegateError('CONFIG_INVALID', `there is no ${kind} named ${name}`, {
      place: merged.locate(path, 'value'),
      ...(known.length > 0 && { expected: `one of ${known.join(', ')}` }),
      fix: guess === undefined ? `Add ${name} to ${kind}s.` : `Did you mean ${guess}?`,
    }),
  ];
}
