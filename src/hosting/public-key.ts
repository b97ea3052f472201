import { createPublicKey } from 'node:crypto';
import ssh2 from 'ssh2';
import { TidegateError } from '../base/errors.ts';

/** Shorter RSA keys are refused by current servers. */
const LEAST_RSA_BITS = 2048;

/** Keys begin with the length of their type in base64. */
const looksLikeKey = /AAAA[A-Za-z0-9+/]{30}/;

/** The line of a `.pub` file as `authorized_keys` takes it: type, key and comment. */
export function publicKeyLine(text: string, file: string): string {
  const key = ssh2.utils.parseKey(text);
  if (!(key instanceof Error) && key.isPrivateKey())
    throw refused(file, 'it holds a private key, which nobody else may ever see');
  if (text.trim().includes('\n')) throw refused(file, 'it holds more than one line');
  if (key instanceof Error) throw refused(file, `it holds no key that can be read: ${key.message}`);
  if (key.type === 'ssh-dss') throw refused(file, 'DSA keys are not taken any more');
  if (key.type === 'ssh-rsa' && rsaBits(key) < LEAST_RSA_BITS)
    throw refused(file, `its RSA key is shorter than ${LEAST_RSA_BITS} bits`);
  if (looksLikeKey.test(key.comment ?? '')) throw refused(file, 'its line goes on with another key');
  const comment = (key.comment ?? '').replace(/[^\w.@+ -]/g, '').trim();
  return [key.type, key.getPublicSSH().toString('base64'), comment].filter((part) => part !== '').join(' ');
}

/** Whether two such lines let in with the same key, whatever they call it. */
export const isSameKey = (one: string, other: string): boolean => keyOf(one) === keyOf(other);

const keyOf = (line: string): string => line.split(' ', 2).join(' ');

const rsaBits = (key: ssh2.ParsedKey): number =>
  createPublicKey(key.getPublicPEM()).asymmetricKeyDetails?.modulusLength ?? 0;

const refused = (file: string, problem: string): TidegateError =>
  new TidegateError('USAGE', problem, {
    subject: file,
    expected: 'the public half of one key pair, a line that begins with its type',
    fix: 'Ask for the .pub file: docs/hosting.md tells how a key pair is made on Linux, macOS and Windows.',
  });
