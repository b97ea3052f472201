/** A clock whose time a test lets pass: a year of waiting takes no longer than the work that is done in it. */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';

interface Sleeper {
  /** By the steady time. */
  until: number;
  wake(): void;
}

/**
 * Time stands still until `passUntil`, which leaps from sleeper to sleeper, in order of time. While work goes on (`during`) it goes at its real pace, so that deadlines and
 * leases, which are real, and pauses between tries fit together.
 */
export class SimulatedClock implements Clock {
  #steady = 0;
  #ahead: number;
  #steadySince: number;
  #sleepers: Sleeper[] = [];
  #busy = 0;
  /** When work began, by the real clock. */
  #since = 0;
  #pump: NodeJS.Timeout | undefined;
  #rested = Promise.withResolvers<void>();

  constructor(start: string) {
    this.#ahead = Date.parse(start);
    this.#steadySince = this.#ahead;
  }

  now(): number {
    return Math.floor(this.#ahead + this.#steadyNow());
  }

  steadySince(): number {
    return this.#steadySince;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = { until: this.#steadyNow() + ms, wake };
      const giveUp = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      function wake(): void {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      }
      signal?.addEventListener('abort', giveUp, { once: true });
      const behind = this.#sleepers.findLastIndex(({ until }) => until <= sleeper.until);
      this.#sleepers.splice(behind + 1, 0, sleeper);
    });
  }

  /** Somebody sets the clock, or the machine sleeps: whoever waits does not notice. Back when negative. */
  jump(ms: number): void {
    this.#ahead += ms;
    this.#steadySince = this.now();
  }

  /** Time goes at its real pace until the work is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy++ === 0) {
      this.#since = performance.now();
      this.#pump = setInterval(() => this.#wakeDue(), 1);
    }
    try {
      return await work();
    } finally {
      if (this.#busy === 1) {
        clearInterval(this.#pump);
        this.#steady = this.#steadyNow();
        this.#rested.resolve();
        this.#rested = Promise.withResolvers();
      }
      this.#busy--;
    }
  }

  /** Wakes everybody who sleeps until then, and resolves when nothing is left to do before. */
  async passUntil(end: string | number): Promise<void> {
    const last = (typeof end === 'string' ? Date.parse(end) : end) - this.#ahead;
    for (;;) {
      await turn();
      const next = this.#sleepers[0];
      if (this.#busy > 0) await this.#rested.promise;
      else if (next && next.until <= last) {
        this.#steady = Math.max(this.#steady, next.until);
        this.#wakeDue();
      } else break;
    }
    this.#steady = Math.max(this.#steady, last);
  }

  #wakeDue(): void {
    while (this.#sleepers[0] && this.#sleepers[0].until <= this.#steadyNow()) this.#sleepers.shift()?.wake();
  }

  #steadyNow(): number {
    return this.#busy === 0 ? this.#steady : this.#steady + performance.now() - this.#since;
  }
}
