/** What belongs into which archive. Pure. */
import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import type { Archivable, Archive, ArchivedFile, NewArchive } from '../../ledger/port.ts';
import { companionsOf } from '../parcel.ts';
import { FIRST } from './manifest.ts';
import { addMonths, dataMonth, lastDue, type Month, monthOf } from './months.ts';
import type { ArchivePolicy } from './types.ts';

/** Months that are due with what is to be archived of each, oldest first. */
export function dueMonths(
  files: readonly Archivable[],
  { timeZone, after, stampOf }: ArchivePolicy,
  now: number,
): [Month, Archivable[]][] {
  const last = lastDue(now, timeZone, after);
  const months = Map.groupBy(files.flatMap(withCompanions), ({ feed, arrivalName, arrivedAt, window }) =>
    // An export is named after the end of its window, which belongs to the next one.
    window
      ? monthOf((window.from + window.to) / 2, timeZone)
      : dataMonth(stampOf(feed, arrivalName), arrivedAt, timeZone),
  );
  return [...months].filter(([month]) => month <= last).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** Whether files of the month were kept for as long as agreed. */
export const isExpired = (
  month: Month,
  { timeZone, keepMonths }: Pick<ArchivePolicy, 'timeZone' | 'keepMonths'>,
  now: number,
): boolean => keepMonths !== null && month <= addMonths(monthOf(now, timeZone), -keepMonths);

/** They go before the file: where a done-file lies, all is there. */
function withCompanions(file: Archivable): Archivable[] {
  const { path, sha256, packing } = file;
  if (sha256 === null) return [file];
  const companions = companionsOf(path, packing).map((companion): Archivable => {
    const text = companion.textFor({ sha256 });
    return {
      ...{ ...file, kind: 'companion', path: companion.path, packing: null },
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    };
  });
  return [...companions.toReversed(), file];
}

/** @param before all archives of the partner, oldest first; each is finished */
export function planArchive(
  month: Month,
  files: readonly Archivable[],
  { partner, form, side, folder }: ArchivePolicy,
  before: readonly Archive[],
): NewArchive {
  const part = 1 + before.filter((archive) => archive.month === month).length;
  const names = new Set<string>();
  return {
    ...{ partner, month, part, form, side },
    path: posix.join(folder, part === 1 ? month : `${month}-${part}`),
    previous: before.at(-1)?.hash ?? FIRST,
    files: files.map(({ feed: _feed, arrivalName: _name, window: _window, packing: _packing, ...file }) => {
      const name = freeName(file, names);
      names.add(name);
      return { ...file, name };
    }),
  };
}

/** The last folder and the name; only two folders of one name can bring the same twice. */
function freeName(
  { path, arrival, outbound }: Pick<Archivable, 'path' | 'arrival' | 'outbound'>,
  taken: ReadonlySet<string>,
): string {
  const name = posix.join(posix.basename(posix.dirname(path)), posix.basename(path));
  if (!taken.has(name)) return name;
  const { dir, name: stem, ext } = posix.parse(name);
  return posix.join(dir, `${stem}~${arrival ?? `o${outbound}`}${ext}`);
}

export const manifestPath = (path: string): string => `${path}.manifest.jsonl`;
export const bundlePath = (path: string): string => `${path}.tar.gz`;

/** Where what it holds lies, apart from its manifest. */
export function storedPaths({ path, form, bundle }: Archive, files: readonly ArchivedFile[]): string[] {
  if (form === 'bundle') return bundle ? [bundlePath(path)] : [];
  return files.flatMap(({ state, name }) => (state === 'kept' ? [posix.join(path, name)] : []));
}

/**
 * Where people find it.
 * @param local the folder of this machine that archives lie in; `null` when none is configured
 */
export function placeOf({ side, path }: Pick<Archive, 'side' | 'path'>, local: string | null): string {
  if (side === 'remote') return path;
  return local === null ? `${path} below archive.local` : join(local, path);
}
