/**
 * Loaded into the product with `--import`. Tells every boundary that is crossed over file descriptor 3, a line each, and strikes the process where it was
 * told to: nothing of the process runs after the line that says so.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** @type {{ strike: { how: 'kill' | 'stop', point: string, hit: number, orAfter: number, since?: string } | null, shiftMs: number }} */
const { strike, shiftMs } = JSON.parse(process.env.TORTURE ?? '{"strike":null,"shiftMs":0}');
delete process.env.TORTURE;

const tell = (line) => {
  try {
    writeSync(3, `${line}\n`);
  } catch {
    // Nobody listens any more, or not fast enough.
  }
};

if (isMainThread) {
  if (shiftMs > 0) {
    const now = Date.now;
    Date.now = () => now() + shiftMs;
  }
  let [hits, all, done, counts] = [0, 0, false, strike?.since === undefined];
  globalThis[Symbol.for('tidegate.boundary')] = (point) => {
    tell(point);
    all += 1;
    if (strike === null || done) return;
    if (point === strike.since) counts = true;
    if (counts && point === strike.point) hits += 1;
    if (hits < strike.hit && all < strike.orAfter) return;
    done = true;
    tell(`! ${point}`);
    process.kill(process.pid, strike.how === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    // The signal may need a moment; until then this thread does nothing more.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  };
}
