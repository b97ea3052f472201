/** The product as a child process: the real command line, with the hook loaded before it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Strike } from './plan.ts';

export interface Ended {
  /** Set when it was killed. */
  signal: NodeJS.Signals | null;
  code: number | null;
  output: string;
  /** Boundaries in the order in which they were crossed. */
  points: readonly string[];
  /** Where the strike hit; `null` when it did not come to that. */
  struckAt: string | null;
  tookMs: number;
  /** It had to be ended because it did not end by itself. */
  hung: boolean;
}

export interface Child {
  ended: Promise<Ended>;
  /** Resolves when it stands still, or has ended without. */
  stopped: Promise<void>;
  goOn(): void;
}

export interface Started {
  /** The command line's own file. */
  bin: string;
  /** Where compiled code is kept between processes. */
  cache: string;
  folder: string;
  args: readonly string[];
  strike?: Strike | undefined;
  /** How far its clock is ahead. */
  shiftMs?: number;
}

/** Longer than all deadlines that one run may meet, one after the other. */
const PATIENCE_MS = 60_000;
/** What tells of a strike, before the point. */
const STRUCK = '! ';

const hook = fileURLToPath(new URL('hook.mjs', import.meta.url));

export function start({ bin, cache, folder, args, strike, shiftMs = 0 }: Started): Child {
  const began = performance.now();
  const inside = strike && strike.how !== 'kill-at' ? strike : null;
  const child = spawn(process.execPath, ['--import', hook, bin, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: cache,
      TORTURE: JSON.stringify({ strike: inside, shiftMs }),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, out, error, told] = child.stdio;
  let output = '';
  for (const stream of [out, error])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));

  const points: string[] = [];
  let struckAt: string | null = null;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const kill = (): void => void child.kill('SIGKILL');
  createInterface({ input: told as Readable }).on('line', (line) => {
    if (line.startsWith(STRUCK)) {
      struckAt = line.slice(STRUCK.length);
      stop();
      return;
    }
    points.push(line);
    if (points.length === 1 && strike?.how === 'kill-at') setTimeout(kill, strike.afterMs);
  });
  let hung = false;
  const patience = setTimeout(() => {
    hung = true;
    kill();
  }, PATIENCE_MS);
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    clearTimeout(patience);
    stop();
    const killedOutside = signal === 'SIGKILL' && struckAt === null && !hung;
    const at = killedOutside ? (points.at(-1) ?? null) : struckAt;
    return { code, signal, output, points, struckAt: at, tookMs: performance.now() - began, hung };
  });
  return { ended, stopped, goOn: () => void child.kill('SIGCONT') };
}
