import { TidegateError } from '../base/errors.ts';
import type {
  Archivable,
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

/** As for arrivals: a lease that ends later was written before the clock was set back. */
const FARTHEST_LEASE_END = 2;

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
      .select(['seq', 'arrival', 'kind', 'path', 'name', 'bytes', 'sha256', 'state', 'counts'])
      .select('arrived_at as arrivedAt')
      .where('archive', '=', archive)
      .orderBy('seq')
      .execute();
    return found.map((file) => ({ ...file, counts: JSON.parse(file.counts) as Counts }));
  },

  planArchive: (archive, owner, now) => db.transaction().execute((trx) => plan(trx, archive, owner, now)),
  resumeArchive: (partner, owner, now) => db.transaction().execute((trx) => resume(trx, partner, owner, now)),
  renewArchive: (claim, owner, now) =>
    change(db, claim, ['planned', 'stored', 'cleared'], {
      owner: owner.id,
      lease_until: now + owner.leaseMs,
    }).then(() => undefined),
  releaseArchive: (claim) =>
    change(db, claim, ['planned', 'stored', 'cleared'], { lease_until: 0 }).then(() => undefined),

  markArchived: (claim, files) =>
    fenced(db, claim, ['planned', 'stored'], async (trx) => {
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

/** Sources that were filed and answers that were written, of arrivals with nothing left to do. */
async function archivable(db: Db, partner: string, before: number): Promise<Archivable[]> {
  const sources = await db
    .selectFrom('arrivals')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.arrival', '=', 'arrivals.id').onRef('kept.path', '=', 'arrivals.settle_as'),
    )
    .select([
      'arrivals.id',
      'feed',
      'arrivals.name',
      'claimed_at',
      'settle_as as path',
      'size',
      'arrivals.sha256',
    ])
    .select([...counts])
    .where('partner', '=', partner)
    .where('arrivals.state', '=', 'settled')
    .where('updated_at', '<', before)
    .where('settle_as', 'is not', null)
    .where('kept.seq', 'is', null)
    .execute();
  const answers = await db
    .selectFrom('answers')
    .innerJoin('arrivals', 'arrivals.id', 'answers.arrival')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.arrival', '=', 'answers.arrival').onRef('kept.path', '=', 'answers.path'),
    )
    .select([
      'arrivals.id',
      'feed',
      'arrivals.name',
      'claimed_at',
      'answers.path',
      'answers.bytes as size',
      'answers.sha256',
    ])
    .select([...counts])
    .where('partner', '=', partner)
    .where('arrivals.state', '=', 'settled')
    .where('updated_at', '<', before)
    .where('written_at', 'is not', null)
    .where('kept.seq', 'is', null)
    .execute();
  const attachments = await db
    .selectFrom('attachments')
    .innerJoin('arrivals', 'arrivals.id', 'attachments.arrival')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.arrival', '=', 'attachments.arrival').onRef('kept.path', '=', 'attachments.settle_as'),
    )
    .select(['arrivals.id', 'feed', 'arrivals.name', 'claimed_at', 'attachments.settle_as as path'])
    .select(['attachments.size', 'attachments.sha256'])
    .select([...counts])
    .where('partner', '=', partner)
    .where('arrivals.state', '=', 'settled')
    .where('updated_at', '<', before)
    .where('attachments.settle_as', 'is not', null)
    .where('kept.seq', 'is', null)
    .execute();
  const files = [
    ...attachments.map(toArchivable('attachment')),
    ...sources.map(toArchivable('source')),
    ...answers.map(toArchivable('answer')),
  ];
  return files.toSorted((one, other) => one.arrival - other.arrival || compare(one.path, other.path));
}

const counts = ['rows', 'pending', 'accepted', 'rejected', 'duplicate', 'parked'] as const;
const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

interface FoundFile extends Counts {
  id: number;
  feed: string;
  name: string;
  claimed_at: number;
  path: string | null;
  size: number | null;
  sha256: string | null;
}

const toArchivable =
  (kind: Archivable['kind']) =>
  ({ id, feed, name, claimed_at, path, size, sha256, ...of }: FoundFile): Archivable => ({
    ...{ arrival: id, feed, arrivalName: name, arrivedAt: claimed_at, kind, sha256 },
    ...{ path: path ?? '', bytes: size ?? 0, counts: of },
  });

const insertFiles = bulkInsert('archived_files', [
  'archive',
  'seq',
  'arrival',
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
      ...{ owner: owner.id, lease_until: now + owner.leaseMs },
    })
    .onConflict((conflict) => conflict.columns(['partner', 'month', 'part']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!made) throw stale(`archive of ${partner}, ${month}, part ${part}`);
  await insertFiles(
    trx,
    files.map(({ arrival, kind, path: from, name, bytes, sha256, arrivedAt, counts: of }, index) => [
      ...[made.id, index + 1, arrival, kind, from, name, bytes, sha256, 'planned'],
      ...[arrivedAt, JSON.stringify(of)],
    ]),
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
  const lasts = open.lease_until > now && open.lease_until <= now + FARTHEST_LEASE_END * owner.leaseMs;
  if (lasts && open.owner !== owner.id && !owner.isGone(open.owner)) throw held(open.id);
  const taken = await trx
    .updateTable('archives')
    .set({ token: open.token + 1, owner: owner.id, lease_until: now + owner.leaseMs })
    .where('id', '=', open.id)
    .where('token', '=', open.token)
    .returningAll()
    .executeTakeFirst();
  if (!taken) throw held(open.id);
  return toArchive(taken);
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
  fenced(db, claim, states, async (trx) =>
    toArchive(
      await trx
        .updateTable('archives')
        .set(set)
        .where('id', '=', claim.id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    ),
  );

async function fenced<T>(
  db: Db,
  { id, token }: ArchiveClaim,
  states: readonly ArchiveState[],
  work: (trx: Tx) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async (trx) => {
    const held = await trx
      .updateTable('archives')
      .set((eb) => ({ token: eb.ref('token') }))
      .where('id', '=', id)
      .where('token', '=', token)
      .returning('state')
      .executeTakeFirst();
    if (!held) throw stale(`archive ${id}`);
    if (!states.includes(held.state)) {
      throw new TidegateError('LEDGER_FAILED', `the archive is ${held.state}`, {
        subject: `archive ${id}`,
        expected: states.join(' or '),
        fix: 'Read the archive again and go on from the state it is in.',
      });
    }
    return await work(trx);
  });
}

const stale = (subject: string): TidegateError =>
  new TidegateError('LEDGER_STALE', 'another owner has taken over this archive', {
    subject,
    fix: 'Nothing to do here: the other owner goes on where this one stopped.',
  });

const held = (id: number): TidegateError =>
  new TidegateError('ARRIVAL_WAITS', 'another process works on an archive of this partner', {
    subject: `archive ${id}`,
    fix: 'Nothing to do here: the next run goes on with what is left.',
    retry: 'later',
  });

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
