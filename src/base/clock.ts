import { setTimeout as wait } from 'node:timers/promises';

/** The time, injected so that tests can hold it still. Epoch milliseconds. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
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
