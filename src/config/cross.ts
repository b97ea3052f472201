/** What can only be judged by looking at several entries together. */
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Path } from './description.ts';
import type { Merged } from './merge.ts';
import type { ParsedConfig } from './types.ts';

/**
 * @param config the entries that are right in themselves
 * @param names all entries that are there, wrong ones too, so that one mistake is not reported twice
 */
export function crossProblems(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  return [...unknownNames(config, names, merged), ...twinFeeds(config, merged)];
}

export interface Names {
  partners: readonly string[];
  targets: readonly string[];
}

function unknownNames(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  return Object.entries(config.feeds).flatMap(([feed, { partner, target }]) => [
    ...missing(partner, 'partner', names.partners, ['feeds', feed, 'partner'], merged),
    ...missing(target, 'target', names.targets, ['feeds', feed, 'target'], merged),
  ]);
}

function missing(
  name: string,
  kind: string,
  known: readonly string[],
  path: Path,
  merged: Merged,
): TidegateError[] {
  if (known.includes(name)) return [];
  const guess = nearest(name, known);
  return [
    new TidegateError('CONFIG_INVALID', `there is no ${kind} named ${name}`, {
      place: merged.locate(path, 'value'),
      ...(known.length > 0 && { expected: `one of ${known.join(', ')}` }),
      fix: guess === undefined ? `Add ${name} to ${kind}s.` : `Did you mean ${guess}?`,
    }),
  ];
}

/** Two feeds that would take the same files: which of them got one would be chance. */
function twinFeeds(config: ParsedConfig, merged: Merged): TidegateError[] {
  const seen = new Map<string, string>();
  const problems: TidegateError[] = [];
  for (const [name, feed] of Object.entries(config.feeds)) {
    if (!feed.enabled) continue;
    const claim = JSON.stringify([
      folderOf(config, feed.partner),
      feed.pattern ?? feed.dataType.toLowerCase(),
    ]);
    const earlier = seen.get(claim);
    if (earlier === undefined) seen.set(claim, name);
    else {
      const key = feed.pattern === null ? 'dataType' : 'pattern';
      problems.push(
        new TidegateError('CONFIG_INVALID', `the feeds ${earlier} and ${name} would take the same files`, {
          place: merged.locate(['feeds', name, key], 'value'),
          expected: `a ${key} of its own for every enabled feed of a folder`,
          fix: `Change it, or write enabled: false at one of them.`,
        }),
      );
    }
  }
  return problems;
}

/** Two partners may be two logins to one folder. */
function folderOf(config: ParsedConfig, name: string): unknown {
  const partner = config.partners[name];
  if (partner === undefined) return name;
  if (partner.protocol === 'local') return ['local', partner.root, partner.folders.in];
  return ['sftp', partner.host.toLowerCase(), partner.port, partner.user, partner.folders.in];
}
