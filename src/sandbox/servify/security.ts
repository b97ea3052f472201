/** The server's side of the message security, written apart from the connector's so that the two check each other. */
import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  timingSafeEqual,
} from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** How far `x-date` may be off. The reference gives no window; a quarter of an hour is as long as a token lives. */
const dateWindowMs = 15 * 60_000;

const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };

export interface SandboxKeys {
  privateKey: string;
  publicKey: string;
}

export function sandboxKeys(privateKey: string | undefined): SandboxKeys {
  const pem =
    privateKey ??
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey;
  return {
    privateKey: pem,
    publicKey: createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

export function open(key: KeyObject, cipher: string): string {
  const bytes = Buffer.from(cipher, 'base64');
  return pieces(bytes, lengthOf(key), (piece) => privateDecrypt({ key, ...oaep }, piece)).toString('utf8');
}

export function seal(key: KeyObject, plain: string): string {
  const bytes = Buffer.from(plain, 'utf8');
  return pieces(bytes, lengthOf(key) - 42, (piece) => publicEncrypt({ key, ...oaep }, piece)).toString(
    'base64',
  );
}

/** Whether `hmac-signature` covers the `x-date` and `x-host` that came with it, and the date is recent. */
export function signatureHolds(headers: IncomingHttpHeaders, secret: string, now: number): boolean {
  const { 'x-date': date, 'x-host': host, 'hmac-signature': given } = headers;
  if (typeof date !== 'string' || typeof host !== 'string' || typeof given !== 'string') return false;
  const time = Date.parse(date);
  if (new Date(time).toUTCString() !== date || Math.abs(now - time) > dateWindowMs) return false;
  const right = createHmac('sha256', secret)
    .update(['x-date: ', date, '\n', 'x-host: ', host].join(''))
    .digest();
  const claimed = Buffer.from(given, 'base64');
  return claimed.length === right.length && timingSafeEqual(claimed, right);
}

const lengthOf = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;

function pieces(bytes: Buffer, size: number, work: (piece: Buffer) => Buffer): Buffer {
  const done: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) done.push(work(bytes.subarray(at, at + size)));
  return Buffer.concat(done);
}
