import { systemClock } from '../../base/clock.ts';
import type { FeedConfig } from '../../config/types.ts';
import type { Ledger, QueuedCall } from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import { define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';
import { waitingFor, waitingLine } from '../queued-words.ts';
import { pauseLine } from '../words.ts';

export const statusCommand = define({
  run: ({ options, printer }) =>
    withLedger(options, async (ledger, config) => {
      const feeds = await feedRows(Object.values(config.feeds), ledger);
      const unsent = await ledger.unsentNotices(100);
      const pauses = await ledger.pauses(systemClock.now());
      if (options.json) printer.json({ feeds, pauses, unsentNotices: unsent.length });
      else printFeeds(feeds, printer);
      if (!options.json)
        for (const { feed, waiting } of feeds) if (waiting) printer.line(waitingLine(feed, waiting));
      if (!options.json) for (const pause of pauses) printer.line(pauseLine(pause));
      if (!options.json && unsent.length > 0) {
        printer.line(
          `${unsent.length} notices wait to be mailed; last error: ${unsent.findLast(({ lastError }) => lastError)?.lastError ?? 'none yet'}`,
        );
      }
      return exit.done;
    }),
});

function printFeeds(feeds: Awaited<ReturnType<typeof feedRows>>, printer: Printer): void {
  printer.table(
    ['feed', 'in work', 'settled', 'withdrawn', 'latest file', 'rows', 'accepted', 'rejected', 'parked'],
    feeds.map(({ feed, inWork, settled, withdrawn, latest }) => [
      feed,
      inWork,
      settled,
      withdrawn,
      latest?.name ?? '—',
      latest?.rows ?? '',
      latest?.accepted ?? '',
      latest?.rejected ?? '',
      latest?.parked ?? '',
    ]),
  );
}

async function feedRows(feeds: readonly FeedConfig[], ledger: Ledger) {
  const counts = await ledger.countByState();
  return Promise.all(
    feeds.map(async ({ name: feed, partner }) => {
      const { settled = 0, withdrawn = 0, ...open } = counts[`${partner}/${feed}`] ?? {};
      const inWork = Object.values(open).reduce((sum, count) => sum + count, 0);
      const [latest] = await ledger.arrivals({ partner, feed, limit: 1 });
      return {
        feed,
        inWork,
        settled,
        withdrawn,
        waiting: waitingFor(await queuedCalls(partner, feed, ledger)),
        latest: latest ? { id: latest.id, name: displayName(latest.name), ...latest.counts } : null,
      };
    }),
  );
}

async function queuedCalls(partner: string, feed: string, ledger: Ledger): Promise<QueuedCall[]> {
  const delivering = await ledger.arrivals({ partner, feed, states: ['staged'], limit: 100 });
  return (await Promise.all(delivering.map(({ id }) => ledger.queuedCalls(id)))).flat();
}
