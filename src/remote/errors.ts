/** Errors of every kind of remote folder. Pure. */
import { TidegateError } from '../base/errors.ts';
import { displayName } from './names.ts';

/** A path for people: its folders as they are, the last name made inert. */
export function shown(path: string): string {
  return path.split('/').map(displayName).join('/');
}

export function missing(path: string): TidegateError {
  return new TidegateError('REMOTE_MISSING', 'the remote file or its folder is not there', {
    subject: shown(path),
    fix: 'It may have been moved or withdrawn; it is picked up when it appears again.',
  });
}

/** Names the folder where an operation found it missing that needs nothing else to be there. */
export async function inFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw blamingFolder(folder, error);
  }
}

export function blamingFolder(folder: string, error: unknown): unknown {
  if (!(error instanceof TidegateError && error.code === 'REMOTE_MISSING')) return error;
  return new TidegateError('REMOTE_MISSING', 'the remote folder is not there', {
    subject: shown(folder),
    fix: 'Create the folder at the server, or correct it in the configuration.',
    cause: error,
  });
}

export function exists(path: string, problem: string): TidegateError {
  return new TidegateError('REMOTE_EXISTS', problem, {
    subject: shown(path),
    expected: 'a free name',
    fix: 'Compare the two files, then rename or remove the one at the server.',
  });
}

export function changed(path: string, how: string): TidegateError {
  return new TidegateError('REMOTE_CHANGED', `the remote file changed while it was read: ${how}`, {
    subject: shown(path),
    fix: 'Nothing was kept. It is read again once it no longer changes.',
    retry: 'later',
  });
}
