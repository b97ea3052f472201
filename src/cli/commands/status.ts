import { expectationOf } from '../../app/expectations.ts';
import { systemClock } from '../../base/clock.ts';
import type { Config, ExportConfig, FeedConfig } from '../../config/types.ts';
import { type JudgedDay, sinceLastCame } from '../../exchange/expected.ts';
import { judgeFeed } from '../../exchange/seen.ts';
import type { Ledger, QueuedCall, RecordedNotice } from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import { define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';
import { waitingFor, waitingLine } from '../queued-words.ts';
import { expectedLine, pauseLine, timeWords } from '../words.ts';

export const statusCommand = define({
  run: ({ options, printer }) =>
    withLedger(options, async (ledger, config) => {
      const feeds = await feedRows(config, ledger);
      const exports = await Promise.all(Object.values(config.exports).map((one) => exportRow(one, ledger)));
      const unsent = await ledger.unsentNotices(100);
      const pauses = await ledger.pauses(systemClock.now());
      if (options.json) printer.json({ feeds, exports, pauses, unsentNotices: unsent.length });
      else printFeeds(feeds, printer);
      if (!options.json && exports.length > 0) printExports(exports, printer);
      if (!options.json)
        for (const { feed, waiting, expected } of feeds) {
          if (waiting) printer.line(waitingLine(feed, waiting));
          for (const day of expected) printer.line(expectedLine(feed, day));
        }
      if (!options.json) for (const pause of pauses) printer.line(pauseLine(pause));
      if (!options.json && unsent.length > 0) {
        printer.line(unsentLine(unsent, config));
      }
      return exit.done;
    }),
});

function unsentLine(unsent: readonly RecordedNotice[], { mail, alerts }: Config): string {
  const wait = unsent.length === 1 ? '1 notice waits' : `${unsent.length} notices wait`;
  if (!mail && alerts.routes.length === 0)
    return `${wait}, and nobody is told: add the section mail, or a route to alerts.routes.`;
  const error = unsent.findLast(({ lastError }) => lastError)?.lastError ?? 'none yet';
  return `${wait} to be sent; last error: ${error}`;
}

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

async function feedRows({ feeds, calendars }: Config, ledger: Ledger) {
  const counts = await ledger.countByState();
  return Promise.all(
    Object.values(feeds).map(async (config) => {
      const { name: feed, partner } = config;
      const { settled = 0, withdrawn = 0, ...open } = counts[`${partner}/${feed}`] ?? {};
      const inWork = Object.values(open).reduce((sum, count) => sum + count, 0);
      const [latest] = await ledger.arrivals({ partner, feed, limit: 1 });
      return {
        feed,
        inWork,
        settled,
        withdrawn,
        expected: await daysAsked(config, calendars, ledger),
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

async function exportRow({ name, timeZone }: ExportConfig, ledger: Ledger) {
  const [latest] = await ledger.outboundFiles({ origin: 'export', name, covers: true, limit: 1 });
  const covered = await ledger.coveredTo(name);
  return {
    ...{ export: name, timeZone },
    coveredTo: covered === null ? null : new Date(covered).toISOString(),
    latest: latest ? { path: latest.path, state: latest.state, rows: latest.contents?.rows ?? null } : null,
  };
}

function printExports(exports: readonly Awaited<ReturnType<typeof exportRow>>[], printer: Printer): void {
  printer.table(
    ['export', 'covered to', 'latest file', 'rows', 'state'],
    exports.map(({ export: name, timeZone, coveredTo, latest }) => [
      name,
      coveredTo === null ? '—' : timeWords(Date.parse(coveredTo), timeZone),
      latest?.state === 'dropped' ? '—' : (latest?.path ?? '—'),
      latest?.rows ?? '',
      latest?.state === 'dropped' ? 'empty' : (latest?.state ?? ''),
    ]),
  );
}

/** Days that are due, late or not known; what came, and what is not due yet, is as it should be. */
async function daysAsked(
  feed: FeedConfig,
  calendars: Config['calendars'],
  ledger: Ledger,
): Promise<Pick<JudgedDay, 'day' | 'by' | 'state'>[]> {
  const expects = expectationOf(feed, calendars);
  if (expects === null) return [];
  const name = { partner: feed.partner, feed: feed.name };
  const judged = sinceLastCame(await judgeFeed(name, expects, ledger, systemClock.now()));
  return judged.flatMap(({ day, by, state }) => (state === 'open' ? [] : [{ day, by, state }]));
}
