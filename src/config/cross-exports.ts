/** What of exports can only be judged beside other entries. */
import { TidegateError } from '../base/errors.ts';
import { type Names, unknownName } from './known-names.ts';
import type { Merged } from './merge.ts';
import { isWithinOrAround } from './schema/partner.ts';
import type { ParsedConfig } from './types.ts';

export function exportProblems(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  return Object.entries(config.exports).flatMap(([name, entry]) => {
    const { partner, target, feed, calendar } = entry;
    const path = ['exports', name];
    return [
      ...unknownName(partner, 'partner', names.partners, [...path, 'partner'], merged),
      ...unknownName(target, 'target', names.targets, [...path, 'target'], merged),
      ...unknownName(feed, 'feed', names.feeds, [...path, 'feed'], merged),
      ...unknownName(calendar, 'calendar', names.calendars, [...path, 'calendar'], merged),
      ...folderTrouble(config, name, merged),
      ...twins(config, name, merged),
    ];
  });
}

/** What we write must not be taken for something that came. */
function folderTrouble({ exports, partners }: ParsedConfig, name: string, merged: Merged): TidegateError[] {
  const { partner = '', folder = null } = exports[name] ?? {};
  const entry = partners[partner];
  if (folder === null || !entry) return [];
  const { out: _out, ...others } = entry.folders;
  const archive = entry.archive?.local === null ? { archive: entry.archive.folder } : {};
  return Object.entries({ ...others, ...archive })
    .filter(([, path]) => isWithinOrAround(path, folder))
    .map(
      ([purpose, path]) =>
        new TidegateError(
          'CONFIG_INVALID',
          `the folder ${folder} overlaps with ${purpose} of ${partner}: ${path}`,
          {
            place: merged.locate(['exports', name, 'folder'], 'value'),
            expected: 'a folder that is used for nothing else, or none, for that of the answers',
            fix: 'Give the export a path of its own.',
          },
        ),
    );
}

/** Nobody could tell their files apart. */
function twins(config: ParsedConfig, name: string, merged: Merged): TidegateError[] {
  const claim = claimOf(config, name);
  const earlier = Object.keys(config.exports).find((other) => claimOf(config, other) === claim);
  if (claim === null || earlier === name) return [];
  return [
    new TidegateError('CONFIG_INVALID', `the exports ${earlier} and ${name} would write files of one name`, {
      place: merged.locate(['exports', name, 'dataType'], 'value'),
      expected: 'a dataType of its own for every enabled export of a folder',
      fix: 'Change it, or write enabled: false at one of them.',
    }),
  ];
}

function claimOf({ exports, partners }: ParsedConfig, name: string): string | null {
  const entry = exports[name];
  if (!entry?.enabled) return null;
  const folder = entry.folder ?? partners[entry.partner]?.folders.out;
  return JSON.stringify([entry.partner, folder, entry.dataType.toLowerCase()]);
}
