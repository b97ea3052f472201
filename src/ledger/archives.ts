import { archivable } from './archivable.ts';
import { fencedIn, leaseOf, stale, takeOver } from './leases.ts';
import type {
  Archive,
  ArchiveClaim,
  ArchivedState,
  ArchiveLedger,
  ArchiveState,
  Bundle,
  Counts,
  NewArchive,
  Owner,
} from './port.ts';
import { bulkInsert, prepared } from './prepared.ts';
import type { ArchiveRecord, Db, Tx } from './schema.ts';

export const archivesOf = (db: Db): ArchiveLedger => ({
  archivable: (partner, before) => archivable(db, partner, before),

  archives: async (partner) => {
    const found = await db
      .selectFrom('archives')
      .selectAll()
      .where('partner', '=', partner)
      .orderBy('id')
      .execute();
    return found.map(toArchive);
  },

  archivedFiles: async (archive) => {
    const found = await db
      .selectFrom('archived_files')
      .select(['seq', 'arrival', 'outbound', 'kind', 'path', 'name', 'bytes', 'sha256', 'state', 'counts'])
      .select('arrived_at as arrivedAt')
      .where('archive', '=', archive)
      .orderBy('seq')
      .execute();
    return found.map((file) => ({ ...file, counts: JSON.parse(file.counts) as Counts }));
  },

  planArchive: (archive, owner, now) => db.transaction().execute((trx) => plan(trx, archive, owner, now)),
  resumeArchive: (partner, owner, now) => db.transaction().execute((trx) => resume(trx, partner, owner, now)),
  renewArchive: (claim, owner, now) =>
    change(db, claim, ['planned', 'stored', 'cleared'], leaseOf(owner, now)).then(() => undefined),
  releaseArchive: (claim) =>
    change(db, claim, ['planned', 'stored', 'cleared'], { lease_until: 0 }).then(() => undefined),

  markArchived: (claim, files) =>
    fencedIn(db, 'archives', claim, ['planned', 'stored'], async (trx) => {
      for (const { seq, state, bytes, sha256 } of files)
        await mark(trx, { archive: claim.id, seq, state, bytes, sha256 });
    }),

  archiveStored: (claim, { hash, manifestSha256, bundle }, now) =>
    change(db, claim, ['planned'], {
      ...{ state: 'stored', hash, manifest_sha256: manifestSha256, stored_at: now },
      bundle: bundle && JSON.stringify(bundle),
    }),

  archiveCleared: (claim, now) => change(db, claim, ['stored'], { state: 'cleared', cleared_at: now }),

  archiveDeleted: async (archive, now) => {
    await db
      .updateTable('archives')
      .set({ deleted_at: now })
      .where('id', '=', archive)
      .where('state', '=', 'cleared')
      .execute();
  },
});

const insertFiles = bulkInsert('archived_files', [
  'archive',
  'seq',
  'arrival',
  'outbound',
  'kind',
  'path',
  'name',
  'bytes',
  'sha256',
  'state',
  'arrived_at',
  'counts',
]);

async function plan(trx: Tx, archive: NewArchive, owner: Owner, now: number): Promise<Archive> {
  const { partner, month, part, form, side, path, previous, files } = archive;
  const made = await trx
    .insertInto('archives')
    .values({
      ...{ partner, month, part, form, side, path, previous, state: 'planned', token: 1, planned_at: now },
      ...leaseOf(owner, now),
    })
    .onConflict((conflict) => conflict.columns(['partner', 'month', 'part']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!made) throw stale('archive', `of ${partner}, ${month}, part ${part}`);
  await insertFiles(
    trx,
    files.map(
      ({ arrival, outbound, kind, path: from, name, bytes, sha256, arrivedAt, counts: of }, index) => [
        ...[made.id, index + 1, arrival, outbound, kind, from, name, bytes, sha256, 'planned'],
        ...[arrivedAt, JSON.stringify(of)],
      ],
    ),
  );
  return toArchive(made);
}

async function resume(trx: Tx, partner: string, owner: Owner, now: number): Promise<Archive | null> {
  const open = await trx
    .selectFrom('archives')
    .selectAll()
    .where('partner', '=', partner)
    .where('state', 'in', ['planned', 'stored'])
    .orderBy('id')
    .executeTakeFirst();
  if (!open) return null;
  await takeOver(trx, 'archives', open, owner, now);
  return toArchive({ ...open, token: open.token + 1 });
}

const mark = prepared<{
  archive: number;
  seq: number;
  state: ArchivedState;
  bytes: number;
  sha256: string | null;
}>((db, slot) =>
  db
    .updateTable('archived_files')
    .set({ state: slot('state'), bytes: slot('bytes'), sha256: slot('sha256') })
    .where('archive', '=', slot('archive'))
    .where('seq', '=', slot('seq')),
);

const change = (
  db: Db,
  claim: ArchiveClaim,
  states: readonly ArchiveState[],
  set: Partial<ArchiveRecord>,
): Promise<Archive> =>
  fencedIn(db, 'archives', claim, states, async (trx) =>
    toArchive(
      await trx
        .updateTable('archives')
        .set(set)
        .where('id', '=', claim.id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    ),
  );

function toArchive(record: ArchiveRecord): Archive {
  const { id, partner, month, part, state, form, side, path, previous, hash, token } = record;
  return {
    ...{ id, partner, month, part, state, form, side, path, previous, hash, token },
    manifestSha256: record.manifest_sha256,
    bundle: record.bundle === null ? null : (JSON.parse(record.bundle) as Bundle),
    plannedAt: record.planned_at,
    storedAt: record.stored_at,
    clearedAt: record.cleared_at,
    deletedAt: record.deleted_at,
  };
}
