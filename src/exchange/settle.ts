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
  if (source && isOurs) {
    // Before the source goes: from then on the partner may announce a new drop of the same name.
    await removeDoneFile(arrival, feed, ports);
    await remote.move(from, to);
  } else if (await remote.stat(to)) {
    // Filed in an earlier life. With a new drop in its place the done-file may already be the new one's.
    if (!source) await removeDoneFile(arrival, feed, ports);
  } else {
    // Every row is settled and answered; a file that somebody took away meanwhile must not hold up the next ones.
    await raise(sourceGone(arrival, feed, clock.now()), ports);
  }
}

async function removeDoneFile(
  { folder, name }: Arrival,
  { readyWhen }: InboundFeed,
  { remote }: InboundPorts,
): Promise<void> {
  if (readyWhen.kind === 'done-file')
    await remote.remove(joinPath(folder, doneFileFor(name, readyWhen.pattern)));
}
