import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';

/** Hidden and unfinished by every convention, beside the target so that the rename stays within one file system. */
export function temporaryName(path: string, mark: string): string {
  // Cut short, so that a name of full length still leaves room for the marks.
  const name = [...posix.basename(path)].slice(0, 50).join('');
  return posix.join(posix.dirname(path), `.${name}.${mark}.part`);
}

/**
 * The same for every try of an upload, so that nothing is left behind by one that was killed; of the whole path, so that uploads whose names begin alike
 * do not share it.
 */
const uploadMark = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 12);

/** Where an upload lies until it is whole. */
export const uploadOf = (path: string): string => temporaryName(path, uploadMark(path));

export const randomMark = (): string => randomBytes(6).toString('hex');
