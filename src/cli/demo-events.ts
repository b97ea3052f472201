import { systemClock } from '../base/clock.ts';
import type { ExchangeEvent } from '../exchange/types.ts';

export interface EventWatch {
  see(event: ExchangeEvent): void;
  /** Resolves when so many such events were seen since the watch began; rejects when that takes too long. */
  until(isMeant: (event: ExchangeEvent) => boolean, count?: number): Promise<void>;
}

export function watchEvents(deadlineMs: number): EventWatch {
  const seen: ExchangeEvent[] = [];
  return {
    see: (event) => void seen.push(event),
    async until(isMeant, count = 1) {
      const late = AbortSignal.timeout(deadlineMs);
      while (seen.filter(isMeant).length < count) await systemClock.sleep(50, late);
    },
  };
}
