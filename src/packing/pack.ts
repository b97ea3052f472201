import { readRange, writeLocal } from '../base/local-copy.ts';
import { gzipped } from './gzip.ts';
import { openEncryption } from './pgp.ts';
import type { Packer, PackSpec } from './port.ts';
import { suffixesOf } from './suffix.ts';

/** Reads the keys, and refuses those that cannot be used (`PGP_KEY`, `PGP_MISSING`). */
export async function openPacker(spec: PackSpec, now: () => number): Promise<Packer> {
  const encryption = spec.pgp && (await openEncryption(spec.pgp, now));
  return {
    suffix: suffixesOf(spec)[0] ?? '',
    keys: encryption?.keys ?? [],
    async pack(from, into, signal) {
      const content = whileWanted(readRange(from), signal);
      const inner = spec.gzip ? gzipped(content) : content;
      return writeLocal(into, encryption ? await encryption.encrypted(inner) : inner);
    },
  };
}

export async function* whileWanted<T>(content: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const chunk of content) {
    signal.throwIfAborted();
    yield chunk;
  }
}
