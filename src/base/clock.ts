import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** The time, injected so that tests can hold it still. Epoch milliseconds. */
export interface Clock {
  now(): number;
  /**
   * Since when, by this clock, it has surely run evenly: the start of this process, or the last time that somebody set it. How long ago something before
   * that was, nobody can tell.
   */
  steadySince(): number;
  /** Resolves after `ms`, however the clock is set meanwhile; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where a clock takes its time from, both in milliseconds. */
export interface TimeSources {
  /** What the clock on the wall shows; it may be set. */
  wall(): number;
  /** Only ever goes on, evenly; from any beginning. */
  steady(): number;
}

const system: TimeSources = { wall: () => Date.now(), steady: () => performance.now() };

/** Slower corrections, as of time servers, let both run alike; what is set by more than this has jumped. */
const JUMP_MS = 1000;

/**
 * Compares the two sources whenever it is asked.
 * @param onJump told once of each jump, in milliseconds; negative when the clock was set back. A machine that slept has jumped forward.
 */
export function createClock(onJump: (byMs: number) => void, { wall, steady } = system): Clock {
  let since = wall();
  let ahead = since - steady();
  const look = (): number => {
    const now = wall();
    const jump = now - steady() - ahead;
    if (Math.abs(jump) > JUMP_MS) {
      since = now;
      ahead += jump;
      onJump(Math.round(jump));
    }
    return now;
  };
  return {
    now: look,
    steadySince() {
      look();
      return since;
    },
    async sleep(ms, signal) {
      try {
        await wait(ms, undefined, { signal });
      } catch (error) {
        // Node's own error says only that something was aborted, not why.
        signal?.throwIfAborted();
        throw error;
      }
    },
  };
}

export const systemClock: Clock = createClock(() => undefined);
