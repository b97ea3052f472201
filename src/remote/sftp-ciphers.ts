import { createSecretKey, type KeyObject } from 'node:crypto';

/** The parts of an ssh2 client that hold the keys of its AES-GCM ciphers; no public part of ssh2 gives them. */
interface CipherHolder {
  _protocol?: {
    _cipher?: { _encKey?: Buffer | KeyObject };
    _decipher?: { _decipherKey?: Buffer | KeyObject };
  };
}

/**
 * ssh2 makes a new cipher for every packet from the raw key. Node 24 takes about 70 us for that and 35 us from a key object (measured
 * with 24.21; Node 20 took 25 and 20), which is half of all time spent on a small file. To be called after each handshake; where ssh2
 * holds its keys elsewhere, as with other ciphers, nothing happens.
 */
export function keepKeyObjects(client: object | undefined): void {
  const { _cipher: cipher, _decipher: decipher } = (client as CipherHolder | undefined)?._protocol ?? {};
  if (Buffer.isBuffer(cipher?._encKey)) cipher._encKey = createSecretKey(cipher._encKey);
  if (Buffer.isBuffer(decipher?._decipherKey)) decipher._decipherKey = createSecretKey(decipher._decipherKey);
}
