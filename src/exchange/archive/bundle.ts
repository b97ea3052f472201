import { createWriteStream } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { spoolFailure } from '../../base/spool-failure.ts';

/**
 * A tar.gz of local copies under their names in the archive. The same files and time give the same bytes, so that one that was made before a kill is known again.
 * @param copies local paths, all in one folder, by name in the archive
 * @param at epoch milliseconds, the time of every entry
 */
export async function packBundle(
  path: string,
  copies: ReadonlyMap<string, string>,
  at: number,
): Promise<void> {
  const names = new Map([...copies].map(([name, copy]) => [basename(copy), name]));
  const [first] = copies.values();
  const options = {
    cwd: dirname(first ?? path),
    gzip: true,
    portable: true,
    strict: true,
    mtime: new Date(at),
    // Renamed here, because a remote name never becomes a local path.
    onWriteEntry: (entry: { path: string }) => {
      entry.path = names.get(entry.path) ?? entry.path;
    },
  };
  try {
    await pipeline(create(options, [...names.keys()]), createWriteStream(path, { mode: 0o600, flush: true }));
  } catch (cause) {
    throw spoolFailure(path, 'the bundle cannot be written', cause);
  }
}
