/** Every request is signed with a shared secret. */
import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Outgoing } from '../rest.ts';
import type { Login } from './port.ts';

/** A part of what is signed; `body-hash` is the SHA-256 of the body in hex, and a body that is missing is empty. */
export type SignedPart = 'key' | 'method' | 'path' | 'date' | 'body' | 'body-hash';

export interface HmacOptions {
  keyId: string;
  secret: string;
  /** In which header the key id, the date and the signature go. */
  headers: { key: string; date: string; signature: string };
  /** Signed in this order, with line breaks between. */
  sign: readonly SignedPart[];
  encoding: 'hex' | 'base64';
}

export function hmacLogin({ keyId, secret, headers, sign, encoding }: HmacOptions, clock: Clock): Login {
  return {
    identify(outgoing) {
      const date = new Date(clock.now()).toUTCString();
      const signed = sign.map((part) => partOf(part, outgoing, keyId, date)).join('\n');
      return {
        [headers.key.toLowerCase()]: keyId,
        [headers.date.toLowerCase()]: date,
        [headers.signature.toLowerCase()]: createHmac('sha256', secret).update(signed).digest(encoding),
      };
    },
    renew: () => false,
    close: async () => undefined,
  };
}

function partOf(part: SignedPart, { method, path, body }: Outgoing, keyId: string, date: string): string {
  switch (part) {
    case 'key':
      return keyId;
    case 'method':
      return method;
    case 'path':
      return path;
    case 'date':
      return date;
    case 'body':
      return body ?? '';
    case 'body-hash':
      return createHash('sha256')
        .update(body ?? '')
        .digest('hex');
  }
}
