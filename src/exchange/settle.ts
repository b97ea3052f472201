import { TidegateError } from '../base/errors.ts';
import type { Arrival } from '../ledger/port.ts';
import type { RemoteFolder, RemoteStat } from '../remote/port.ts';
import { joinPath, numberedName } from './file-names.ts';
import { doneFileFor } from './gate.ts';
import { sourceGone } from './notices.ts';
import { raise } from './raise.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** acknowledged → settled: the source lies in `/processed` or `/errored`, and nothing of it is left in the spool. */
export async function settle(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, spool, clock } = ports;
  // A later round has no source: what lies in the inbound folder under its name is another file.
  if (arrival.round === 0 && arrival.settleAs !== null)
    await moveSource(arrival, arrival.settleAs, feed, ports);
  await spool.clear(arrival.id);
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
  if (source && (await isOurs(source, from, arrival, ports))) {
    // Before the source goes: from then on the partner may announce a new drop of the same name.
    await removeDoneFile(arrival, feed, ports);
    await moveToFreeName(arrival, from, to, ports);
  } else if (await isFiled(to, arrival, ports)) {
    // With a new drop in its place the done-file may already be the new one's.
    if (!source) await removeDoneFile(arrival, feed, ports);
  } else {
    // Every row is settled and answered; a file that somebody took away meanwhile must not hold up the next ones.
    await raise(sourceGone(arrival, feed, clock.now()), ports);
  }
}

/** Steps of a second are fine enough: who replaces a file by another of the same size within one has not let it rest. */
const tellingMs = 1_000;

/** By size and time; by its bytes where these tell too little. */
async function isOurs(
  found: RemoteStat,
  path: string,
  arrival: Arrival,
  ports: InboundPorts,
): Promise<boolean> {
  const { sizes, modifiedAtResolutionMs } = await ports.remote.traits();
  const sameTime = found.modifiedAt === arrival.modifiedAt;
  const telling = sizes === 'exact' && modifiedAtResolutionMs !== null && modifiedAtResolutionMs <= tellingMs;
  if (telling || arrival.sha256 === null) return sameTime && found.size === arrival.size;
  return sameTime && (await holdsSource(path, arrival, ports));
}

/** Whether the source was filed before a restart. The size is enough to tell: a hash would cost a whole transfer, and only a notice hangs on it. */
async function isFiled(to: string, arrival: Arrival, ports: InboundPorts): Promise<boolean> {
  const { sizes } = await ports.remote.traits();
  if (sizes === 'exact' || arrival.sha256 === null)
    return (await ports.remote.stat(to))?.size === arrival.size;
  return holdsSource(to, arrival, ports);
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
  const { sizes } = await remote.traits();
  if (sizes === 'exact' && (await remote.stat(path))?.size !== size) return false;
  const copy = spool.draft(id, 'compared');
  await spool.discard(copy);
  try {
    return (await remote.fetch(path, copy, size)).sha256 === sha256;
  } catch (error) {
    const other = ['FILE_TOO_LARGE', 'REMOTE_MISSING', 'REMOTE_CHANGED'];
    if (error instanceof TidegateError && other.includes(error.code)) return false;
    throw error;
  } finally {
    await spool.discard(copy);
  }
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
