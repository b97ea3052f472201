/**
 * The promises of `RemoteFolder`, made once over the plain file operations of any implementation: nothing counts before its bytes are
 * verified, no final name is ever partial, nothing is replaced, and after an error both sides are looked at before it is decided what happened.
 */
import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { boundary } from '../base/boundary.ts';
import { TidegateError } from '../base/errors.ts';
import { always, type Permit } from '../base/permit.ts';
import { changed, exists, missing, shown } from './errors.ts';
import type { Files } from './files.ts';
import { readLocal, Tally, tallyOf, writeLocal } from './local-copy.ts';
import type { RemoteFolder, RemoteStat, Transferred } from './port.ts';

export function verifiedFolder(files: Files): RemoteFolder {
  return over(boundary('remote', files, folderOf), always);
}

function over(files: Files, permit: Permit): RemoteFolder {
  return {
    list: (folder) => files.list(folder),
    stat: (path) => files.stat(path),
    fetch: (path, localPath, maxBytes) => fetchVerified(files, path, localPath, maxBytes),
    put: (localPath, path) => putVerified(files, localPath, path, permit),
    move: (from, to) => moveWithoutReplacing(files, from, to, permit),
    remove: (path) => files.unlink(path, permit),
    probeWritable: (folder) => probe(files, folder),
    permittedBy: (other) => over(files, other),
    close: () => files.close(),
  };
}

/** Every single operation is a boundary: an upload can be interrupted between any two of them. */
function folderOf(method: string, [path]: readonly unknown[]): string {
  if (typeof path !== 'string') return '';
  return method === 'list' ? path : posix.dirname(path);
}

async function fetchVerified(
  files: Files,
  path: string,
  localPath: string,
  maxBytes: number,
): Promise<Transferred> {
  const before = await statFile(files, path);
  if (before.size > maxBytes) {
    throw new TidegateError('FILE_TOO_LARGE', `the file has ${before.size} bytes`, {
      subject: shown(path),
      expected: `at most ${maxBytes} bytes`,
      fix: 'Send the file in parts, or raise the limit of the feed.',
    });
  }
  return writeLocal(localPath, files.read(path, before.size), async ({ bytes }) => {
    const after = await statFile(files, path);
    if (bytes !== before.size || after.size !== before.size || after.modifiedAt !== before.modifiedAt) {
      throw changed(path, `it had ${before.size} bytes before, ${after.size} after, and ${bytes} were read`);
    }
  });
}

async function digestWhole(files: Files, path: string): Promise<Transferred> {
  const { size } = await statFile(files, path);
  const digest = await tallyOf(files.read(path, size));
  if (digest.bytes !== size) throw changed(path, `${size} bytes were stated, and ${digest.bytes} were read`);
  return digest;
}

async function putVerified(
  files: Files,
  localPath: string,
  path: string,
  permit: Permit,
): Promise<Transferred> {
  if ((await files.stat(path)) !== null) {
    const sent = await tallyOf(readLocal(localPath, new Tally()));
    await demandSame(files, path, sent);
    return sent;
  }
  const temporary = temporaryName(path, uploadMark(path));
  // What a killed process left of an earlier try.
  await files.discard(temporary, permit);
  try {
    const tally = new Tally();
    await files.create(temporary, readLocal(localPath, tally));
    const sent = tally.result();
    await verifyUpload(files, temporary, path, sent);
    await renameUpload(files, temporary, path, sent, permit);
    return sent;
  } catch (error) {
    await files.discard(temporary, permit);
    throw error;
  }
}

/** Servers have answered OK to writes they did not keep (mscdex/ssh2 #1274, ssh2-sftp-client #531): only reading back proves an upload. */
async function verifyUpload(files: Files, temporary: string, path: string, sent: Transferred): Promise<void> {
  const stored = await files.stat(temporary);
  const kept = stored?.size === sent.bytes ? await tallyOf(files.read(temporary, sent.bytes)) : null;
  if (kept?.sha256 === sent.sha256) return;
  throw new TidegateError(
    'REMOTE_UNVERIFIED',
    `the server does not hold the ${sent.bytes} bytes that were uploaded`,
    {
      subject: shown(path),
      expected: `${sent.bytes} bytes with SHA-256 ${sent.sha256}; it states ${stored ? `${stored.size} bytes` : 'no such file'}`,
      fix: 'Nothing appeared under the final name. Check free space and quota at the server; the upload is tried again.',
      retry: 'later',
    },
  );
}

