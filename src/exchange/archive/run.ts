/**
 * The way of a month: plan → store → clear, and one day delete. Each step starts from what the ledger says, and no original is removed before all of its archive lies there, read
 * back, with its manifest.
 */
import { writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { archiveFailed, archiveLeft } from '../../alerts/archive-notices.ts';
import { TidegateError } from '../../base/errors.ts';
import type { Archive, ArchivedFile, Bundle } from '../../ledger/port.ts';
import { keepLease } from '../lease.ts';
import { over, raise } from '../raise.ts';
import { packBundle } from './bundle.ts';
import { dueArchives } from './due.ts';
import { deleteExpired } from './expiry.ts';
import { manifestOf, manifestText } from './manifest.ts';
import { bundlePath, manifestPath, planArchive, storedPaths } from './plan.ts';
import type { ArchivePolicy, ArchivePorts, HeldPorts } from './types.ts';

/** Files between two notes in the ledger. */
const PAGE = 20;
/** A source that was refused unread is taken as it is, up to this. */
const MAX_UNKNOWN_BYTES = 8 * 2 ** 30;

/** As `archiveDue`; what fails is told to people, and waits for the next time. Never throws. */
export async function runArchive(policy: ArchivePolicy, ports: ArchivePorts): Promise<unknown> {
  const { partner } = policy;
  try {
    ports.room.demand(0);
    await archiveDue(policy, ports);
    await over({ cause: `archive:${partner}` }, ports);
    return null;
  } catch (thrown) {
    const error = ports.signal.aborted ? ports.signal.reason : thrown;
    ports.report({ kind: 'archive-waits', partner, error });
    const silent =
      error instanceof TidegateError && ['STOPPED', 'ARRIVAL_WAITS', 'LEDGER_STALE'].includes(error.code);
    if (!silent) {
      const notice = archiveFailed(partner, error, ports.clock.now());
      await raise(notice, ports).catch((ledgerError: unknown) =>
        ports.report({ kind: 'unrecorded', notice, error: ledgerError }),
      );
    }
    return error;
  }
}

/** All that is due for one partner, also of months that were missed; then what was kept long enough is deleted. */
async function archiveDue(policy: ArchivePolicy, ports: ArchivePorts): Promise<void> {
  const { ledger, owner, clock } = ports;
  const { partner } = policy;
  for (;;) {
    const begun = await ledger.resumeArchive(partner, owner, clock.now());
    if (!begun) break;
    await work(begun, ports);
  }
  for (const [month, files] of await dueArchives(policy, ports)) {
    const plan = planArchive(month, files, policy, await ledger.archives(partner));
    await work(await ledger.planArchive(plan, owner, clock.now()), ports);
  }
  await deleteExpired(policy, ports);
}

async function work(archive: Archive, ports: ArchivePorts): Promise<void> {
  const { ledger, owner } = ports;
  const lease = await keepLease(
    {
      subject: `archive ${archive.id}`,
      renew: (now) => ledger.renewArchive(archive, owner, now),
      release: () => ledger.releaseArchive(archive),
    },
    ports,
  );
  const { signal, permit } = lease;
  const remote = ports.remote.permittedBy(permit);
  const spool = ports.spool.heldWith(archive.token);
  try {
    const store = ports.storeOf(archive.side).permittedBy(permit);
    const held: HeldPorts = { ...ports, signal, permit, remote, store, spool };
    const stored = archive.state === 'planned' ? await storeAll(archive, held) : archive;
    const left = await clear(stored, held);
    if (left.length > 0) await raise(archiveLeft(archive, left), ports);
    ports.report({ kind: 'archived', archive: await ledger.archiveCleared(archive, ports.clock.now()) });
  } finally {
    try {
      // Whoever has taken it over has working copies of his own.
      if (signal.aborted) await spool.abandon(`archive-${archive.id}`);
      else await spool.clear(`archive-${archive.id}`);
    } finally {
      await lease.end();
    }
  }
}

/** planned → stored. */
async function storeAll(archive: Archive, ports: HeldPorts): Promise<Archive> {
  const { ledger, store, spool, clock } = ports;
  await store.makeFolder(posix.dirname(archive.path));
  const bundle =
    archive.form === 'bundle' ? await storeBundle(archive, ports) : await storeFiles(archive, ports);
  const manifest = manifestOf(archive, await ledger.archivedFiles(archive.id), bundle);
  const draft = spool.archived(archive.id, 'manifest');
  await writeFile(draft, manifestText(manifest), { mode: 0o600 });
  const { sha256 } = await store.put(draft, manifestPath(archive.path));
  const { hash } = manifest.end;
  return ledger.archiveStored(archive, { hash, manifestSha256: sha256, bundle }, clock.now());
}

async function storeFiles(archive: Archive, ports: HeldPorts): Promise<null> {
  const { ledger, store, spool } = ports;
  const folders = new Set<string>();
  let stored: ArchivedFile[] = [];
  for await (const { file, copy } of fetchPlanned(archive, ports)) {
    if (copy !== null) {
      const path = posix.join(archive.path, file.name);
      const folder = posix.dirname(path);
      if (!folders.has(folder)) await store.makeFolder(folder);
      folders.add(folder);
      await store.put(copy, path);
      await spool.discard(copy);
    }
    stored.push(file);
    if (stored.length < PAGE) continue;
    await ledger.markArchived(archive, stored);
    stored = [];
  }
  await ledger.markArchived(archive, stored);
  return null;
}

/** What belongs to it is noted first, and the same files give the same bytes: after a kill it is known again. */
async function storeBundle(archive: Archive, ports: HeldPorts): Promise<Bundle | null> {
  const { ledger, store, spool, room } = ports;
  const planned = await ledger.archivedFiles(archive.id);
  // All of them and the bundle lie here together.
  room.demand(2 * planned.reduce((sum, { bytes }) => sum + bytes, 0));
  const files: ArchivedFile[] = [];
  const copies = new Map<string, string>();
  for await (const { file, copy } of fetchPlanned(archive, ports)) {
    files.push(file);
    if (copy !== null) copies.set(file.name, copy);
  }
  await ledger.markArchived(archive, files);
  if (copies.size === 0) return null;
  const draft = spool.archived(archive.id, 'bundle');
  await spool.discard(draft);
  await packBundle(draft, copies, archive.plannedAt);
  const path = bundlePath(archive.path);
  const { bytes, sha256 } = await store.put(draft, path);
  return { name: posix.basename(path), bytes, sha256 };
}

/** With a copy of each that has the bytes that the ledger knows; `null` for what is gone or has other bytes, which is left alone. */
async function* fetchPlanned(
  archive: Archive,
  ports: HeldPorts,
): AsyncGenerator<{ file: ArchivedFile; copy: string | null }> {
  const { ledger, spool, signal, room } = ports;
  for (const file of await ledger.archivedFiles(archive.id)) {
    if (!isToStore(file, archive)) continue;
    signal.throwIfAborted();
    room.demand(file.bytes);
    const copy = spool.archived(archive.id, String(file.seq));
    await spool.discard(copy);
    const found = await fetchKnown(file, copy, ports);
    if (found.state !== 'kept') await spool.discard(copy);
    yield { file: { ...file, ...found }, copy: found.state === 'kept' ? copy : null };
  }
}

/** Of a bundle that is not there yet, also what was found before. */
const isToStore = ({ state }: ArchivedFile, { form }: Archive): boolean =>
  state === 'planned' || (form === 'bundle' && state === 'kept');

type Found = Pick<ArchivedFile, 'state' | 'bytes' | 'sha256'>;

async function fetchKnown(
  { path, bytes, sha256 }: ArchivedFile,
  copy: string,
  { remote }: Pick<HeldPorts, 'remote'>,
): Promise<Found> {
  const known = { bytes, sha256 };
  try {
    const fetched = await remote.fetch(path, copy, sha256 === null ? MAX_UNKNOWN_BYTES : bytes);
    return sha256 === null || fetched.sha256 === sha256
      ? { state: 'kept', ...fetched }
      : { state: 'other', ...known };
  } catch (error) {
    const code = error instanceof TidegateError ? error.code : '';
    if (code === 'REMOTE_MISSING') return { state: 'gone', ...known };
    if (code === 'FILE_TOO_LARGE') return { state: 'other', ...known };
    throw error;
  }
}

/** stored → cleared, except for what has other bytes by now; gives those files. */
async function clear(archive: Archive, ports: HeldPorts): Promise<ArchivedFile[]> {
  const { ledger, remote, spool, signal } = ports;
  await demandStored(archive, ports);
  const files = await ledger.archivedFiles(archive.id);
  const left = files.filter(({ state }) => state === 'other');
  for (const file of files) {
    if (file.state !== 'kept') continue;
    signal.throwIfAborted();
    const copy = spool.archived(archive.id, String(file.seq));
    await spool.discard(copy);
    const { state } = await fetchKnown(file, copy, ports);
    await spool.discard(copy);
    if (state === 'kept') await remote.remove(file.path);
    else if (state === 'other') left.push(file);
  }
  return left;
}

/** A last look before originals go: somebody may have removed the archive since. */
async function demandStored(archive: Archive, { store, ledger }: HeldPorts): Promise<void> {
  const files = await ledger.archivedFiles(archive.id);
  for (const path of [...storedPaths(archive, files), manifestPath(archive.path)]) {
    if ((await store.stat(path)) !== null) continue;
    throw new TidegateError('ARCHIVE_BROKEN', 'a file of the archive is not there any more', {
      subject: path,
      fix: 'Nothing was removed. Put the file back, or move the rest of this archive away; `tidegate verify-archive` shows what is there.',
    });
  }
}
