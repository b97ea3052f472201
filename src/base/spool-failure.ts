import { TidegateError } from './errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'this user has no right to it',
  EPERM: 'this user has no right to it',
  EIO: 'the disk fails',
};

/** What went wrong with a local working copy, with the reason that the system gave. */
export function spoolFailure(path: string, problem: string, cause: unknown): TidegateError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = reasons[code];
  return new TidegateError('SPOOL_FAILED', reason ? `${problem}: ${reason}` : problem, {
    subject: path,
    fix: 'Check free space, mount and access rights of the storage folder; work goes on where it stopped.',
    retry: 'later',
    cause,
  });
}
