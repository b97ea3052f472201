import { describe, expect, it } from 'vitest';
import type { Archive, Ledger, NewArchive, PackedAs } from '../../../src/ledger/port.ts';
import { claimed, fetched, leaseMs, me, owner } from '../store.ts';

const waits = expect.objectContaining({ code: 'ARRIVAL_WAITS', retry: 'later' });
const stale = expect.objectContaining({ code: 'LEDGER_STALE' });
const failed = expect.objectContaining({ code: 'LEDGER_FAILED' });

export function archivesConform(ledger: () => Ledger): void {
  /** Refused as a whole, answered and filed. */
  async function filed(name: string, at: number, packing: PackedAs | null = null): Promise<number> {
    const problem = { code: 'X', message: 'wrong', line: null, column: null, expected: '', fix: '' };
    const layout = { keyColumns: [], ackColumns: [] };
    let arrival = await ledger().quarantined(await fetched(ledger(), name), problem, layout, at);
    await ledger().planAnswers(arrival, [{ kind: 'acknowledgement', round: 0, path: `/out/${name}` }]);
    await ledger().answerWritten(
      arrival,
      { kind: 'acknowledgement', round: 0 },
      { bytes: 7, sha256: 'abc', packing },
      at,
    );
    arrival = await ledger().acknowledged(arrival, 'errored', `/errored/${name}`, at);
    return (await ledger().settled(arrival, at)).id;
  }

  async function planned(month = '2024-08', previous = '0'): Promise<Archive> {
    const files = (await ledger().archivable('acme', 1000)).map((file) => ({
      ...file,
      name: file.path.slice(1),
    }));
    const plan: NewArchive = {
      partner: 'acme',
      month,
      part: 1,
      form: 'folder',
      side: 'remote',
      path: `/archive/${month}`,
      previous,
      files,
    };
    return ledger().planArchive(plan, me, 100);
  }

  describe('archives', () => {
    it('are made of sources that were filed and answers that were written, each once', async () => {
      const id = await filed('a.csv', 50);
      await claimed(ledger(), 'b.csv');
      const found = await ledger().archivable('acme', 1000);
      expect(found).toMatchObject([
        { arrival: id, arrivalName: 'a.csv', kind: 'source', path: '/errored/a.csv' },
        { arrival: id, kind: 'answer', path: '/out/a.csv', bytes: 7, sha256: 'abc' },
      ]);
      expect(await ledger().archivable('acme', 50)).toEqual([]);
      expect(await ledger().archivable('bolt', 1000)).toEqual([]);
      const archive = await planned();
      expect(await ledger().archivable('acme', 1000)).toEqual([]);
      expect(await ledger().archivedFiles(archive.id)).toMatchObject([
        { seq: 1, name: 'errored/a.csv', state: 'planned' },
        { seq: 2, name: 'out/a.csv', state: 'planned' },
      ]);
    });

    it('know how answers and outbound files are packed, and take what lies beside them too', async () => {
      const packing = { suffix: '.gz', checksum: true, doneFile: null, keys: [] };
      await filed('a.csv', 50, packing);
      const file = await ledger().planOutbound(
        {
          ...{ partner: 'acme', origin: 'export', name: 'contracts', key: 'one', arrival: null, packing },
          ...{ path: '/out/Contracts_20240811.csv.gz', window: null, covers: false },
        },
        me,
        60,
      );
      await ledger().outboundWritten(file, { rows: 1, bytes: 90, sha256: 'plain' });
      await ledger().outboundPacked(file, { bytes: 30, sha256: 'packed' });
      await ledger().outboundSent(file, 70);
      const found = await ledger().archivable('acme', 1000);
      expect(found).toMatchObject([
        { kind: 'source', packing: null },
        { kind: 'answer', sha256: 'abc', packing },
        {
          ...{ kind: 'outbound', outbound: file.id, arrivalName: 'Contracts_20240811.csv', packing },
          ...{ path: '/out/Contracts_20240811.csv.gz', bytes: 30, sha256: 'packed' },
        },
      ]);
      const files = found.flatMap((one) => [
        { ...one, name: one.path },
        { ...one, kind: 'companion' as const, path: `${one.path}.sha256`, name: `${one.path}.sha256` },
      ]);
      const plan = { partner: 'acme', month: '2024-08', part: 1, path: '/archive/2024-08', previous: '0' };
      const archive = await ledger().planArchive({ ...plan, form: 'folder', side: 'remote', files }, me, 100);
      expect(await ledger().archivedFiles(archive.id)).toHaveLength(6);
      expect(await ledger().archivable('acme', 1000)).toEqual([]);
    });

    it('go from planned over stored to cleared, and only so', async () => {
      await filed('a.csv', 50);
      const archive = await planned();
      await expect(ledger().archiveCleared(archive, 110)).rejects.toEqual(failed);
      await ledger().markArchived(archive, [{ seq: 1, state: 'kept', bytes: 5, sha256: 'def' }]);
      expect(await ledger().archivedFiles(archive.id)).toMatchObject([
        { seq: 1, state: 'kept', bytes: 5, sha256: 'def' },
        { seq: 2, state: 'planned' },
      ]);
      const bundle = { name: 'b.tar.gz', bytes: 3, sha256: 'ghi' };
      const stored = { hash: 'last', manifestSha256: 'manifest', bundle };
      await ledger().archiveStored(archive, stored, 120);
      await expect(ledger().archiveStored(archive, stored, 121)).rejects.toEqual(failed);
      await ledger().archiveCleared(archive, 130);
      await ledger().archiveDeleted(archive.id, 140);
      expect(await ledger().archives('acme')).toEqual([
        {
          ...archive,
          ...{
            state: 'cleared',
            hash: 'last',
            bundle,
            manifestSha256: 'manifest',
            storedAt: 120,
            clearedAt: 130,
            deletedAt: 140,
          },
        },
      ]);
    });

    it('are planned once: the part that another process has planned is its own', async () => {
      await planned();
      await expect(planned()).rejects.toEqual(stale);
    });

    it('are taken over when their owner is gone or its lease is over, and not before', async () => {
      const other = owner('other');
      const resume = (now: number) => ledger().resumeArchive('acme', other, now);
      expect(await resume(100)).toBeNull();
      const archive = await planned();
      await expect(resume(100 + leaseMs - 1)).rejects.toEqual(waits);
      await ledger().renewArchive(archive, me, 200);
      await expect(resume(200 + leaseMs - 1)).rejects.toEqual(waits);
      expect(await resume(200 + leaseMs)).toMatchObject({ id: archive.id, token: 2 });
      await expect(
        ledger().archiveStored(archive, { hash: 'x', manifestSha256: 'y', bundle: null }, 300),
      ).rejects.toEqual(stale);
    });

    it('can be given back', async () => {
      const archive = await planned();
      await ledger().releaseArchive(archive);
      expect(await ledger().resumeArchive('acme', owner('other'), 101)).toMatchObject({ id: archive.id });
    });
  });
}
