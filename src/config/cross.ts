/** What can only be judged by looking at several entries together. */
import { TidegateError } from '../base/errors.ts';
import { agreementProblems, agreementsIn } from './cross-agreements.ts';
import { alertTrouble } from './cross-alerts.ts';
import { exportProblems } from './cross-exports.ts';
import { type Names, unknownName } from './known-names.ts';
import type { Merged } from './merge.ts';
import { folderAt, placeOf } from './place.ts';
import { isWithinOrAround } from './schema/partner.ts';
import type { ParsedConfig } from './types.ts';

/**
 * @param config the entries that are right in themselves
 * @param names all entries that are there, wrong ones too, so that one mistake is not reported twice
 */
export function crossProblems(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  return [
    ...unknownNames(config, names, merged),
    ...twinFeeds(config, merged),
    ...sharedFolders(config, merged),
    ...archiveFolders(config, merged),
    ...callbackTrouble(config, names, merged),
    ...alertTrouble(config, merged),
    ...exportProblems(config, names, merged),
    ...circles(config, merged),
    ...agreementProblems(config, names, merged),
  ];
}

function unknownNames(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  return Object.entries(config.feeds).flatMap(([feed, { partner, target, calendar, expects, files }]) => [
    ...unknownName(partner, 'partner', names.partners, ['feeds', feed, 'partner'], merged),
    ...unknownName(target, 'target', names.targets, ['feeds', feed, 'target'], merged),
    ...unknownName(calendar, 'calendar', names.calendars, ['feeds', feed, 'calendar'], merged),
    ...unknownName(
      expects?.calendar ?? null,
      'calendar',
      names.calendars,
      ['feeds', feed, 'expects', 'calendar'],
      merged,
    ),
    ...Object.entries(files).flatMap(([file, { partner: other }]) =>
      unknownName(other, 'partner', names.partners, ['feeds', feed, 'files', file, 'partner'], merged),
    ),
  ]);
}

