import { cover } from './exports.ts';
import { fencedIn, leaseOf, takeOver } from './leases.ts';
import type {
  Claim,
  CoveredWindow,
  NewOutbound,
  OutboundFile,
  OutboundFilter,
  OutboundLedger,
  OutboundState,
  Owner,
  PackedAs,
} from './port.ts';
import type { Db, OutboundRecord, Tx } from './schema.ts';

export const outboundOf = (db: Db): OutboundLedger => ({
  planOutbound: (file, owner, now) => db.transaction().execute((trx) => plan(trx, file, owner, now)),

  resumeOutbound: (of, owner, now) =>
    db.transaction().execute(async (trx) => {
      const open = await trx
        .selectFrom('outbound_files')
        .selectAll()
        .where('origin', '=', of.origin)
        .where('name', '=', of.name)
        .where('ended_at', 'is', null)
        .orderBy('id')
        .executeTakeFirst();
      return open ? await taken(trx, open, owner, now) : null;
    }),

  renewOutbound: (claim, owner, now) => change(db, claim, all, leaseOf(owner, now)).then(() => undefined),
  releaseOutbound: (claim) => change(db, claim, all, { lease_until: 0 }).then(() => undefined),
  outboundUploaded: (claim) => change(db, claim, ['written', 'uploaded'], { state: 'uploaded' }),
  outboundRenamed: (claim, path) => change(db, claim, ['written', 'uploaded'], { state: 'written', path }),
  outboundReplanned: (claim, { path, packing }) =>
    change(db, claim, ['planned', 'written'], { path, packing: asText(packing), ...notPacked }),
  outboundWritten: (claim, contents) =>
    change(db, claim, unfinished, { state: 'written', ...contents, ...notPacked }),
  outboundPacked: (claim, { bytes, sha256 }) =>
    change(db, claim, ['written', 'uploaded'], { packed_bytes: bytes, packed_sha256: sha256 }),
  outboundSent: (claim, now) => end(db, claim, ['written', 'uploaded'], 'sent', now),
  // What was written and is lost may have nothing in it when it is read again.
  outboundDropped: (claim, now) => end(db, claim, ['planned', 'written'], 'dropped', now),

  outboundFile: async (id) => {
    const found = await db.selectFrom('outbound_files').selectAll().where('id', '=', id).executeTakeFirst();
    return found ? toFile(found) : null;
  },
  outboundFiles: (filter) => list(db, filter),

  outboundPathTaken: async (partner, path, exceptFile = 0) => {
    const found = await db
      .selectFrom('outbound_files')
      .select('id')
      .where('partner', '=', partner)
      .where('path', '=', path)
      .where('id', '<>', exceptFile)
      .limit(1)
      .executeTakeFirst();
    return found !== undefined;
  },
});

const unfinished: readonly OutboundState[] = ['planned', 'written', 'uploaded'];
const all: readonly OutboundState[] = [...unfinished, 'sent', 'dropped'];
const notPacked = { packed_bytes: null, packed_sha256: null };
const notWritten = { rows: null, bytes: null, sha256: null, ...notPacked };

const asText = (packing: PackedAs | null): string | null => packing && JSON.stringify(packing);

async function plan(trx: Tx, file: NewOutbound, owner: Owner, now: number): Promise<OutboundFile> {
  const { window, covers, packing, ...of } = file;
  const made = await trx
    .insertInto('outbound_files')
    .values({
      ...of,
      ...leaseOf(owner, now),
      ...{ window_from: window?.from ?? null, window_to: window?.to ?? null, covers: Number(covers) },
      ...{ state: 'planned', token: 1, planned_at: now, packing: asText(packing) },
    })
    .onConflict((conflict) => conflict.columns(['origin', 'name', 'key']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (made) return toFile(made);
  const known = await trx
    .selectFrom('outbound_files')
    .selectAll()
    .where('origin', '=', file.origin)
    .where('name', '=', file.name)
    .where('key', '=', file.key)
    .executeTakeFirstOrThrow();
  return unfinished.includes(known.state) ? await taken(trx, known, owner, now) : toFile(known);
}

async function taken(trx: Tx, found: OutboundRecord, owner: Owner, now: number): Promise<OutboundFile> {
  await takeOver(trx, 'outbound_files', found, owner, now);
  return toFile({ ...found, token: found.token + 1 });
}

const change = (
  db: Db,
  claim: Claim,
  states: readonly OutboundState[],
  set: Partial<OutboundRecord>,
): Promise<OutboundFile> =>
  fencedIn(db, 'outbound_files', claim, states, async (trx) => toFile(await update(trx, claim.id, set)));

const update = (trx: Tx, id: number, set: Partial<OutboundRecord>): Promise<OutboundRecord> =>
  trx.updateTable('outbound_files').set(set).where('id', '=', id).returningAll().executeTakeFirstOrThrow();

const outcomes: Record<'sent' | 'dropped', CoveredWindow['outcome']> = { sent: 'sent', dropped: 'empty' };

const end = (
  db: Db,
  claim: Claim,
  states: readonly OutboundState[],
  state: 'sent' | 'dropped',
  now: number,
): Promise<OutboundFile> =>
  fencedIn(db, 'outbound_files', claim, states, async (trx) => {
    const without = state === 'dropped' ? notWritten : {};
    const file = toFile(await update(trx, claim.id, { state, ended_at: now, ...without }));
    const { id, name, window, covers } = file;
    if (window && covers) await cover(trx, name, window, { outcome: outcomes[state], file: id }, now);
    return file;
  });

async function list(
  db: Db,
  { partner, origin, name, arrival, covers, limit }: OutboundFilter,
): Promise<OutboundFile[]> {
  const found = await db
    .selectFrom('outbound_files')
    .selectAll()
    .$if(partner !== undefined, (query) => query.where('partner', '=', partner ?? ''))
    .$if(origin !== undefined, (query) => query.where('origin', '=', origin ?? 'export'))
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
    .$if(arrival !== undefined, (query) => query.where('arrival', '=', arrival ?? 0))
    .$if(covers !== undefined, (query) => query.where('covers', '=', Number(covers)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return found.map(toFile);
}

export function toFile(record: OutboundRecord): OutboundFile {
  const { id, partner, origin, name, key, arrival, path, state, token } = record;
  const { window_from: from, window_to: to, rows, bytes, sha256 } = record;
  const { packed_bytes: packedBytes, packed_sha256: packedSha256 } = record;
  return {
    ...{ id, partner, origin, name, key, arrival, path, state, token },
    packing: packedAsOf(record),
    window: from === null || to === null ? null : { from, to },
    covers: record.covers === 1,
    contents: rows === null || bytes === null || sha256 === null ? null : { rows, bytes, sha256 },
    packed:
      packedBytes === null || packedSha256 === null ? null : { bytes: packedBytes, sha256: packedSha256 },
    plannedAt: record.planned_at,
    endedAt: record.ended_at,
  };
}

/** Of a file, or an answer. */
export const packedAsOf = ({ packing }: { packing: string | null }): PackedAs | null =>
  packing === null ? null : (JSON.parse(packing) as PackedAs);
