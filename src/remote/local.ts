/** A folder of this machine as a `RemoteFolder`: the remote path `/in/x` is `<root>/in/x`, and nothing outside `root` can be reached. */
import { constants, type Dirent } from 'node:fs';
import { link, lstat, mkdir, open, readdir, realpath, rm, stat, unlink } from 'node:fs/promises';
import { dirname, posix, resolve } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import { missing, shown } from './errors.ts';
import type { Files } from './files.ts';
import { guardAgainstHanging, guarded } from './local-deadline.ts';
import type { EntryKind, RemoteEntry, RemoteFolder, RemoteStat } from './port.ts';
import { verifiedFolder } from './verified.ts';

const chunkBytes = 256 * 1024;

/** A large file on a slow disk is one call when it is written. */
const callMs = 120_000;

export function openLocalFolder(options: { root: string; clock?: Clock }): RemoteFolder {
  const root = resolve(options.root);
  const guard = guardAgainstHanging(callMs);
  return verifiedFolder(guarded(localFiles(root), guard), {
    // The same place may be another file system after it was mounted anew.
    identity: () =>
      guard('/', () => named('/', stat(root))).then(({ dev }) => `local ${root} on device ${dev}`),
    sessions: async () => null,
    clock: options.clock ?? systemClock,
  });
}

function localFiles(root: string): Files {
  return {
    list: (folder) => at(root, folder, (path) => listFolder(path)),
    stat: (path) => at(root, path, statOrNull).catch(nullWhenMissing),
    async *read(path, size) {
      // Opened through `at`, so that a symbolic link is not followed out of the root.
      const file = await at(root, path, (local) => open(local, constants.O_RDONLY | constants.O_NOFOLLOW));
      try {
        for (let position = 0; position < size; ) {
          const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, size - position));
          const { bytesRead } = await named(path, file.read(buffer, 0, buffer.length, position));
          if (bytesRead === 0) return;
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
    async create(path, content) {
      const file = await at(root, path, (local) => open(local, 'wx'));
      try {
        for await (const chunk of content) await named(path, file.writeFile(chunk));
        await named(path, file.sync());
      } finally {
        await file.close();
      }
    },
    rename: (from, to, permit) =>
      at(root, from, (source) => at(root, to, (target) => renameWithoutReplacing(source, target, permit))),
    makeFolder: (path) =>
      at(root, path, async (local) => {
        await mkdir(local);
        await syncFolder(dirname(local));
      }),
    unlink: (path, permit) => at(root, path, (local) => removeLocal(local, permit)),
    discard: (path, permit) => at(root, path, (local) => removeLocal(local, permit)).catch(() => undefined),
    close: async () => undefined,
  };
}

/** `link` refuses a taken name, which `rename` would replace. */
async function renameWithoutReplacing(source: string, target: string, permit: Permit): Promise<void> {
  permit();
  await link(source, target);
  // Nothing may be removed elsewhere because a file lies here, before its name is as durable as its bytes.
  await syncFolder(dirname(target));
  // The link may have hung for long: another file may lie here by now, and somebody else may have gone on from both names.
  permit();
  try {
    await unlink(source);
  } catch (error) {
    // Otherwise the file would lie in both places, and the next try would find the name taken.
    await unlink(target);
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  // Where a folder cannot be opened, as on Windows, its names are flushed by the file system itself.
  const folder = await open(path, constants.O_RDONLY).catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR'].includes(String(codeOf(error)))) throw error;
  } finally {
    await folder.close();
  }
}

async function removeLocal(path: string, permit: Permit): Promise<void> {
  permit();
  await rm(path, { force: true });
}

async function listFolder(path: string): Promise<RemoteEntry[]> {
  if ((await realpath(path)) !== path) throw outside(path);
  const entries = await readdir(path, { withFileTypes: true });
  const found: RemoteEntry[] = [];
  for (const entry of entries) {
    // One after the other: on a mount that hangs, each would take a thread.
    const described = await describe(path, entry);
    if (described) found.push(described);
  }
  return found;
}

/** `null` when the file vanished since the folder was read. */
async function describe(folder: string, entry: Dirent): Promise<RemoteEntry | null> {
  const stat = await statOrNull(`${folder}/${entry.name}`);
  return stat && { name: entry.name, ...stat };
}

async function statOrNull(path: string): Promise<RemoteStat | null> {
  try {
    const stat = await lstat(path);
    const kind: EntryKind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
    return { kind, size: stat.size, modifiedAt: Math.floor(stat.mtimeMs) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof TidegateError && error.code === 'REMOTE_MISSING') return null;
  throw error;
}

/** Does `work` at the local place of a remote path, whose folder must lie in the root whatever links there are. */
async function at<T>(root: string, path: string, work: (local: string) => Promise<T>): Promise<T> {
  const segments = path.split('/').slice(1);
  const name = segments.pop() ?? '';
  const inner = segments.some((segment) => segment === '' || hasTricks(segment));
  if (!path.startsWith('/') || path.includes('\0') || inner || hasTricks(name)) throw outside(path);
  return named(path, reach(root, segments, name, path, work));
}

const hasTricks = (segment: string): boolean => segment === '.' || segment === '..';

async function reach<T>(
  root: string,
  segments: readonly string[],
  name: string,
  path: string,
  work: (local: string) => Promise<T>,
): Promise<T> {
  const realRoot = await realpath(root);
  const expected = [realRoot, ...segments].join('/');
  if ((await realpath(expected)) !== expected) throw outside(path);
  return work(name === '' ? expected : posix.join(expected, name));
}

function outside(path: string): TidegateError {
  return new TidegateError('REMOTE_FAILED', 'the path could lead out of the folder', {
    subject: shown(path),
    expected: 'an absolute path without `.`, `..` or symbolic links',
    fix: 'Correct the folders of the partner.',
  });
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

async function named<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    const code = codeOf(cause);
    if (code === 'ENOENT') throw missing(path);
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR';
    throw new TidegateError('REMOTE_FAILED', `the file system refused: ${String(code)}`, {
      subject: shown(path),
      fix: denied ? 'Check the access rights of the folder.' : 'Check the disk of the folder.',
      retry: denied ? 'never' : 'later',
      cause,
    });
  }
}
