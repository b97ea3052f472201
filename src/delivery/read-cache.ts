import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { CallResult } from '../connectors/port.ts';

export interface Answered {
  result: CallResult | TidegateError;
  /** When the answer was read, if it was read for another row. */
  keptSince: number | null;
}

/**
 * Answers of reads that may serve several rows, in memory. A read that is under way serves whoever asks the same meanwhile. Nothing but accepted answers is
 * kept, and none from before the clock was set.
 */
export interface ReadCache {
  /**
   * @param key names what is asked
   * @param lifetimeMs how old an answer may be
   * @param ask what it throws concerns the caller alone: whoever waited for it asks for himself
   */
  read(key: string, lifetimeMs: number, ask: () => Promise<Answered['result']>): Promise<Answered>;
}

/** Some hundred lists or thousand small answers: a file of many different questions must not fill the memory. */
const MOST_KEPT = 1000;

export function createReadCache(clock: Clock): ReadCache {
  /** The one that was used last comes last. */
  const kept = new Map<string, { result: CallResult; at: number }>();
  const underWay = new Map<string, Promise<Answered | null>>();

  const lookUp = (key: string, lifetimeMs: number): Answered | null => {
    const found = kept.get(key);
    if (!found) return null;
    kept.delete(key);
    const now = clock.now();
    const fromBefore = found.at < clock.steadySince() || found.at > now;
    if (fromBefore || now - found.at >= lifetimeMs) return null;
    kept.set(key, found);
    return { result: found.result, keptSince: found.at };
  };

  const askAndKeep = async (key: string, ask: () => Promise<Answered['result']>) => {
    try {
      const result = await ask();
      const at = clock.now();
      if (!(result instanceof TidegateError) && result.accepted) kept.set(key, { result, at });
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      return { result, at };
    } finally {
      underWay.delete(key);
    }
  };

  return {
    async read(key, lifetimeMs, ask) {
      for (;;) {
        const known = lookUp(key, lifetimeMs) ?? (await underWay.get(key));
        if (known) return known;
        if (underWay.has(key)) continue;
        const asking = askAndKeep(key, ask);
        const shared = asking.then(
          ({ result, at }): Answered => ({ result, keptSince: at }),
          () => null,
        );
        underWay.set(key, shared);
        const { result } = await asking;
        return { result, keptSince: null };
      }
    },
  };
}
