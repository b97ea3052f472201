import { rm } from 'node:fs/promises';
import { localSize, readPart, type Transferred, writeLocal } from '../base/local-copy.ts';
import { dearmored, isArmored } from './armor.ts';
import { demandEnvelope } from './envelope.ts';
import { gunzipped, isGzip } from './gzip.ts';
import { whileWanted } from './pack.ts';
import { type Decryption, openDecryption } from './pgp.ts';
import type { Unpacker, UnpackLimits, UnpackSpec } from './port.ts';
import { nested, tooLargeUnpacked } from './refusals.ts';

/** Small files of equal lines are packed very well, and harm nobody. */
const RATIO_FROM_BYTES = 1024 * 1024;
const TELL_BYTES = 16 * 1024 * 1024;
/** Enough of a file to know its kind. */
const START = 64;

interface Work extends UnpackLimits {
  label: string;
  maxRatio: number;
}

/** One layer taken off, from file to new file: what comes out was judged as a whole before the next layer sees any of it. */
type Layer = (from: string, into: string, work: Work) => Promise<Transferred>;

/** Reads the keys, and refuses those that cannot be used (`PGP_KEY`, `PGP_MISSING`). */
export async function openUnpacker(spec: UnpackSpec, now: () => number): Promise<Unpacker> {
  const decryption = spec.pgp && (await openDecryption(spec.pgp, now));
  const layers: Layer[] = [];
  if (decryption) layers.push((...args) => decrypt(decryption, ...args));
  if (spec.gzip) layers.push(gunzip);
  return {
    keys: decryption?.keys ?? [],
    unpack: (from, into, label, limits) =>
      unpack(layers, from, into, { ...limits, label, maxRatio: spec.maxRatio }),
  };
}

async function unpack(
  layers: readonly Layer[],
  from: string,
  into: string,
  work: Work,
): Promise<Transferred> {
  const between = `${into}-between`;
  const [outer, inner] = layers;
  if (!outer) throw new Error('nothing is packed here');
  await remove(into, between);
  try {
    if (inner) await outer(from, between, work);
    const content = await (inner ? inner(between, into, work) : outer(from, into, work));
    const found = await packedKind(into);
    if (found === null) return content;
    await remove(into);
    throw nested(work.label, found);
  } finally {
    await remove(between);
  }
}

async function gunzip(from: string, into: string, work: Work): Promise<Transferred> {
  const content = gunzipped(from, work.label, await looksLike(from));
  return writeLocal(into, bounded(content, await limitOf(from, work), work));
}

async function decrypt(
  { decrypt }: Decryption,
  from: string,
  into: string,
  work: Work,
): Promise<Transferred> {
  const { label, signal } = work;
  const binary = `${into}-binary`;
  await remove(binary);
  try {
    const armored = isArmored(await readPart(from, 0, START));
    if (armored) await writeLocal(binary, whileWanted(dearmored(from, label), signal));
    const message = armored ? binary : from;
    await demandEnvelope(message, label, await looksLike(from));
    const limit = await limitOf(from, work);
    return await decrypt(message, into, label, (content) => bounded(content, limit, work));
  } finally {
    await remove(binary);
  }
}

interface Limit {
  bytes: number;
  /** As messages say it. */
  text: string;
}

async function limitOf(packed: string, { maxBytes, maxRatio }: Work): Promise<Limit> {
  const size = await localSize(packed);
  const byRatio = Math.max(size * maxRatio, RATIO_FROM_BYTES);
  return byRatio < maxBytes
    ? { bytes: byRatio, text: `${maxRatio} times its ${size} bytes` }
    : { bytes: maxBytes, text: `${maxBytes} bytes` };
}

async function* bounded(
  content: AsyncIterable<Uint8Array>,
  limit: Limit,
  { label, signal, onBytes }: Work,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let told = 0;
  for await (const chunk of content) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > limit.bytes) throw tooLargeUnpacked(label, limit.text);
    if (bytes - told >= TELL_BYTES) {
      onBytes?.(bytes - told);
      told = bytes;
    }
    yield chunk;
  }
}

/** What a file is instead of what was agreed, as the end of "the file is …". */
const looksLike = async (path: string): Promise<string> => (await packedKind(path)) ?? 'not packed';

async function packedKind(path: string): Promise<string | null> {
  const start = await readPart(path, 0, START);
  if (isGzip(start)) return 'gzip data';
  if (isArmored(start)) return 'a PGP message';
  return start.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004' ? 'a ZIP archive' : null;
}

async function remove(...paths: string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
