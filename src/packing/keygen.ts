import { TidegateError } from '../base/errors.ts';
import { demandUsable } from './keys.ts';
import { loadOpenPgp } from './openpgp.ts';
import type { Hidden } from './port.ts';

export interface PgpPair {
  /** ASCII armor. */
  privateKey: string;
  publicKey: string;
  /** Upper-case hex in groups of four, as people compare it. */
  fingerprint: string;
}

/**
 * A new pair that signs with Ed25519 and is encrypted to with Curve25519, in the form that current and older programs read; it does not expire. Both halves were read back.
 * @param name who it belongs to, as in `Example Ltd <files@example.com>`
 */
export async function generatePgpPair(
  name: string,
  passphrase: Hidden | null,
  now: number,
): Promise<PgpPair> {
  if (/[\p{Cc}]/u.test(name) || name.trim() === '')
    throw new TidegateError('USAGE', 'the name of a key must be one line', {
      expected: 'a name such as "Example Ltd <files@example.com>"',
      fix: 'Write the name without line breaks.',
    });
  const pgp = await loadOpenPgp();
  const [, plain = name, email] = /^(.*?)\s*<([^<>]+)>$/.exec(name) ?? [];
  const { privateKey, publicKey } = await pgp.generateKey({
    userIDs: [{ name: plain, ...(email ? { email } : {}) }],
    date: new Date(now),
    ...(passphrase ? { passphrase: passphrase.reveal() } : {}),
  });
  const key = await pgp.readKey({ armoredKey: publicKey });
  for (const use of ['encrypt', 'verify'] as const) await demandUsable(pgp, key, use, now);
  const fingerprint = key.getFingerprint().toUpperCase();
  const own = await pgp.readPrivateKey({ armoredKey: privateKey });
  if (own.getFingerprint().toUpperCase() !== fingerprint)
    throw new Error('the halves do not belong together');
  return { privateKey, publicKey, fingerprint: fingerprint.replaceAll(/(.{4})(?=.)/g, '$1 ') };
}
