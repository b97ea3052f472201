/** What is looked after beside the schedules: files that are due, and pauses that somebody may have forgotten. */
import { longPause, pauseCause } from '../alerts/expected-notices.ts';
import { nextMoment } from '../exchange/expected.ts';
import { over, raise } from '../exchange/raise.ts';
import type { InboundFeed, InboundPorts } from '../exchange/types.ts';
import type { Job } from '../schedule/schedule.ts';
import { cronTimes } from '../schedule/times.ts';

/** Somebody looks just when a file is due, and not only when the next poll comes. */
export const looksWhenDue = (feeds: readonly InboundFeed[], poll: (feed: InboundFeed) => void): Job[] =>
  feeds.flatMap((feed) => {
    const { expects } = feed;
    if (expects === null) return [];
    const times = { next: (after: number) => nextMoment(expects, after), mayRunAt: () => false };
    return [{ name: `expects ${feed.name}`, times, catchUp: 'skip' as const, run: async () => poll(feed) }];
  });

export type WatchPorts = Pick<InboundPorts, 'ledger' | 'clock' | 'report'>;

/** Every hour, and at start. @param longMs after so long a pause is told about */
export const watchPauses = (longMs: number, partnerOf: PartnerOf, ports: WatchPorts): Job => ({
  name: 'watch pauses',
  times: cronTimes('0 * * * *', 'UTC'),
  catchUp: 'run',
  run: () => tellLongPauses(longMs, partnerOf, ports).catch(() => undefined),
});

type PartnerOf = (feed: string) => string | null;

/** Told once each, and closed when it has ended, by a word or by its time. */
export async function tellLongPauses(longMs: number, partnerOf: PartnerOf, ports: WatchPorts): Promise<void> {
  const { ledger, clock } = ports;
  const now = clock.now();
  const pauses = await ledger.pauses(now);
  for (const pause of pauses) {
    const partner = pause.what === 'partner' ? pause.name : partnerOf(pause.name);
    if (now - pause.since >= longMs) await raise(longPause(pause, partner), ports);
  }
  await over({ cause: 'pause', but: new Set(pauses.map(pauseCause)) }, ports);
}
