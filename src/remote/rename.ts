import { posix } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import { blamingFolder, exists, missing, shown } from './errors.ts';
import type { Files } from './files.ts';
import type { RemoteStat } from './port.ts';
import { type Server, statFile } from './server.ts';

/**
 * Renames so that a taken name is refused by the server, where there is a way to. Where a rename replaces, a second link does not; a crash in between leaves both
 * names, and the next try finds the same bytes under both. `replaces`: there is no such way, and whoever looked before has only narrowed the window.
 */
export async function renameSafely(
  { files, traits }: Server,
  from: string,
  to: string,
  permit: Permit,
): Promise<'refused' | 'replaces'> {
  if (traits.renameOntoExisting === 'replaces' && traits.hardlink && (await link(files, from, to, permit))) {
    await files.unlink(from, permit);
    return 'refused';
  }
  await files.rename(from, to, permit);
  return traits.renameOntoExisting;
}

/** `false` when the server does not link this file, as Linux does not where somebody else owns it (`fs.protected_hardlinks`). */
async function link(files: Files, from: string, to: string, permit: Permit): Promise<boolean> {
  try {
    await files.link?.(from, to, permit);
    return files.link !== undefined;
  } catch (error) {
    const isDenied =
      error instanceof TidegateError && error.code === 'REMOTE_FAILED' && error.retry === 'never';
    if (isDenied && (await files.stat(to)) === null) return false;
    throw error;
  }
}

/** As `RemoteFolder.move` promises. */
export async function moveWithoutReplacing(
  server: Server,
  from: string,
  to: string,
  permit: Permit,
): Promise<void> {
  const { files } = server;
  // Some servers replace on rename (drakkan/sftpgo#2068), so the target is looked at first.
  const [source, target] = await Promise.all([statFile(files, from), files.stat(to)]);
  if (target !== null) throw exists(to, 'the name is taken');
  try {
    await renameSafely(server, from, to, permit);
  } catch (error) {
    if (!(await wasMoved(files, source, from, to, error))) throw blamingFolder(posix.dirname(to), error);
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
