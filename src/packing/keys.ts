/** Keys as they are configured, read and judged before anything is packed with them: one that is expired, revoked, too weak or not the one that was agreed stops the start. */
import { TidegateError } from '../base/errors.ts';
import { MIN_RSA_BITS, type OpenPgp } from './openpgp.ts';
import type { KnownKey, OwnKey, PinnedKey } from './port.ts';

type Use = KnownKey['use'];

/** What openpgp is told of keys and messages alike. */
export const strict = { minRSABits: MIN_RSA_BITS } satisfies OpenPgp.PartialConfig;

const purposes: Readonly<Record<Use, string>> = {
  decrypt: 'the key that is to decrypt',
  sign: 'the key that is to sign',
  encrypt: 'the key that is to be encrypted to',
  verify: 'the key that signatures are to be verified with',
};

/** A private key with its passphrase taken off, usable now. Fails with `PGP_KEY`. */
export async function readOwnKey(
  pgp: typeof OpenPgp,
  { key, passphrase }: OwnKey,
  use: 'decrypt' | 'sign',
  now: number,
): Promise<OpenPgp.PrivateKey> {
  const found = await pgp.readPrivateKeys({ armoredKeys: key.reveal() }).catch((cause: unknown) => {
    const expected = 'a private key in ASCII armor, as `tidegate keygen --pgp` writes it';
    throw unusable(use, 'cannot be read', expected, 'Name the file of the private key.', cause);
  });
  const [locked] = found;
  if (!locked || found.length > 1)
    throw unusable(
      use,
      `shares its file with ${found.length - 1} others`,
      'one key in the file',
      'Export that key alone.',
    );
  const open = await unlocked(pgp, locked, passphrase?.reveal() ?? null, use);
  await demandUsable(pgp, open, use, now);
  return open;
}

async function unlocked(
  pgp: typeof OpenPgp,
  privateKey: OpenPgp.PrivateKey,
  passphrase: string | null,
  use: Use,
): Promise<OpenPgp.PrivateKey> {
  if (privateKey.isDecrypted()) return privateKey;
  const { fingerprint } = nameOf(privateKey);
  if (passphrase === null)
    throw unusable(
      use,
      `${fingerprint} has a passphrase`,
      'its passphrase',
      'Add passphrase: ${file:…} beside it.',
    );
  return pgp.decryptKey({ privateKey, passphrase }).catch((cause: unknown) => {
    const fix = 'Put the right passphrase into the file that the configuration names.';
    throw unusable(use, `${fingerprint} has another passphrase`, 'its passphrase', fix, cause);
  });
}

/** The key of the fingerprint, usable now. Fails with `PGP_KEY`. */
export async function readPinnedKey(
  pgp: typeof OpenPgp,
  { key, fingerprint }: PinnedKey,
  use: 'encrypt' | 'verify',
  now: number,
): Promise<OpenPgp.PublicKey> {
  const found = await pgp.readKeys({ armoredKeys: key.reveal() }).catch((cause: unknown) => {
    const expected = 'a public key in ASCII armor, as `gpg --export --armor` writes it';
    throw unusable(use, 'cannot be read', expected, 'Name the file of the public key.', cause);
  });
  const wanted = plainFingerprint(fingerprint);
  const pinned = found.find((one) => nameOf(one).fingerprint === wanted);
  if (!pinned) {
    const seen = found.map((one) => nameOf(one).fingerprint).join(', ');
    const fix = 'Ask the partner for the fingerprint by another way than the key, and pin that one.';
    throw unusable(use, `is ${seen}`, `the key ${wanted}, as it is pinned`, fix);
  }
  const publicKey = pinned.toPublic();
  await demandUsable(pgp, publicKey, use, now);
  return publicKey;
}

const plainFingerprint = (text: string): string => text.replaceAll(/[\s:]/g, '').toUpperCase();

const nameOf = (key: OpenPgp.Key): { fingerprint: string } => ({
  fingerprint: key.getFingerprint().toUpperCase(),
});

export async function knownKey(key: OpenPgp.Key, use: Use): Promise<KnownKey> {
  const at = await key.getExpirationTime();
  return { ...nameOf(key), use, expiresAt: at instanceof Date ? at.getTime() : null };
}

/** Asked again whenever something is packed: keys expire while a process runs. */
export async function demandUsable(
  pgp: typeof OpenPgp,
  key: OpenPgp.Key,
  use: Use,
  now: number,
): Promise<void> {
  const { fingerprint } = nameOf(key);
  const date = new Date(now);
  const theirs = use === 'encrypt' || use === 'verify';
  const fix = theirs
    ? 'Ask the partner for the key that is to be used now, and pin its fingerprint.'
    : 'Make another with `tidegate keygen --pgp`, and give the partner its public half before it is used.';
  if (await key.isRevoked(undefined, undefined, date))
    throw unusable(use, `${fingerprint} is revoked`, 'a key that holds', fix);
  const expires = await key.getExpirationTime();
  if (expires instanceof Date && expires.getTime() <= now)
    throw unusable(
      use,
      `${fingerprint} expired on ${expires.toISOString().slice(0, 10)}`,
      'a key that holds',
      fix,
    );
  const { algorithm, bits } = key.getAlgorithmInfo();
  if (bits !== undefined && bits < MIN_RSA_BITS)
    throw unusable(
      use,
      `${fingerprint} is too weak: ${algorithm} with ${bits} bits`,
      `${MIN_RSA_BITS} bits or more`,
      fix,
    );
  const config = { ...pgp.config, ...strict };
  try {
    if (use === 'encrypt') await key.getEncryptionKey(undefined, date, undefined, config);
    else if (use === 'decrypt' && key.isPrivate())
      await key.getDecryptionKeys(undefined, date, undefined, config);
    else await key.getSigningKey(undefined, date, undefined, config);
  } catch (cause) {
    const problem = `${fingerprint} has no part that holds today and may do that, or only one that is too weak`;
    throw unusable(use, problem, 'a key, or subkey, for this use', fix, cause);
  }
}

function unusable(use: Use, problem: string, expected: string, fix: string, cause?: unknown): TidegateError {
  return new TidegateError('PGP_KEY', `${purposes[use]} ${problem}`, {
    expected,
    fix,
    retry: 'later',
    cause,
  });
}
