import { TidegateError } from '../base/errors.ts';
import type { Arrival } from '../ledger/port.ts';
import type { RemoteFolder } from '../remote/port.ts';
import { joinPath, numberedName } from './file-names.ts';
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
    await moveToFreeName(arrival, from, to, ports);
  } else if ((await remote.stat(to))?.size === arrival.size) {
    // It was filed before a restart. The size is enough to tell: a hash would cost a whole transfer, and only a notice hangs on it.
    // With a new drop in its place the done-file may already be the new one's.
    if (!source) await removeDoneFile(arrival, feed, ports);
  } else {
    // Every row is settled and answered; a file that somebody took away meanwhile must not hold up the next ones.
    await raise(sourceGone(arrival, feed, clock.now()), ports);
  }
}

/** Whoever took the planned name keeps it; the ledger knows the next one before the source goes there. */
async function moveToFreeName(
  arrival: Arrival,
  from: string,
  to: string,
  ports: InboundPorts,
): Promise<void> {
  const { ledger, remote, clock } = ports;
  try {
    await remote.move(from, to);
  } catch (error) {
    const taken = error instanceof TidegateError && error.code === 'REMOTE_EXISTS';
    if (!taken || arrival.disposition === null) throw error;
    // Where a rename is a new link and then a removal, a crash in between leaves the file at both places.
    if (await holdsSource(to, arrival, ports)) return remote.remove(from);
    const other = await freeBeside(to, arrival.id, remote);
    await ledger.acknowledged(arrival, arrival.disposition, other, clock.now());
    await remote.move(from, other);
  }
}

/** Whether the file has the very bytes of the source. */
async function holdsSource(
  path: string,
  { id, size, sha256 }: Arrival,
  ports: InboundPorts,
): Promise<boolean> {
  const { remote, spool } = ports;
  if ((await remote.stat(path))?.size !== size) return false;
  const copy = spool.draft(id, 'compared');
  await spool.discard(copy);
  const found = await remote.fetch(path, copy, size);
  await spool.discard(copy);
  return found.sha256 === sha256;
}

async function freeBeside(taken: string, arrival: number, remote: RemoteFolder): Promise<string> {
  const nameAt = taken.lastIndexOf('/') + 1;
  const choice = taken.slice(0, nameAt) + numberedName(taken.slice(nameAt), arrival);
  return (await remote.stat(choice)) ? freeBeside(choice, arrival, remote) : choice;
}

async function removeDoneFile(
  { folder, name }: Arrival,
  { readyWhen }: InboundFeed,
  { remote }: InboundPorts,
): Promise<void> {
  if (readyWhen.kind === 'done-file')
    await remote.remove(joinPath(folder, doneFileFor(name, readyWhen.pattern)));
}
