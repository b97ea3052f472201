/** Reading and writing whole remote files with many requests in flight: one at a time, the round trip would be the limit. */
import type { Operation } from './sftp-session.ts';

/** What OpenSSH takes at most in one request; ssh2 splits it for servers that take less. */
const chunkBytes = 255 * 1024;
const firstInFlight = 4;
const mostInFlight = 16;
/** Slower answers mean a slow line: more in flight would only bring its single answers closer to their deadline. */
const promptMs = 1000;

/** Grows while answers come promptly. */
class Window {
  #size = firstInFlight;

  get size(): number {
    return this.#size;
  }

  async timed<T>(request: Promise<T>): Promise<T> {
    const sentAt = performance.now();
    const answer = await request;
    const prompt = performance.now() - sentAt < promptMs;
    this.#size = prompt ? Math.min(mostInFlight, this.#size + 1) : Math.max(1, this.#size >> 1);
    return answer;
  }
}

/** The first `size` bytes in order; ends early when the file does. */
export async function* readPipelined(
  operation: Operation,
  handle: Buffer,
  size: number,
): AsyncGenerator<Buffer> {
  const window = new Window();
  const inFlight: { length: number; bytes: Promise<Buffer> }[] = [];
  let position = 0;
  for (;;) {
    while (position < size && inFlight.length < window.size) {
      const length = Math.min(chunkBytes, size - position);
      inFlight.push({ length, bytes: noticed(window.timed(readRange(operation, handle, position, length))) });
      position += length;
    }
    const next = inFlight.shift();
    if (next === undefined) return;
    const chunk = await next.bytes;
    operation.advance();
    if (chunk.length > 0) yield chunk;
    if (chunk.length < next.length) return;
  }
}

/** Servers may answer with less than was asked for; only an empty answer is the end of the file. */
async function readRange(
  operation: Operation,
  handle: Buffer,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const start = filled;
    const bytesRead = await operation.request<number>((done) =>
      operation.sftp.read(handle, buffer, start, length - start, position + start, (error, count) =>
        done(error, count),
      ),
    );
    if (!bytesRead) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export async function writePipelined(
  operation: Operation,
  handle: Buffer,
  content: AsyncIterable<Buffer>,
): Promise<void> {
  const window = new Window();
  const inFlight: Promise<void>[] = [];
  let position = 0;
  for await (const chunk of content) {
    while (inFlight.length >= window.size) {
      await inFlight.shift();
      operation.advance();
    }
    const start = position;
    const write = operation.request<void>((done) =>
      operation.sftp.write(handle, chunk, 0, chunk.length, start, (error) => done(error)),
    );
    inFlight.push(noticed(window.timed(write)));
    position += chunk.length;
  }
  await Promise.all(inFlight);
}

/** Awaited in order; a failure further back must not count as unhandled meanwhile. */
function noticed<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
