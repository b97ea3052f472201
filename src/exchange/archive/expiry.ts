import { isExpired, storedPaths } from './plan.ts';
import type { ArchivePolicy, ArchivePorts } from './types.ts';

/** Deletes what was kept for as long as agreed; the manifest stays as the record of what there was. */
export async function deleteExpired(policy: ArchivePolicy, ports: ArchivePorts): Promise<void> {
  const { ledger, clock, signal } = ports;
  for (const archive of await ledger.archives(policy.partner)) {
    if (archive.state !== 'cleared' || archive.deletedAt !== null) continue;
    if (!isExpired(archive.month, policy, clock.now())) continue;
    for (const path of storedPaths(archive, await ledger.archivedFiles(archive.id))) {
      signal.throwIfAborted();
      await ports.storeOf(archive.side).remove(path);
    }
    await ledger.archiveDeleted(archive.id, clock.now());
    ports.report({ kind: 'archive-deleted', archive: { ...archive, deletedAt: clock.now() } });
  }
}
