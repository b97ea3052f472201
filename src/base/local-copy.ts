/** Local working copies: files that are written, or read, while their bytes are counted and hashed. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { spoolFailure } from './spool-failure.ts';

const chunkBytes = 256 * 1024;

/** How much, and which bytes. `sha256` is lower-case hex. */
export interface Transferred {
  bytes: number;
  sha256: string;
}

/** Counts and hashes what flows through. */
export class Tally {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Ends the tally. */
  result(): Transferred {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

export async function tallyOf(content: AsyncIterable<Buffer>): Promise<Transferred> {
  const tally = new Tally();
  for await (const chunk of content) tally.add(chunk);
  return tally.result();
}

/**
 * Writes `content` to a new file with mode 0600 and makes it durable. `judge` sees the bytes before the file counts; the file is removed when it
 * or anything else throws.
 */
export async function writeLocal(
  localPath: string,
  content: AsyncIterable<Uint8Array>,
  judge: (written: Transferred) => Promise<void> = async () => undefined,
): Promise<Transferred> {
  const file = await spooled(localPath, open(localPath, 'wx', 0o600));
  try {
    const written = await fill(file, localPath, content).finally(() => file.close());
    await judge(written);
    return written;
  } catch (error) {
    await rm(localPath, { force: true });
    throw error;
  }
}

async function fill(
  file: FileHandle,
  localPath: string,
  content: AsyncIterable<Uint8Array>,
): Promise<Transferred> {
  const tally = new Tally();
  for await (const chunk of content) {
    const writing = writeFully(file, chunk);
    tally.add(chunk);
    await spooled(localPath, writing);
  }
  // Data and size are what counts after a power loss; times are not worth a second write.
  await spooled(localPath, file.datasync());
  return tally.result();
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}

/** The bytes of a local file, tallied as they pass. */
export async function* readLocal(localPath: string, tally: Tally): AsyncGenerator<Buffer> {
  for await (const chunk of readRange(localPath)) {
    tally.add(chunk);
    yield chunk;
  }
}

/** The bytes of a local file from one position to before another. */
export async function* readRange(
  localPath: string,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  const file = await spooled(localPath, open(localPath, 'r'));
  try {
    for (let at = from; at < to; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, to - at));
      const { bytesRead } = await spooled(localPath, file.read(buffer, 0, buffer.length, at));
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** A small part of a local file in one piece; shorter at its end. */
export async function readPart(localPath: string, from: number, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readRange(localPath, from, from + length)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const localSize = async (localPath: string): Promise<number> =>
  (await spooled(localPath, stat(localPath))).size;

async function spooled<T>(localPath: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw spoolFailure(localPath, 'a local file could not be opened, read or written', cause);
  }
}
