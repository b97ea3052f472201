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

/** A file of many different questions must not fill the memory, and an answer may be a whole list. */
const MOST_KEPT = 1000;
const MOST_BYTES = 32 * 1024 * 1024;

interface Kept {
  result: CallResult;
  at: number;
  expiresAt: number;
  /** Of the answer as JSON. */
  bytes: number;
}

export function createReadCache(clock: Clock): ReadCache {
  /** The one that was used last comes last. */
  const kept = new Map<string, Kept>();
  let keptBytes = 0;
  const underWay = new Map<string, Promise<Answered | null>>();

  const forget = (key: string): void => {
    keptBytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };

  const keep = (key: string, answer: Kept): void => {
    forget(key);
    kept.set(key, answer);
    keptBytes += answer.bytes;
  };

  /** The one that was used longest ago goes first. */
  const makeRoom = (now: number, bytes: number): void => {
    for (const [key, { expiresAt }] of kept) if (expiresAt <= now) forget(key);
    for (const key of kept.keys()) {
      if (kept.size < MOST_KEPT && keptBytes + bytes <= MOST_BYTES) return;
      forget(key);
    }
  };

  const lookUp = (key: string, lifetimeMs: number): Answered | null => {
    const found = kept.get(key);
    if (!found) return null;
    forget(key);
    const now = clock.now();
    const fromBefore = found.at < clock.steadySince() || found.at > now;
    if (fromBefore || now - found.at >= lifetimeMs) return null;
    keep(key, found);
    return { result: found.result, keptSince: found.at };
  };

  const askAndKeep = async (key: string, lifetimeMs: number, ask: () => Promise<Answered['result']>) => {
    try {
      const result = await ask();
      const at = clock.now();
      if (result instanceof TidegateError || !result.accepted) return { result, at };
      const bytes = Buffer.byteLength(JSON.stringify(result.answer));
      if (bytes > MOST_BYTES) return { result, at };
      makeRoom(at, bytes);
      keep(key, { result, at, expiresAt: at + lifetimeMs, bytes });
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
        const asking = askAndKeep(key, lifetimeMs, ask);
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