async function renameUpload(
  files: Files,
  temporary: string,
  path: string,
  sent: Transferred,
  permit: Permit,
): Promise<void> {
  try {
    await files.rename(temporary, path, permit);
  } catch (error) {
    // The rename may have been applied with its answer lost, or somebody else took the name.
    if ((await files.stat(path)) === null) throw error;
    await demandSame(files, path, sent);
    await files.unlink(temporary, permit);
  }
}

async function demandSame(files: Files, path: string, sent: Transferred): Promise<void> {
  const taken = await files.stat(path);
  if (
    taken?.kind === 'file' &&
    taken.size === sent.bytes &&
    (await digestWhole(files, path)).sha256 === sent.sha256
  )
    return;
  throw exists(path, 'the name is taken by a file with other bytes');
}

async function moveWithoutReplacing(files: Files, from: string, to: string, permit: Permit): Promise<void> {
  // Some servers replace on rename (drakkan/sftpgo#2068), so the target is looked at first.
  const [source, target] = await Promise.all([statFile(files, from), files.stat(to)]);
  if (target !== null) throw exists(to, 'the name is taken');
  try {
    await files.rename(from, to, permit);
  } catch (error) {
    if (!(await wasMoved(files, source, from, to, error))) throw error;
  }
}

/** Looks at both sides after a failed rename. */
async function wasMoved(
  files: Files,
  source: RemoteStat,
  from: string,
  to: string,
  renameError: unknown,
): Promise<boolean> {
  const [left, arrived] = await Promise.all([files.stat(from), files.stat(to)]).catch((cause: unknown) => {
    throw new TidegateError(
      'REMOTE_FAILED',
      'a rename failed, and it could not be seen whether it happened',
      {
        subject: `${shown(from)} to ${shown(to)}`,
        fix: 'Look where the file is before moving it again.',
        retry: 'in-doubt',
        cause: new AggregateError([renameError, cause]),
      },
    );
  });
  if (left !== null && arrived !== null) throw exists(to, 'the name is taken');
  if (left === null && arrived === null) throw missing(from);
  return left === null && arrived?.size === source.size;
}

async function probe(files: Files, folder: string): Promise<void> {
  const probeName = posix.join(folder, 'tidegate-probe');
  const [made, renamed] = [temporaryName(probeName, randomMark()), temporaryName(probeName, randomMark())];
  try {
    await files.create(made, chunks(Buffer.from('tidegate')));
    await files.rename(made, renamed, always);
    await files.unlink(renamed, always);
  } catch (error) {
    await files.discard(made, always);
    await files.discard(renamed, always);
    throw error;
  }
}

async function* chunks(...buffers: Buffer[]): AsyncGenerator<Buffer> {
  yield* buffers;
}

async function statFile(files: Files, path: string): Promise<RemoteStat> {
  const stat = await files.stat(path);
  if (stat === null) throw missing(path);
  if (stat.kind === 'file') return stat;
  throw new TidegateError(
    'REMOTE_FAILED',
    `there is a ${stat.kind === 'folder' ? 'folder' : 'link or device'} of this name`,
    {
      subject: shown(path),
      expected: 'a regular file',
      fix: 'Remove or rename it at the server.',
    },
  );
}

/** Hidden and unfinished by every convention, beside the target so that the rename stays within one file system. */
function temporaryName(path: string, mark: string): string {
  // Cut short, so that a name of full length still leaves room for the marks.
  const name = [...posix.basename(path)].slice(0, 50).join('');
  return posix.join(posix.dirname(path), `.${name}.${mark}.part`);
}

/**
 * The same for every try of an upload, so that nothing is left behind by one that was killed; of the whole path, so that uploads whose names begin alike
 * do not share it.
 */
const uploadMark = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 12);

const randomMark = (): string => randomBytes(6).toString('hex');
