/** Encrypting and signing, decrypting and verifying, as streams: memory does not grow with the file. */
import { ReadableStream } from 'node:stream/web';
import type { Transferred } from '../base/local-copy.ts';
import { readRange, writeLocal } from '../base/local-copy.ts';
import { demandUsable, knownKey, readOwnKey, readPinnedKey, strict } from './keys.ts';
import { loadOpenPgp, type OpenPgp } from './openpgp.ts';
import type { KnownKey, PackSpec, UnpackSpec } from './port.ts';
import { notForUs, undecryptable, unsigned, wronglySigned } from './refusals.ts';

/** Clocks of partners go ahead of ours: what was signed within the next hour is not from the future. */
const CLOCK_TOLERANCE_MS = 3_600_000;

export interface Encryption {
  keys: readonly KnownKey[];
  encrypted(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>>;
}

export async function openEncryption(
  { encryptTo, signWith }: NonNullable<PackSpec['pgp']>,
  now: () => number,
): Promise<Encryption> {
  const pgp = await loadOpenPgp();
  const encryptionKeys = await Promise.all(encryptTo.map((key) => readPinnedKey(pgp, key, 'encrypt', now())));
  const signingKeys = signWith ? [await readOwnKey(pgp, signWith, 'sign', now())] : [];
  return {
    keys: await Promise.all([
      ...encryptionKeys.map((key) => knownKey(key, 'encrypt')),
      ...signingKeys.map((key) => knownKey(key, 'sign')),
    ]),
    async encrypted(content) {
      const date = new Date(now());
      for (const key of encryptionKeys) await demandUsable(pgp, key, 'encrypt', date.getTime());
      for (const key of signingKeys) await demandUsable(pgp, key, 'sign', date.getTime());
      const message = await pgp.createMessage({ binary: ReadableStream.from(content), date });
      const encrypted: unknown = await pgp.encrypt({
        ...{ message, encryptionKeys, signingKeys, date, format: 'binary', config: strict },
      });
      return encrypted as ReadableStream<Uint8Array>;
    },
  };
}

export interface Decryption {
  keys: readonly KnownKey[];
  /**
   * Decrypts a whole binary message into a new file. The library lets plaintext go before the end of the message has proven it, since it would have to keep all of it in
   * memory otherwise; so the file counts only when this resolves, and is gone when it rejects.
   * @param watch what the plaintext passes through on its way
   */
  decrypt(
    from: string,
    into: string,
    label: string,
    watch: (content: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
  ): Promise<Transferred>;
}

export async function openDecryption(
  { decryptWith, verifyWith }: NonNullable<UnpackSpec['pgp']>,
  now: () => number,
): Promise<Decryption> {
  const pgp = await loadOpenPgp();
  const decryptionKeys = await Promise.all(decryptWith.map((key) => readOwnKey(pgp, key, 'decrypt', now())));
  const verificationKeys = await Promise.all(
    verifyWith.map((key) => readPinnedKey(pgp, key, 'verify', now())),
  );
  const keys = await Promise.all([
    ...decryptionKeys.map((key) => knownKey(key, 'decrypt')),
    ...verificationKeys.map((key) => knownKey(key, 'verify')),
  ]);
  const named = (use: KnownKey['use']): string[] =>
    keys.filter((key) => key.use === use).map(({ fingerprint }) => fingerprint);
  const config: OpenPgp.PartialConfig = { ...strict, allowUnauthenticatedStream: true };

  return {
    keys,
    async decrypt(from, into, label, watch) {
      const source = remembered(readRange(from));
      const blame = (error: unknown): unknown => source.failure() ?? error;
      try {
        const message = await pgp
          .readMessage({ binaryMessage: ReadableStream.from(source.content), config })
          .catch((error: unknown) => {
            throw blame(undecryptable(label, error));
          });
        demandForUs(message.getEncryptionKeyIDs(), decryptionKeys, label, named('decrypt'));
        const date = new Date(now() + CLOCK_TOLERANCE_MS);
        const decrypted = await pgp
          .decrypt({ message, decryptionKeys, verificationKeys, date, format: 'binary', config })
          .catch((error: unknown) => {
            throw blame(undecryptable(label, error));
          });
        const plain = plaintext(decrypted.data, (error) => blame(undecryptable(label, error)));
        return await writeLocal(into, watch(plain), () =>
          demandSigned(decrypted.signatures, named('verify'), label),
        );
      } finally {
        source.stop();
      }
    },
  };
}

/** A message may hide who it is for: then the ID is zero, and all keys are tried. */
function demandForUs(
  to: readonly OpenPgp.KeyID[],
  keys: readonly OpenPgp.PrivateKey[],
  label: string,
  ours: readonly string[],
): void {
  const matches = (id: OpenPgp.KeyID): boolean =>
    /^0*$/.test(id.toHex()) || keys.some((key) => key.getKeys(id).length > 0);
  const shown = to.map((id) => id.toHex().toUpperCase());
  if (!to.some(matches)) throw notForUs(label, shown, ours);
}

async function demandSigned(
  signatures: OpenPgp.DecryptMessageResult['signatures'],
  by: readonly string[],
  label: string,
): Promise<void> {
  if (by.length === 0) return;
  if (signatures.length === 0) throw unsigned(label, by);
  await Promise.any(signatures.map(({ verified }) => verified)).catch((cause: unknown) => {
    const found = signatures.map(({ keyID }) => keyID.toHex().toUpperCase());
    throw wronglySigned(label, found, by, cause);
  });
}

async function* plaintext(
  content: OpenPgp.MaybeStream<Uint8Array | string>,
  refusal: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content as ReadableStream<Uint8Array>;
  } catch (error) {
    throw refusal(error);
  }
}

/** The library wraps whatever its source throws, and what that was tells whom to blame. */
function remembered(content: AsyncIterable<Uint8Array>) {
  let failure: unknown;
  let stopped = false;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content) {
        if (stopped) return;
        yield chunk;
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return {
    content: watched(),
    failure: () => failure,
    stop() {
      stopped = true;
    },
  };
}
