/**
 * A folder on an SFTP server as a `RemoteFolder`. ssh2-sftp-client makes and ends the connection; the operations use the raw handle it
 * gives, because its own ones take any failure for a missing file, trust the long name for an entry's kind, and can resolve with bytes
 * missing (ssh2-sftp-client #387, #531).
 */
import type { FileEntryWithStats, Stats } from 'ssh2';
import { systemClock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import { shown } from './errors.ts';
import type { Files } from './files.ts';
import type { EntryKind, RemoteEntry, RemoteFolder, RemoteStat } from './port.ts';
import { Connection } from './sftp-connection.ts';
import { propertyOf, sftpStatus } from './sftp-errors.ts';
import { type SftpOptions, settle } from './sftp-options.ts';
import type { Operation } from './sftp-session.ts';
import { readPipelined, writePipelined } from './sftp-stream.ts';
import { mostSessions } from './traits.ts';
import { verifiedFolder } from './verified.ts';

export type { SftpOptions } from './sftp-options.ts';

/** More entries than this are a mistake or an attack, and would fill the memory. */
const maxEntries = 100_000;

/** Connects on first use. Calls may run side by side; they share one connection. */
export function openSftpFolder(options: SftpOptions): RemoteFolder {
  const connection = new Connection(settle(options));

  async function call<T>(path: string, work: (operation: Operation) => Promise<T>): Promise<T> {
    const operation = (await connection.acquire()).begin(path);
    try {
      return await work(operation);
    } finally {
      operation.finish();
    }
  }

  const files: Files = {
    list: (folder) => call(folder, (operation) => listFolder(operation, folder)),
    stat: (path) => call(path, (operation) => statOrNull(operation, path)),
    async *read(path, size) {
      const operation = (await connection.acquire()).begin(path);
      let closing = Promise.resolve();
      try {
        const handle = await open(operation, path, 'r');
        try {
          yield* readPipelined(operation, handle, size);
        } finally {
          closing = close(operation, handle).catch(() => undefined);
        }
      } finally {
        // The bytes are here; nobody needs to wait for the handle to be closed.
        void closing.then(() => operation.finish());
      }
    },
    create: (path, content) =>
      call(path, async (operation) => {
        const handle = await open(operation, path, 'wx');
        try {
          await writePipelined(operation, handle, content);
        } catch (error) {
          await close(operation, handle).catch(() => undefined);
          throw error;
        }
        // Servers that write late report it only here.
        await close(operation, handle);
      }),
    rename: (from, to, permit) =>
      call(to, (operation) => {
        permit();
        return operation.request((done) => operation.sftp.rename(from, to, (error) => done(error)));
      }),
    link: (from, to, permit) =>
      call(to, (operation) =>
        extended(operation, permit, (done) => operation.sftp.ext_openssh_hardlink(from, to, done)),
      ),
    replace: (from, to, permit) =>
      call(to, (operation) =>
        extended(operation, permit, (done) => operation.sftp.ext_openssh_rename(from, to, done)),
      ),
    makeFolder: (path) =>
      call(path, (operation) =>
        operation.request((done) => operation.sftp.mkdir(path, (error) => done(error))),
      ),
    unlink: (path, permit) => call(path, (operation) => unlink(operation, path, permit)),
    discard: async (path, permit) => {
      if (!connection.live) return;
      await call(path, (operation) => unlink(operation, path, permit)).catch(() => undefined);
    },
    close: () => connection.close(),
  };
  return verifiedFolder(files, {
    identity: async () => sftpIdentity(options, (await connection.acquire()).hostKey),
    sessions: () => connection.countSessions(mostSessions),
    clock: options.clock ?? systemClock,
  });
}

/** @param hostKey fingerprint of the key that the server showed */
export const sftpIdentity = (
  { username, host, port }: Pick<SftpOptions, 'username' | 'host' | 'port'>,
  hostKey: string,
): string => `sftp://${username}@${host}:${port} with host key ${hostKey}`;

const open = (operation: Operation, path: string, mode: 'r' | 'wx'): Promise<Buffer> =>
  operation.request((done) => operation.sftp.open(path, mode, done));

const close = (operation: Operation, handle: Buffer): Promise<void> =>
  operation.request((done) => operation.sftp.close(handle, (error) => done(error)));

/** ssh2 throws at once when the server has not announced the extension. */
function extended(
  operation: Operation,
  permit: Permit,
  send: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  permit();
  return operation.request<void>((done) => {
    try {
      send((error) => done(error));
    } catch (cause) {
      done(Object.assign(new Error('not announced', { cause }), { code: sftpStatus.unsupported }));
    }
  });
}

async function unlink(operation: Operation, path: string, permit: Permit): Promise<void> {
  permit();
  try {
    await operation.request<void>((done) => operation.sftp.unlink(path, (error) => done(error)));
  } catch (error) {
    if (!(error instanceof TidegateError && error.code === 'REMOTE_MISSING')) throw error;
  }
}

async function statOrNull(operation: Operation, path: string): Promise<RemoteStat | null> {
  try {
    return toStat(await operation.request<Stats>((done) => operation.sftp.lstat(path, done)));
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'REMOTE_MISSING') return null;
    throw error;
  }
}

async function listFolder(operation: Operation, folder: string): Promise<RemoteEntry[]> {
  const handle = await operation.request<Buffer>((done) => operation.sftp.opendir(folder, done));
  const entries: RemoteEntry[] = [];
  // Batches count too, so that a server which goes on with empty ones is stopped as well.
  for (let batches = 0; entries.length + batches <= maxEntries; batches++) {
    const batch = await nextEntries(operation, handle);
    if (batch === null) {
      await close(operation, handle);
      return entries;
    }
    for (const { filename, attrs } of batch) entries.push({ name: filename, ...toStat(attrs) });
  }
  await close(operation, handle);
  throw new TidegateError('REMOTE_FAILED', `the folder has more than ${maxEntries} entries`, {
    subject: shown(folder),
    fix: 'Clear out the folder, or give the feed a folder of its own.',
  });
}

/** `null` at the end of the folder. */
async function nextEntries(operation: Operation, handle: Buffer): Promise<FileEntryWithStats[] | null> {
  try {
    return await operation.request<FileEntryWithStats[]>((done) => operation.sftp.readdir(handle, done));
  } catch (error) {
    if (error instanceof TidegateError && propertyOf(error.cause, 'code') === sftpStatus.eof) return null;
    throw error;
  }
}

const typeBits = 0o170000;
const kinds = new Map<number, EntryKind>([
  [0o100000, 'file'],
  [0o040000, 'folder'],
]);

/** Attributes are optional in SFTP; without a mode or size, nothing is taken for a file. */
function toStat(attrs: Stats): RemoteStat {
  const stated = attrs as Partial<Stats>;
  const kind = stated.size === undefined ? 'other' : (kinds.get((stated.mode ?? 0) & typeBits) ?? 'other');
  return { kind, size: stated.size ?? 0, modifiedAt: (stated.mtime ?? 0) * 1000 };
}
