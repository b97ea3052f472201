/**
 * SQLite reads a file with a write-ahead log only where it may write beside it, or where its helper files lie there already. On a medium that takes no writes
 * (a restored disk, a mount that turned read-only) a copy is read instead.
 */
import { access, constants, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidegateError } from '../base/errors.ts';

export interface ReadOnlyCopy {
  file: string;
  discard(): Promise<void>;
}

const codes = ['SQLITE_CANTOPEN', 'SQLITE_READONLY'];

/** Whether a ledger that could not be opened only lies where nothing can be written. */
export async function liesReadOnly(file: string, failure: unknown): Promise<boolean> {
  const cause = failure instanceof TidegateError ? failure.cause : null;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const readable = access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
  return codes.some((known) => code.startsWith(known)) && readable;
}

/** In a folder of its own, which nobody else can look into. `LEDGER_FAILED` when it cannot be made, or somebody wrote meanwhile. */
export async function copyToRead(file: string): Promise<ReadOnlyCopy> {
  const before = await versionOf(file);
  const copy = await makeCopy(file);
  if ((await versionOf(file)) === before) return copy;
  await copy.discard();
  throw new TidegateError('LEDGER_FAILED', 'the ledger changed while it was copied to be read', {
    subject: file,
    fix: 'Somebody works on it: try again, as a user that may write beside it.',
    retry: 'later',
  });
}

async function makeCopy(file: string): Promise<ReadOnlyCopy> {
  let folder: string | null = null;
  const discard = async (): Promise<void> => {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  };
  try {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-ledger-'));
    const copy = join(folder, 'ledger.db');
    await copyFile(file, copy);
    // What was committed last may stand in the write-ahead log alone; the other helper file is made anew from it.
    await copyFile(`${file}-wal`, `${copy}-wal`).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    return { file: copy, discard };
  } catch (cause) {
    await discard();
    throw new TidegateError(
      'LEDGER_FAILED',
      'the ledger can only be read from a copy, which cannot be made',
      {
        subject: file,
        fix: `Make room in ${tmpdir()}, or let TMPDIR name another folder.`,
        cause,
      },
    );
  }
}

async function versionOf(file: string): Promise<string> {
  const seen = await Promise.all([file, `${file}-wal`].map((part) => stat(part).catch(() => null)));
  return seen.map((part) => `${part?.size} ${part?.mtimeMs}`).join();
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
