/** What of agreements with those who answer our files can only be judged beside other entries. */
import { TidegateError } from '../base/errors.ts';
import { type Names, unknownName } from './known-names.ts';
import type { Merged } from './merge.ts';
import { namesOverlap } from './name-overlap.ts';
import { folderAt } from './place.ts';
import type { ParsedConfig } from './types.ts';

type Answered = NonNullable<ParsedConfig['exports'][string]['answered']>;

export interface Agreed {
  path: readonly string[];
  /** That answers. */
  partner: string;
  enabled: boolean;
  answered: Answered;
}

/** Those of all feeds and exports. */
export function agreementsIn({ feeds, exports }: ParsedConfig): Agreed[] {
  const ofRows = Object.entries(feeds).flatMap(([feed, { partner, enabled, files }]) =>
    Object.entries(files).map(([file, { partner: other, answered }]) => ({
      path: ['feeds', feed, 'files', file, 'answered'],
      ...{ partner: other ?? partner, enabled, answered },
    })),
  );
  const ofExports = Object.entries(exports).map(([name, { partner, enabled, answered }]) => ({
    path: ['exports', name, 'answered'],
    ...{ partner, enabled, answered },
  }));
  return [...ofRows, ...ofExports].flatMap(({ answered, ...of }) => (answered ? [{ ...of, answered }] : []));
}

export function agreementProblems(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  const all = agreementsIn(config);
  const enabled = all.filter((agreed) => agreed.enabled);
  return [
    ...all.flatMap((agreed) => [
      ...unknownNames(agreed, names, merged),
      ...vagueTerms(agreed, merged),
      ...readAgain(agreed, all, config, merged),
    ]),
    ...enabled.flatMap((agreed, index) => twins(agreed, enabled.slice(0, index), config, merged)),
  ];
}

function unknownNames(
  { path, answered: { calendar, report } }: Agreed,
  names: Names,
  merged: Merged,
): TidegateError[] {
  return [
    ...unknownName(
      report?.partner ?? null,
      'partner',
      names.partners,
      [...path, 'report', 'partner'],
      merged,
    ),
    ...unknownName(calendar, 'calendar', names.calendars, [...path, 'calendar'], merged),
  ];
}

/** Terms in business hours need to know which these are. */
function vagueTerms({ path, answered }: Agreed, merged: Merged): TidegateError[] {
  if (answered.calendar !== null) return [];
  return (['within', 'warnAfter'] as const)
    .filter((key) => answered[key]?.kind === 'business')
    .map(
      (key) =>
        new TidegateError('CONFIG_INVALID', 'nothing says which hours are business hours', {
          place: merged.locate([...path, key], 'value'),
          expected: `the key calendar beside ${key}, with a name from calendars`,
          fix: 'Name a calendar, or write the term in hours or days of the clock, such as 1d.',
        }),
    );
}

/** What was read and moved must not be taken for a reply that came. */
function readAgain(
  agreed: Agreed,
  all: readonly Agreed[],
  config: ParsedConfig,
  merged: Merged,
): TidegateError[] {
  const { path, partner, answered } = agreed;
  const to = folderAt(config, partner, answered.takeAway.folder ?? undefined);
  const reader = all.find((other) => to === repliesAt(other, config) && nameInCommon(agreed, other) !== null);
  if (to === null || !reader) return [];
  return [
    new TidegateError('CONFIG_INVALID', `a reply that was read would be read again by ${nameOf(reader)}`, {
      place: merged.locate([...path, 'takeAway', 'folder'], 'value'),
      expected: 'a folder in which nobody looks for replies',
      fix: 'Move them to a folder of their own, such as /out/read.',
    }),
  ];
}

/** Which of two got a reply would be chance. */
function twins(
  agreed: Agreed,
  earlier: readonly Agreed[],
  config: ParsedConfig,
  merged: Merged,
): TidegateError[] {
  const at = repliesAt(agreed, config);
  for (const other of at === null ? [] : earlier.filter((one) => repliesAt(one, config) === at)) {
    const index = nameInCommon(agreed, other);
    if (index === null) continue;
    return [
      new TidegateError(
        'CONFIG_INVALID',
        `${nameOf(other)} and ${nameOf(agreed)} would take the same files for replies`,
        {
          place: merged.locate([...agreed.path, 'replies', index, 'name'], 'value'),
          expected: 'names that no other agreement has in this folder',
          fix: 'Write more of the name, or have one of them answered in a folder of its own.',
        },
      ),
    ];
  }
  return [];
}

const repliesAt = ({ partner, answered }: Agreed, config: ParsedConfig): string | null =>
  folderAt(config, partner, answered.folder ?? config.partners[partner]?.folders.out);

/** Which of the names of the one could be one of the other. */
function nameInCommon({ answered }: Agreed, other: Agreed): number | null {
  const theirs = namesOf(other.answered);
  const index = namesOf(answered).findIndex((name) => theirs.some((their) => namesOverlap(name, their)));
  return index < 0 ? null : index;
}

/** Replies that are packed otherwise have other names. */
function namesOf({ replies, packing }: Answered): string[] {
  const usual = `${packing?.gzip ? '.gz' : ''}${packing?.pgp ? '.pgp' : ''}`;
  return replies.map(({ name }) => name + (packing?.suffix ?? usual));
}

const nameOf = ({ path }: Agreed): string => path.slice(0, -1).join('.');