/** Two feeds that would take the same files: which of them got one would be chance. */
function twinFeeds(config: ParsedConfig, merged: Merged): TidegateError[] {
  const seen = new Map<string, string>();
  const problems: TidegateError[] = [];
  for (const [name, feed] of Object.entries(config.feeds)) {
    if (!feed.enabled) continue;
    const claim = claimOf(feed, folderOf(config, feed.partner));
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

/** Files that are packed otherwise have other names. */
function claimOf({ pattern, dataType, packing }: ParsedConfig['feeds'][string], folder: unknown): string {
  const usual = `${packing?.gzip ? '.gz' : ''}${packing?.pgp ? '.pgp' : ''}`;
  return JSON.stringify([folder, pattern ?? dataType.toLowerCase(), packing?.suffix ?? usual]);
}

/** Partners at one place: what is written for one must not be taken for a file of another. The same folder for the same purpose does no harm. */
function sharedFolders(config: ParsedConfig, merged: Merged): TidegateError[] {
  const folders = Object.entries(config.partners).flatMap(([partner, entry]) =>
    Object.entries(entry.folders).map(([purpose, path]) => ({
      partner,
      purpose,
      path,
      place: placeOf(entry),
    })),
  );
  return folders.flatMap((folder, index) =>
    folders
      .slice(0, index)
      .filter(
        (earlier) =>
          earlier.partner !== folder.partner &&
          earlier.place === folder.place &&
          !(earlier.purpose === folder.purpose && earlier.path === folder.path) &&
          isWithinOrAround(earlier.path, folder.path),
      )
      .map(({ partner, purpose, path }) => {
        const problem = `the folder ${folder.path} overlaps with partners.${partner}.folders.${purpose}: ${path}, at the same place`;
        return new TidegateError('CONFIG_INVALID', problem, {
          place: merged.locate(['partners', folder.partner, 'folders', folder.purpose], 'value'),
          expected: 'folders that no other partner there uses for something else',
          fix: 'Give every folder a path of its own.',
        });
      }),
  );
}

/** What is archived must not be taken for something else, nor lie with the months of another partner. */
function archiveFolders(config: ParsedConfig, merged: Merged): TidegateError[] {
  const partners = Object.entries(config.partners);
  return partners.flatMap(([partner, entry]) => {
    const { archive } = entry;
    if (archive === null || archive.local !== null) return [];
    const taken = partners.flatMap(([name, other]) => {
      if (placeOf(other) !== placeOf(entry)) return [];
      const folders = Object.entries(other.folders).map(([purpose, path]) => [
        `${name}.folders.${purpose}`,
        path,
      ]);
      const archived =
        name < partner && other.archive?.local === null
          ? [[`${name}.archive.folder`, other.archive.folder]]
          : [];
      return [...folders, ...archived].filter(([, path]) => isWithinOrAround(path ?? '', archive.folder));
    });
    return taken.map(
      ([name, path]) =>
        new TidegateError(
          'CONFIG_INVALID',
          `the folder ${archive.folder} overlaps with partners.${name}: ${path}`,
          {
            place: merged.locate(['partners', partner, 'archive', 'folder'], 'value'),
            expected: 'a folder that is used for nothing else',
            fix: 'Give the archive a path of its own.',
          },
        ),
    );
  });
}

/** What is written for somebody else must not come back as a file of our own. */
function circles(config: ParsedConfig, merged: Merged): TidegateError[] {
  const polled = new Map(
    Object.entries(config.feeds)
      .filter(([, { enabled }]) => enabled)
      .map(([feed, { partner }]) => [
        folderAt(config, partner, config.partners[partner]?.folders.in),
        { feed, partner },
      ]),
  );
  const circle = (
    partner: string,
    folder: string | null | undefined,
    path: readonly string[],
    isToldOf?: string,
  ): TidegateError[] => {
    const at = folderAt(config, partner, folder ?? config.partners[partner]?.folders.out);
    const taker = at === null ? undefined : polled.get(at);
    if (!taker || taker.partner === isToldOf) return [];
    return [
      new TidegateError('CONFIG_INVALID', `the file would be put into the inbound folder of ${taker.feed}`, {
        place: merged.locate(path, 'value'),
        expected: 'a folder that this installation does not look for files in',
        fix: 'Name the folder that the other side reads.',
      }),
    ];
  };
  return [
    ...Object.entries(config.feeds).flatMap(([feed, { partner, files }]) =>
      Object.entries(files).flatMap(([file, { partner: other, folder }]) =>
        circle(other ?? partner, folder, ['feeds', feed, 'files', file, 'folder']),
      ),
    ),
    // The folders of the partner itself are looked at with the export.
    ...Object.entries(config.exports).flatMap(([name, { partner, folder }]) =>
      circle(partner, folder, ['exports', name, 'folder'], partner),
    ),
    ...agreementsIn(config).flatMap(({ path, answered: { report } }) =>
      report ? circle(report.partner, report.folder, [...path, 'report', 'folder']) : [],
    ),
  ];
}

/** Two partners may be two logins to one folder. */
const folderOf = (config: ParsedConfig, name: string): string =>
  folderAt(config, name, config.partners[name]?.folders.in) ?? name;

/** Where a target tells results. */
export const callbackPath = (target: string, { path }: { path: string | null }): string =>
  path ?? `/callbacks/${target}`;

/** Nobody would hear a target, or two could not be told apart. */
function callbackTrouble(config: ParsedConfig, names: Names, merged: Merged): TidegateError[] {
  const told = Object.entries(config.targets).flatMap(([name, target]) => {
    if ('callback' in target && target.callback)
      return [{ name, key: 'callback', path: callbackPath(name, target.callback) }];
    // The path is a part of the secret.
    const hinted = 'statusCallback' in target && target.statusCallback;
    return hinted && !hinted.isSealed
      ? [{ name, key: 'statusCallback', path: new URL(hinted.reveal()).pathname }]
      : [];
  });
  return told.flatMap(({ name, key, path }, index) => {
    const place = merged.locate(['targets', name, key], 'value');
    if (!names.callbacks) {
      return [
        new TidegateError('CONFIG_INVALID', `nobody listens for what ${name} tells`, {
          place,
          fix: 'Add the section callbacks, with the port to listen at.',
        }),
      ];
    }
    const twin = told.slice(0, index).find((earlier) => earlier.path === path);
    if (!twin) return [];
    return [
      new TidegateError('CONFIG_INVALID', `${twin.name} and ${name} would tell results at one path`, {
        place,
        ...(key === 'callback' && { expected: `a path other than ${path}` }),
        fix: 'Give every target a path of its own.',
      }),
    ];
  });
}
