/**
 * The outermost packets of a PGP file (RFC 9580, 4.2): session keys, then one encrypted container that reaches to the end. openpgp reads on only as far as it needs to, so
 * that what follows, or is missing, would not be noticed.
 */
import { localSize, readPart } from '../base/local-copy.ts';
import { cutOff, emptyFile, notPacked, somethingFollows } from './refusals.ts';

const what = 'PGP message';
const encrypted = 'a PGP message encrypted to our key';
const tags = {
  sessionKey: 1,
  passphraseKey: 3,
  unprotected: 9,
  marker: 10,
  protected: 18,
  authenticated: 20,
  padding: 21,
} as const;
const around: readonly number[] = [tags.sessionKey, tags.passphraseKey, tags.marker, tags.padding];
const containers: readonly number[] = [tags.protected, tags.authenticated];

/** Fails with `FILE_…` unless the file is one encrypted message, whole, and nothing else. */
export async function demandEnvelope(path: string, label: string, found: string): Promise<void> {
  const bytes = new Bytes(path, await localSize(path));
  if (bytes.size === 0) throw emptyFile(label);
  let container = false;
  for (let at = 0; at < bytes.size; ) {
    if (container) throw somethingFollows(label, what, 'there are other bytes');
    const packet = await packetAt(bytes, at);
    if (packet === null) throw at === 0 ? notPacked(label, found, encrypted) : cutOff(label, what);
    if (containers.includes(packet.tag)) container = true;
    else if (!around.includes(packet.tag)) throw notPacked(label, wrongKind(packet.tag, found), encrypted);
    if (packet.end > bytes.size) throw cutOff(label, what);
    at = packet.end;
  }
  if (!container) throw cutOff(label, what);
}

function wrongKind(tag: number, found: string): string {
  if (tag === tags.unprotected) return 'encrypted without integrity protection';
  // Signatures, compressed and literal data.
  return [2, 4, 8, 11].includes(tag) ? 'a PGP message that is not encrypted' : found;
}

/** `null` when no packet begins there. `end` may lie beyond the file. */
async function packetAt(bytes: Bytes, at: number): Promise<{ tag: number; end: number } | null> {
  const first = await bytes.at(at);
  if (!(first & 0x80)) return null;
  if (first & 0x40) return { tag: first & 0x3f, end: await endOfNew(bytes, at + 1) };
  const form = first & 3;
  const tag = (first >> 2) & 0xf;
  if (form === 3) return { tag, end: bytes.size };
  const length = 2 ** form;
  return { tag, end: at + 1 + length + (await bytes.number(at + 1, length)) };
}

/** Over all parts, of which any but the last has a power of two for its length. */
async function endOfNew(bytes: Bytes, from: number): Promise<number> {
  for (let at = from; ; ) {
    const first = await bytes.at(at);
    if (first < 192) return at + 1 + first;
    if (first < 224) return at + 2 + ((first - 192) << 8) + (await bytes.at(at + 1)) + 192;
    if (first === 255) return at + 5 + (await bytes.number(at + 1, 4));
    at += 1 + 2 ** (first & 0x1f);
    if (at >= bytes.size) return Number.POSITIVE_INFINITY;
  }
}

const BLOCK = 1024 * 1024;

/** Single bytes of a file, read by the block. Beyond its end there are zeros. */
class Bytes {
  readonly size: number;
  readonly #path: string;
  #block: Buffer = Buffer.alloc(0);
  #from = -1;

  constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
  }

  async at(position: number): Promise<number> {
    const from = position - (position % BLOCK);
    if (from !== this.#from) {
      this.#block = await readPart(this.#path, from, BLOCK);
      this.#from = from;
    }
    return this.#block[position - from] ?? 0;
  }

  async number(from: number, length: number): Promise<number> {
    let value = 0;
    for (let at = from; at < from + length; at++) value = value * 256 + (await this.at(at));
    return value;
  }
}
