/** The local side of a transfer: the spool file that is written, or read, while its bytes are counted and hashed. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { spoolFailure } from '../base/spool-failure.ts';
import type { Transferred } from './port.ts';

const chunkBytes = 256 * 1024;

/** Counts and hashes what flows through. */
export class Tally {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  add(chunk: Buffer): void {
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
  content: AsyncIterable<Buffer>,
  judge: (written: Transferred) => Promise<void>,
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
  content: AsyncIterable<Buffer>,
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

async function writeFully(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}

/** The bytes of a local file, tallied as they pass. */
export async function* readLocal(localPath: string, tally: Tally): AsyncGenerator<Buffer> {
  const file = await spooled(localPath, open(localPath, 'r'));
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(chunkBytes);
      const { bytesRead } = await spooled(localPath, file.read(buffer, 0, chunkBytes));
      if (bytesRead === 0) return;
      const chunk = buffer.subarray(0, bytesRead);
      tally.add(chunk);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function spooled<T>(localPath: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw spoolFailure(localPath, 'a local file could not be opened, read or written', cause);
  }
}
