/** What of agreements with those who answer our files can only be judged beside other entries. */
import { TidegateError } from '../base/errors.ts';
import { type Names, unknownName } from './known-names.ts';
import type { Merged } from './merge.ts';
import { namesOverlap } from './name-overlap.ts';
import { folderAt } from './place.ts';
import type { ParsedConfig } from './types.ts';

const HOUR_MS = 3_600_000;

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
      ...lateWarning(agreed, config, merged),
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

/** A warning is told before the file is overdue. One by the clock within a term of business hours may be, by the day on which it falls. */
function lateWarning(
  { path, answered: { within, warnAfter, calendar } }: Agreed,
  { calendars }: ParsedConfig,
  merged: Merged,
): TidegateError[] {
  if (warnAfter === null || (warnAfter.kind === 'clock' && within.kind === 'business')) return [];
  const hoursOf = calendars[calendar ?? '']?.workingHours ?? null;
  const [warned, due] = [atLeastMs(warnAfter, hoursOf), atLeastMs(within, hoursOf)];
  if (warned === null || due === null || warned < due) return [];
  return [
    new TidegateError('CONFIG_INVALID', 'the warning would not come before the answer is overdue', {
      place: merged.locate([...path, 'warnAfter'], 'value'),
      expected: 'a shorter term than within',
      fix: 'Shorten it, or leave it out.',
    }),
  ];
}

/** Business hours last as long on the clock at least; how many a business day has, the calendar says. */
function atLeastMs(
  term: Answered['within'],
  workingHours: { from: number; to: number } | null,
): number | null {
  if (term.kind === 'clock') return term.ms;
  if (term.unit === 'hours') return term.amount * HOUR_MS;
  return workingHours && term.amount * (workingHours.to - workingHours.from);
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
