/**
 * The message security of Servify, pure: RSA-OAEP with SHA-1 in chunks, and the signature. That long bodies are cut into chunks is said only by the
 * reference's sample code: a chunk is as long as the key allows, the cipher chunks are joined, and the whole is base64.
 */
import { constants, createHmac, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';

/** What OAEP with SHA-1 takes of every chunk: two hashes of 20 bytes and 2 bytes. */
const oaepOverhead = 42;
const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' } as const;

/** Base64 of the cipher chunks. An empty text is a body of no chunks; Servify never sends or wants one. */
export function encryptText(publicKey: KeyObject, plain: string): string {
  const bytes = Buffer.from(plain, 'utf8');
  const size = keyBytes(publicKey) - oaepOverhead;
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    chunks.push(publicEncrypt({ key: publicKey, ...padding }, bytes.subarray(start, start + size)));
  }
  return Buffer.concat(chunks).toString('base64');
}

/** Throws when the text was not encrypted for this key. */
export function decryptText(privateKey: KeyObject, cipher: string): string {
  const bytes = Buffer.from(cipher, 'base64');
  const size = keyBytes(privateKey);
  if (bytes.length === 0 || bytes.length % size !== 0)
    throw new Error('the cipher text is not made of whole chunks');
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    chunks.push(privateDecrypt({ key: privateKey, ...padding }, bytes.subarray(start, start + size)));
  }
  // Characters may lie across a border of chunks: decode the whole.
  return Buffer.concat(chunks).toString('utf8');
}

/** Length of the modulus, which is the length of a cipher chunk. */
export function keyBytes(key: KeyObject): number {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined) throw new Error('not an RSA key');
  return Math.ceil(bits / 8);
}

/** Base64 HMAC-SHA256 over date and host; `secret` is used as the text it is, not decoded. */
export function sign(secret: string, date: string, host: string): string {
  return createHmac('sha256', secret).update(`x-date: ${date}\nx-host: ${host}`).digest('base64');
}
