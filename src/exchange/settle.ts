import type { Arrival } from '../ledger/port.ts';
import { joinPath } from './file-names.ts';
import { doneFileFor } from './gate.ts';
import { sourceGone } from './notices.ts';
import { raise } from './raise.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** acknowledged → settled: the source lies in `/processed` or `/errored`, and nothing of it is left in the spool. */
export async function settle(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, spool, clock } = ports;
  if (arrival.settleAs !== null) await moveSource(arrival, arrival.settleAs, feed, ports);
  await spool.discard(spool.source(arrival.id));
  return ledger.settled(arrival, clock.now());
}

async function moveSource(
  arrival: Arrival,
  to: string,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<void> {
  const { remote, clock } = ports;
  const from = joinPath(arrival.folder, arrival.name);
  const source = await remote.stat(from);
  // A new drop under the same name is another arrival: it stays for the next poll.
  const isOurs = source?.size === arrival.size && source.modifiedAt === arrival.modifiedAt;
  if (source && isOurs) await remote.move(from, to);
  else if (!(await remote.stat(to))) {
    // Every row is settled and answered; a file that somebody took away meanwhile must not hold up the next ones.
    await raise(sourceGone(arrival, feed, clock.now()), ports);
  }
  if (feed.readyWhen.kind === 'done-file') {
    await remote.remove(joinPath(arrival.folder, doneFileFor(arrival.name, feed.readyWhen.pattern)));
  }
}
