import type { Clock } from '../base/clock.ts';

export interface Rate {
  calls: number;
  perMs: number;
}

/** Lets at most so many calls begin within any span of `perMs`; gives a wait for one's turn, which the signal ends. */
export function createPace(rate: Rate | null, clock: Clock): (signal: AbortSignal) => Promise<void> {
  let begun: number[] = [];
  return async (signal) => {
    if (rate === null) return;
    for (;;) {
      const now = clock.now();
      // What would have begun later than now was noted before the clock was set back.
      begun = begun.filter((at) => at > now - rate.perMs && at <= now);
      const [oldest] = begun;
      if (oldest === undefined || begun.length < rate.calls) break;
      await clock.sleep(oldest + rate.perMs - now, signal);
    }
    begun.push(clock.now());
  };
}
