import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { spoolFailure } from '../base/spool-failure.ts';

/** Local working copies, named by arrival number: a remote name never becomes a local path. Fails with `SPOOL_FAILED`. */
export interface Spool {
  /** Where the source of an arrival is kept while it is worked on. */
  source(arrival: number): string;
  /** Where a file is kept that rows of an arrival name. */
  attachment(arrival: number, number: number): string;
  /** Where an answer is built before it is uploaded. */
  draft(arrival: number, kind: string): string;
  /** A new name for something short-lived. */
  scratch(): string;
  /** Whether the file is there with this hash. */
  holds(path: string, sha256: string): Promise<boolean>;
  discard(path: string): Promise<void>;
  /** Nothing of the arrival stays, whatever a process that was killed has left. */
  clear(arrival: number): Promise<void>;
  /** A working copy for an archive. */
  archived(archive: number, what: string): string;
  /** As `clear`. */
  clearArchive(archive: number): Promise<void>;
}

export async function openSpool(folder: string): Promise<Spool> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw spoolFailure(folder, 'the spool folder cannot be made', cause);
  }
  return {
    source: (arrival) => join(folder, `arrival-${arrival}.source`),
    attachment: (arrival, number) => join(folder, `arrival-${arrival}.attachment-${number}`),
    draft: (arrival, kind) => join(folder, `arrival-${arrival}.${kind}`),
    scratch: () => join(folder, `scratch-${randomUUID()}`),
    async holds(path, sha256) {
      if (!(await stat(path).catch(() => null))) return false;
      const hash = createHash('sha256');
      await named(path, pipeline(createReadStream(path), hash));
      return hash.digest('hex') === sha256;
    },
    discard: (path) => named(path, rm(path, { force: true })),
    clear: (arrival) => named(folder, clear(folder, `arrival-${arrival}.`)),
    archived: (archive, what) => join(folder, `archive-${archive}.${what}`),
    clearArchive: (archive) => named(folder, clear(folder, `archive-${archive}.`)),
  };
}

async function clear(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(prefix)) await rm(join(folder, name), { force: true });
}

async function named(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw spoolFailure(path, 'a working copy cannot be read or removed', cause);
  }
}
