/** Why a packed file is refused, in words. What an attacker could learn from is left out: there is one text for all that may be wrong within what was encrypted. */
import { type ErrorCode, TidegateError } from '../base/errors.ts';

const again = 'Pack the file anew and send it again.';

function refused(
  code: ErrorCode,
  label: string,
  problem: string,
  expected: string,
  fix = again,
  cause?: unknown,
) {
  return new TidegateError(code, problem, { place: { file: label }, expected, fix, cause });
}

export const emptyFile = (label: string): TidegateError =>
  refused('FILE_EMPTY', label, 'the file has no bytes', 'a packed file', 'Send the file again.');

export const notPacked = (label: string, found: string, expected: string): TidegateError =>
  refused(
    'FILE_PACKING',
    label,
    `the file is ${found}`,
    expected,
    'Pack the file as agreed and send it again.',
  );

export const cutOff = (label: string, what: string): TidegateError =>
  refused('FILE_PACKING', label, `the ${what} ends before its end: the file was cut off`, `a whole ${what}`);

export const somethingFollows = (label: string, what: string, found: string): TidegateError =>
  refused('FILE_PACKING', label, `${found} after the end of the ${what}`, `one ${what} and nothing else`);

export const damaged = (label: string, what: string, cause?: unknown): TidegateError =>
  refused('FILE_PACKING', label, `the ${what} is damaged`, `a whole ${what}`, again, cause);

export const nested = (label: string, found: string): TidegateError =>
  refused(
    'FILE_PACKING',
    label,
    `what was unpacked is ${found} again`,
    'a file that is packed once',
    'Pack the file once, as agreed, and send it again.',
  );

export const tooLargeUnpacked = (label: string, limit: string): TidegateError =>
  refused(
    'FILE_TOO_LARGE',
    label,
    `unpacked, the file has more than ${limit}`,
    'content within the limits of the feed',
    'Send the file in parts; or raise limits.maxBytes or packing.maxRatio of the feed.',
  );

/** @param to IDs of the keys that it is encrypted to */
export const notForUs = (label: string, to: readonly string[], ours: readonly string[]): TidegateError =>
  refused(
    'FILE_DECRYPT',
    label,
    to.length > 0
      ? `the file is encrypted to ${to.join(', ')}, and not to our key`
      : 'the file is encrypted with a passphrase, and not to our key',
    `a file encrypted to ${ours.join(' or ')}`,
    'Encrypt the file to our public key and send it again.',
  );

export const undecryptable = (label: string, cause: unknown): TidegateError =>
  refused(
    'FILE_DECRYPT',
    label,
    'the file cannot be decrypted, or was changed since it was encrypted',
    'a PGP message with integrity protection, as it was made',
    'Encrypt the file anew to our public key and send it again.',
    cause,
  );

export const unsigned = (label: string, by: readonly string[]): TidegateError =>
  refused(
    'FILE_SIGNATURE',
    label,
    'the file is not signed',
    `a signature by ${by.join(' or ')}`,
    'Sign the file when it is encrypted, and send it again.',
  );

/** @param found IDs of the keys that it is signed with, or says it is */
export const wronglySigned = (
  label: string,
  found: readonly string[],
  by: readonly string[],
  cause: unknown,
): TidegateError =>
  refused(
    'FILE_SIGNATURE',
    label,
    `the signature by ${found.join(', ')} is not a right one by a key that was agreed`,
    `a signature by ${by.join(' or ')}`,
    'Sign the file with the key that was agreed; a new key has to be made known first.',
    cause,
  );
