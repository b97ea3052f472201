import { TidegateError } from '../base/errors.ts';

/** What to do about a failure of the file store, by the beginning of SQLite's result code name (https://sqlite.org/rescode.html), or by the system's own code. */
const advice: readonly { codes: readonly string[]; problem: string; fix: string; later: boolean }[] = [
  {
    codes: ['SQLITE_READONLY', 'EROFS', 'EACCES', 'EPERM'],
    problem: 'the ledger cannot be written',
    fix: 'Make the file, its folder and their disk writable for the user that runs Tidegate; work goes on where it stopped.',
    later: false,
  },
  {
    codes: ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'],
    problem: 'the disk of the ledger is full',
    fix: 'Free space on that disk; work goes on where it stopped.',
    later: true,
  },
  {
    codes: ['SQLITE_BUSY'],
    problem: 'another process kept the ledger locked for too long',
    fix: 'It will be tried again. If this stays, look for a process that holds the file open, such as a copy or an editor.',
    later: true,
  },
  {
    codes: ['SQLITE_CANTOPEN'],
    problem: 'the ledger file cannot be opened',
    fix: 'Check that the path names a file, and that the user that runs Tidegate may read and write it and its folder.',
    later: false,
  },
  {
    codes: ['SQLITE_NOTADB'],
    problem: 'the file is not a ledger',
    fix: 'Point the storage setting at another file, or restore this one from a copy.',
    later: false,
  },
  {
    codes: ['SQLITE_CORRUPT'],
    problem: 'the ledger file is damaged',
    fix: 'Stop Tidegate, keep the damaged file, and restore the last good copy.',
    later: false,
  },
  {
    codes: ['SQLITE_IOERR'],
    problem: 'the disk of the ledger fails to read or write',
    fix: 'Check the disk, its free space and its mount; the ledger must lie on a local disk, not on a network share.',
    later: true,
  },
];

/** Any failure of the store as a `LEDGER_FAILED`; a TidegateError stays as it is. The message of a failed constraint names tables and columns only. */
export function ledgerFailure(file: string, error: unknown): TidegateError {
  if (error instanceof TidegateError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = advice.find(({ codes }) => codes.some((known) => code.startsWith(known)));
  if (known) {
    return new TidegateError('LEDGER_FAILED', known.problem, {
      subject: file,
      fix: known.fix,
      retry: known.later ? 'later' : 'never',
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new TidegateError('LEDGER_FAILED', `the ledger failed: ${reason}`, {
    subject: file,
    fix: 'Check that the path and its folder exist and may be read and written.',
    cause: error,
  });
}
