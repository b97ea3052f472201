import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { parseAddress } from '../address.ts';

export interface ServifyOptions {
  /** Given by Servify per environment, https unless on loopback; a path in it stays in front of every operation. */
  baseUrl: string;
  clientId: string;
  /** The 64 characters of the client signature; used as text. */
  clientSecret: string;
  /** Host that the calls come from, as agreed (`x-host`). */
  host: string;
  /** PEM. */
  servifyPublicKey: string;
  /** PEM, PKCS#1 or PKCS#8, without a passphrase. */
  privateKey: string;
  /** For a request with its answer, in milliseconds; a call that must first renew the session may take as long again. */
  deadlineMs: number;
  connections: number;
  /** Whether a connection takes several calls; see `HttpRequest`. */
  keepAlive: boolean;
  maxAnswerBytes: number;
  /** Worker threads for RSA, at least 1. */
  cryptoThreads: number;
  clock: Clock;
  /** `none` leaves the bodies plain, on loopback only: for measuring everything but the encryption. */
  encryption?: 'rsa' | 'none';
}

export interface Prepared {
  origin: string;
  /** Without a final slash. */
  basePath: string;
  encryptFor: KeyObject;
  decryptWith: KeyObject;
}

/** Fails with `CONFIG_INVALID`. */
export function prepare(options: ServifyOptions): Prepared {
  const { origin, basePath, local } = parseAddress('servify', options.baseUrl);
  if (options.encryption === 'none' && !local) {
    throw invalid(
      'encryption is switched off for an address that is not loopback',
      'encryption: rsa',
      'encryption',
    );
  }
  for (const name of ['clientId', 'host'] as const) {
    if (!/^[\x21-\x7e]+$/.test(options[name])) {
      throw invalid('the value cannot be sent in a header', 'printable ASCII without spaces', name);
    }
  }
  if (options.clientSecret === '')
    throw invalid('the value is empty', 'the client signature', 'clientSecret');
  return {
    origin,
    basePath,
    encryptFor: readKey(() => createPublicKey(options.servifyPublicKey), 'servifyPublicKey'),
    decryptWith: readKey(() => createPrivateKey(options.privateKey), 'privateKey'),
  };
}

function readKey(read: () => KeyObject, name: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // The cause may show a part of the key.
    throw invalid('the key cannot be read', 'an RSA key as PEM without a passphrase', name);
  }
  if (key.asymmetricKeyType !== 'rsa') throw invalid('the key is not an RSA key', 'an RSA key as PEM', name);
  return key;
}

function invalid(problem: string, expected: string, name: string): TidegateError {
  return new TidegateError('CONFIG_INVALID', problem, { subject: `servify ${name}`, expected });
}
