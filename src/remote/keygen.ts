import ssh2 from 'ssh2';
import { TidegateError } from '../base/errors.ts';
import { fingerprintOf } from './host-keys.ts';

export interface KeyPair {
  /** OpenSSH private key text, without a passphrase; ends with a line break. */
  privateKey: string;
  /** One line for `authorized_keys` or the partner's form, without its line break. */
  publicKey: string;
  /** `SHA256:…` of the public key. */
  fingerprint: string;
}

const maxTries = 50;

/**
 * A new ed25519 key pair. About one in two hundred pairs that ssh2 makes cannot be read back (mscdex/ssh2#1513), so a pair is given out only
 * after both halves were parsed and one verified what the other signed.
 */
export function generateKeyPair(comment: string): KeyPair {
  if (/[\r\n\0]/.test(comment)) {
    throw new TidegateError('USAGE', 'the comment of a key must be one line', {
      fix: 'Leave out the line breaks.',
    });
  }
  for (let tries = 0; tries < maxTries; tries++) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    const fingerprint = provePair(made.private, made.public);
    if (fingerprint === null) continue;
    return { privateKey: `${made.private.trimEnd()}\n`, publicKey: made.public.trim(), fingerprint };
  }
  throw new TidegateError('CONFIG_SECRET', `none of ${maxTries} generated keys could be read back`, {
    fix: 'Make the key with `ssh-keygen -t ed25519` instead.',
  });
}

/** The fingerprint when the halves can be read and belong together, else `null`. */
function provePair(privateText: string, publicText: string): string | null {
  const privateKey = ssh2.utils.parseKey(privateText);
  const publicKey = ssh2.utils.parseKey(publicText);
  if (privateKey instanceof Error || publicKey instanceof Error) return null;
  const probe = Buffer.from('tidegate key check');
  const signature = privateKey.sign(probe) as Buffer | Error;
  if (signature instanceof Error || publicKey.verify(probe, signature) !== true) return null;
  const wire = publicKey.getPublicSSH();
  return wire.equals(privateKey.getPublicSSH()) ? fingerprintOf(wire) : null;
}
