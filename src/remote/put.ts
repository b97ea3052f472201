import { posix } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import { readLocal, Tally, tallyOf } from '../base/local-copy.ts';
import type { Permit } from '../base/permit.ts';
import { changed, exists, inFolder, shown } from './errors.ts';
import type { Transferred } from './port.ts';
import { renameSafely } from './rename.ts';
import type { Server } from './server.ts';
import { uploadOf } from './temporary.ts';

/** As `RemoteFolder.put` promises. */
export async function putVerified(
  server: Server,
  localPath: string,
  path: string,
  permit: Permit,
  whenWhole?: () => Promise<void>,
): Promise<Transferred> {
  const { files } = server;
  const temporary = uploadOf(path);
  if ((await files.stat(path)) !== null) {
    const sent = await tallyOf(readLocal(localPath, new Tally()));
    await demandSame(server, path, sent);
    // Where a rename is a new link and then a removal, a crash in between leaves both names.
    await files.discard(temporary, permit);
    return sent;
  }
  const sent =
    (await uploadedBefore(server, localPath, temporary)) ??
    (await upload(server, localPath, temporary, path, permit));
  await whenWhole?.();
  try {
    await renameUpload(server, temporary, path, sent, permit);
    return sent;
  } catch (error) {
    // A rename without an answer may still come about.
    if (!whenWhole && isAnswered(error)) await files.discard(temporary, permit);
    throw error;
  }
}

/**
 * What an earlier try left whole; `null` when that is nothing. It is never written again: the server may still have a rename of it before it, which would bring what
 * is half written under the final name. No rename is asked for before an upload is whole, so what is not may be written anew.
 */
async function uploadedBefore(
  server: Server,
  localPath: string,
  temporary: string,
): Promise<Transferred | null> {
  const left = await server.files.stat(temporary);
  if (left === null) return null;
  const wanted = await tallyOf(readLocal(localPath, new Tally()));
  // What only begins like it was never the upload.
  if (server.traits.sizes === 'exact' && left.size !== wanted.bytes) return null;
  const kept = await readBack(server, temporary, wanted);
  return kept.bytes === wanted.bytes && kept.sha256 === wanted.sha256 ? wanted : null;
}

async function upload(
  server: Server,
  localPath: string,
  temporary: string,
  path: string,
  permit: Permit,
): Promise<Transferred> {
  const { files } = server;
  // What a killed process left of an earlier try.
  await files.discard(temporary, permit);
  try {
    const tally = new Tally();
    await inFolder(posix.dirname(path), files.create(temporary, readLocal(localPath, tally)));
    const sent = tally.result();
    await verifyUpload(server, temporary, path, sent);
    return sent;
  } catch (error) {
    await files.discard(temporary, permit);
    throw error;
  }
}

const isAnswered = (error: unknown): boolean =>
  !(error instanceof TidegateError && ['REMOTE_DEADLINE', 'REMOTE_UNREACHABLE'].includes(error.code));

/** Servers have answered OK to writes they did not keep (mscdex/ssh2 #1274, ssh2-sftp-client #531): only reading back proves an upload. */
async function verifyUpload(
  server: Server,
  temporary: string,
  path: string,
  sent: Transferred,
): Promise<void> {
  const stored = await server.files.stat(temporary);
  const plausible = stored?.size === sent.bytes || (stored && server.traits.sizes === 'unreliable');
  const kept = plausible ? await readBack(server, temporary, sent) : null;
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

/** Where the size does not tell that there is no more, one byte too many is asked for. */
function readBack({ files, traits }: Server, path: string, { bytes }: Transferred): Promise<Transferred> {
  return tallyOf(files.read(path, traits.sizes === 'exact' ? bytes : bytes + 1));
}

async function renameUpload(
  server: Server,
  temporary: string,
  path: string,
  sent: Transferred,
  permit: Permit,
): Promise<void> {
  const { files } = server;
  try {
    if ((await renameSafely(server, temporary, path, permit)) === 'replaces') {
      // Somebody else may have replaced ours in the same moment; who came last is there.
      await demandSame(server, path, sent);
    }
  } catch (error) {
    // The rename may have been applied with its answer lost, or somebody else took the name.
    if ((await files.stat(path)) === null) throw error;
    await demandSame(server, path, sent);
    await files.unlink(temporary, permit);
  }
}

async function demandSame(server: Server, path: string, sent: Transferred): Promise<void> {
  const taken = await server.files.stat(path);
  const exact = server.traits.sizes === 'exact';
  if (taken?.kind === 'file' && (!exact || taken.size === sent.bytes)) {
    const kept = await readBack(server, path, sent);
    if (exact && kept.bytes !== sent.bytes)
      throw changed(path, `${sent.bytes} bytes were stated, and ${kept.bytes} were read`);
    if (kept.sha256 === sent.sha256) return;
  }
  throw exists(path, 'the name is taken by a file with other bytes');
}
