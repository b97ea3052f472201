/** Moving a file of the inbound folder to where it is filed, so that a crash in between is recognised and nothing of others is touched. */
import { TidegateError } from '../base/errors.ts';
import type { RemoteFolder, RemoteStat } from '../remote/port.ts';
import { numberedName } from './file-names.ts';
import type { InboundPorts } from './types.ts';

/** A file as it was taken, and where it goes. */
export interface Filing {
  /** Full remote paths. */
  from: string;
  to: string;
  arrival: number;
  size: number;
  modifiedAt: number;
  sha256: string | null;
  /** Another place, because the planned one is taken; on record before the file goes there. */
  replan(to: string): Promise<void>;
  /** What has to be done before it goes. */
  leaving?(): Promise<void>;
}

/** `moved` now; `filed` before; `replaced`: filed before, and another one lies in its place; `gone`: neither here nor there. */
export type Filed = 'moved' | 'filed' | 'replaced' | 'gone';

export async function fileAway(filing: Filing, ports: InboundPorts): Promise<Filed> {
  const found = await ports.remote.stat(filing.from);
  // A new drop under the same name is another file: it stays for whoever asks for it next.
  if (found && (await isOurs(found, filing, ports))) {
    await filing.leaving?.();
    await moveToFreeName(filing, ports);
    return 'moved';
  }
  if (await isFiled(filing, ports)) return found ? 'replaced' : 'filed';
  return 'gone';
}

/** Steps of a second are fine enough: who replaces a file by another of the same size within one has not let it rest. */
const tellingMs = 1_000;

/** By size and time; by its bytes where these tell too little. */
async function isOurs(found: RemoteStat, filing: Filing, ports: InboundPorts): Promise<boolean> {
  const { sizes, modifiedAtResolutionMs } = await ports.remote.traits();
  const sameTime = found.modifiedAt === filing.modifiedAt;
  const telling = sizes === 'exact' && modifiedAtResolutionMs !== null && modifiedAtResolutionMs <= tellingMs;
  if (telling || filing.sha256 === null) return sameTime && found.size === filing.size;
  return sameTime && (await holdsIt(filing.from, filing, ports));
}

/** Whether it was filed before a restart. The size is enough to tell: a hash would cost a whole transfer, and only a notice hangs on it. */
async function isFiled(filing: Filing, ports: InboundPorts): Promise<boolean> {
  const { sizes } = await ports.remote.traits();
  if (sizes === 'exact' || filing.sha256 === null)
    return (await ports.remote.stat(filing.to))?.size === filing.size;
  return holdsIt(filing.to, filing, ports);
}

/** Whoever took the planned name keeps it; the ledger knows the next one before the file goes there. */
async function moveToFreeName(filing: Filing, ports: InboundPorts): Promise<void> {
  const { remote } = ports;
  const { from, to } = filing;
  try {
    await remote.move(from, to);
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'REMOTE_EXISTS') throw error;
    // Where a rename is a new link and then a removal, a crash in between leaves the file at both places.
    if (await holdsIt(to, filing, ports)) return remote.remove(from);
    const other = await freeBeside(to, filing.arrival, remote);
    await filing.replan(other);
    await remote.move(from, other);
  }
}

/** Whether the file has the very bytes that were taken. */
async function holdsIt(
  path: string,
  { arrival, size, sha256 }: Filing,
  ports: InboundPorts,
): Promise<boolean> {
  const { remote, spool } = ports;
  const { sizes } = await remote.traits();
  if (sizes === 'exact' && (await remote.stat(path))?.size !== size) return false;
  const copy = spool.draft(arrival, 'compared');
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
