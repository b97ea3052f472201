import ssh2 from 'ssh2';
import { TidegateError } from '../base/errors.ts';

/** Shorter RSA keys are refused by current servers. */
const LEAST_RSA_BYTES = 256;

/** The line of a `.pub` file as `authorized_keys` takes it: type, key and comment. */
export function publicKeyLine(text: string, file: string): string {
  const key = ssh2.utils.parseKey(text);
  if (!(key instanceof Error) && key.isPrivateKey())
    throw refused(file, 'it holds a private key, which nobody else may ever see');
  if (text.trim().includes('\n')) throw refused(file, 'it holds more than one line');
  if (key instanceof Error) throw refused(file, `it holds no key that can be read: ${key.message}`);
  const wire = key.getPublicSSH();
  if (key.type === 'ssh-dss') throw refused(file, 'DSA keys are not taken any more');
  if (key.type === 'ssh-rsa' && wire.length < LEAST_RSA_BYTES)
    throw refused(file, 'its RSA key is shorter than 2048 bits');
  const comment = (key.comment ?? '').replace(/[^\w.@+ -]/g, '').trim();
  return [key.type, wire.toString('base64'), comment].filter((part) => part !== '').join(' ');
}

const refused = (file: string, problem: string): TidegateError =>
  new TidegateError('USAGE', problem, {
    subject: file,
    expected: 'the public half of one key pair, a line that begins with its type',
    fix: 'Ask for the .pub file: docs/hosting.md tells how a key pair is made on Linux, macOS and Windows.',
  });
