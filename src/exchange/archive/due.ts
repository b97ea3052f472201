/** What a run would do by now; changes nothing. */
import type { Archivable, Archive, ArchivedFile } from '../../ledger/port.ts';
import type { Month } from './months.ts';
import { dueMonths, isExpired, planArchive } from './plan.ts';
import type { ArchivePolicy, ArchivePorts } from './types.ts';

type DuePorts = Pick<ArchivePorts, 'ledger' | 'clock'>;

/** What is to be archived, oldest month first. */
export async function dueArchives(
  policy: ArchivePolicy,
  { ledger, clock }: DuePorts,
): Promise<[Month, Archivable[]][]> {
  const now = clock.now();
  return dueMonths(await ledger.archivable(policy.partner, now - policy.restMs), policy, now);
}

/** An archive that a run would delete. */
export interface Expiring extends Pick<Archive, 'partner' | 'month' | 'part' | 'side' | 'path'> {
  files: number;
  bytes: number;
}

/** What is to be deleted: archives that are there, oldest first, then those that the same run would make before. */
export async function expiringArchives(policy: ArchivePolicy, ports: DuePorts): Promise<Expiring[]> {
  const { ledger, clock } = ports;
  const now = clock.now();
  const archives = await ledger.archives(policy.partner);
  const expiring: Expiring[] = [];
  for (const archive of archives) {
    if (archive.deletedAt !== null || !isExpired(archive.month, policy, now)) continue;
    const files = await ledger.archivedFiles(archive.id);
    expiring.push(
      toExpiring(
        archive,
        files.filter(({ state }) => state === 'kept' || state === 'planned'),
      ),
    );
  }
  for (const [month, files] of await dueArchives(policy, ports)) {
    if (!isExpired(month, policy, now)) continue;
    expiring.push(toExpiring(planArchive(month, files, policy, archives), files));
  }
  return expiring;
}

const toExpiring = (
  { partner, month, part, side, path }: Omit<Expiring, 'files' | 'bytes'>,
  files: readonly Pick<ArchivedFile, 'bytes'>[],
): Expiring => ({
  ...{ partner, month, part, side, path, files: files.length },
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});
