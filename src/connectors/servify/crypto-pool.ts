/** RSA in worker threads, so that it never blocks the event loop. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import type { CryptoKeys, CryptoTask } from './crypto-worker.ts';

/** Bodies in one message to a worker: measured, one body a message costs a sixth of the throughput. */
const maxBatch = 16;
/** Messages given to a worker at a time: one in work, one waiting, so that it never idles. */
const messagesPerThread = 2;

/** A worker without work ends after so long. */
const IDLE_MS = 60_000;

export interface CryptoPool {
  /** Base64 cipher text for the other side. */
  encrypt(plain: string): Promise<string>;
  /** `null` when the text was not encrypted for our key. */
  decrypt(cipher: string): Promise<string | null>;
  /** Waits for nothing: what is in work fails. */
  close(): Promise<void>;
}

interface Waiting {
  task: CryptoTask;
  resolve(result: string | null): void;
  reject(error: unknown): void;
}

export function createCryptoPool(keys: CryptoKeys, threads: number): CryptoPool {
  // The same file is TypeScript when run from the sources and JavaScript when built; tsc does not rewrite this path.
  const extension = extname(fileURLToPath(import.meta.url));
  const workers = new Tinypool({
    filename: new URL(`./crypto-worker${extension}`, import.meta.url).href,
    // Begun when they are needed: a poll that finds nothing would spend a fifth of its time on them.
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    concurrentTasksPerWorker: messagesPerThread,
    workerData: keys,
  });
  const waiting: Waiting[] = [];
  let underway = 0;
  let scheduled = false;

  const run = (kind: CryptoTask['kind'], text: string) =>
    new Promise<string | null>((resolve, reject) => {
      waiting.push({ task: { kind, text }, resolve, reject });
      schedule();
    });

  // After the current round of the event loop, so that all bodies that came in with it go together.
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (waiting.length > 0 && underway < threads * messagesPerThread) {
        const size = Math.min(maxBatch, Math.ceil(waiting.length / threads));
        void send(waiting.splice(0, size));
      }
    });
  }

  /** Settles every member of the batch; never rejects itself. */
  async function send(batch: readonly Waiting[]): Promise<void> {
    underway += 1;
    try {
      const results: readonly (string | null)[] = await workers.run(batch.map((member) => member.task));
      for (const [index, member] of batch.entries()) member.resolve(results[index] ?? null);
    } catch (error) {
      for (const member of batch) member.reject(error);
    } finally {
      underway -= 1;
      if (waiting.length > 0) schedule();
    }
  }

  return {
    async encrypt(plain) {
      const cipher = await run('encrypt', plain);
      if (cipher === null) throw new Error('a worker gave no cipher text');
      return cipher;
    },
    decrypt: (cipher) => run('decrypt', cipher),
    async close() {
      for (const member of waiting.splice(0)) member.reject(new Error('the crypto pool is closed'));
      await workers.destroy();
    },
  };
}
