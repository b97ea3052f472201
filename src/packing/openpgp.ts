/** The library behind PGP is optional, and large: it is loaded when a key is first asked for. */
import type * as OpenPgp from 'openpgp';
import { TidegateError } from '../base/errors.ts';

export type { OpenPgp };

/** RSA below is refused everywhere; openpgp itself lets 2047 bits pass. */
export const MIN_RSA_BITS = 2048;

/** Fails with `PGP_MISSING`. */
export async function loadOpenPgp(): Promise<typeof OpenPgp> {
  try {
    return await import('openpgp');
  } catch (cause) {
    throw new TidegateError('PGP_MISSING', 'the package openpgp is not installed, and PGP is configured', {
      fix: 'Install it: `npm ci` without --omit=optional, or `npm install openpgp@6.3.2`.',
      cause,
    });
  }
}
