/** gzip, one member to a file. Node's own reading would take several, and pass over what follows them. */
import { pipeline, Readable } from 'node:stream';
import { crc32, createGzip, createInflateRaw } from 'node:zlib';
import { localSize, readPart, readRange } from '../base/local-copy.ts';
import { cutOff, damaged, emptyFile, notPacked, somethingFollows } from './refusals.ts';

const what = 'gzip data';
/** Names and comments in the header are longer than this only by intent. */
const MAX_HEADER = 64 * 1024;
const TRAILER = 8;
const flag = { headerSum: 2, extra: 4, name: 8, comment: 16 } as const;

export const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

export function gzipped(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  // What goes wrong comes out of the end that is read.
  return pipeline(Readable.from(content), createGzip(), () => undefined);
}

/** The content of a gzip file, checked when it ends: nothing of it counts before. */
export async function* gunzipped(path: string, label: string, found: string): AsyncGenerator<Buffer> {
  const size = await localSize(path);
  if (size === 0) throw emptyFile(label);
  const header = await readPart(path, 0, MAX_HEADER);
  if (!isGzip(header)) throw notPacked(label, found, 'gzip data');
  const from = headerLength(header);
  if (from === null || from + TRAILER > size) throw cutOff(label, what);

  const inflate = createInflateRaw();
  const source = Readable.from(readRange(path, from, size - TRAILER));
  source.once('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  let [sum, bytes] = [0, 0];
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw refusalOf(error, label);
  } finally {
    source.destroy();
    inflate.destroy();
  }
  const end = from + inflate.bytesWritten;
  const trailer = await readPart(path, end, TRAILER + 2);
  if (end + TRAILER < size) {
    const more = isGzip(trailer.subarray(TRAILER))
      ? 'there is a second gzip member'
      : 'there are other bytes';
    throw somethingFollows(label, what, more);
  }
  if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== bytes % 2 ** 32)
    throw damaged(label, what);
}

/** zlib tells its own troubles by codes; whatever else fails is not the file's fault. */
function refusalOf(error: unknown, label: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'Z_BUF_ERROR') return cutOff(label, what);
  return typeof code === 'string' && code.startsWith('Z_') ? damaged(label, what, error) : error;
}

/** RFC 1952, 2.3; `null` when the header does not end. */
function headerLength(header: Buffer): number | null {
  const flags = header[3] ?? 0;
  let at = 10;
  if (flags & flag.extra) {
    if (at + 2 > header.length) return null;
    at += 2 + header.readUInt16LE(at);
  }
  for (const text of [flag.name, flag.comment]) {
    if (!(flags & text)) continue;
    const end = header.indexOf(0, at);
    if (end < 0) return null;
    at = end + 1;
  }
  if (flags & flag.headerSum) at += 2;
  return at <= header.length ? at : null;
}
