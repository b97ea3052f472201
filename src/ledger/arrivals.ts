import type { Expression, SqlBool } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import { hold } from './fence.ts';
import { isElsewhere, leaseOf } from './leases.ts';
import type {
  Arrival,
  ArrivalLedger,
  ArrivalState,
  Claim,
  Counts,
  Owner,
  Problem,
  Sighting,
} from './port.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { finishedStates } from './states.ts';

export const arrivalsOf = (db: Db): ArrivalLedger => ({
  claim: (sighting, owner, now) => claim(db, sighting, owner, now),
  resume: (partner, feed, owner, now, except = []) => resume(db, partner, feed, owner, now, except),
  renew: (claim, owner, now) => lease(db, claim, leaseOf(owner, now)),
  release: (claim) => lease(db, claim, { lease_until: 0 }),
  arrival: async (id) => {
    const found = await db.selectFrom('arrivals').selectAll().where('id', '=', id).executeTakeFirst();
    return found ? toArrival(found) : null;
  },
  arrivals: async ({ partner, feed, states, limit }) => {
    const found = await db
      .selectFrom('arrivals')
      .selectAll()
      .$if(partner !== undefined, (query) => query.where('partner', '=', partner ?? ''))
      .$if(feed !== undefined, (query) => query.where('feed', '=', feed ?? ''))
      .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return found.map(toArrival);
  },
  steps: (arrival) =>
    db.selectFrom('steps').select(['state', 'at']).where('arrival', '=', arrival).orderBy('id').execute(),
  countByState: () => countByState(db),
});

async function claim(db: Db, sighting: Sighting, owner: Owner, now: number): Promise<Arrival | null> {
  const { partner, feed, folder, name, size, modifiedAt } = sighting;
  return await db.transaction().execute(async (trx) => {
    const known = await trx
      .selectFrom('arrivals')
      .select('id')
      .where('partner', '=', partner)
      .where('folder', '=', folder)
      .where('name', '=', name)
      .where((eb): Expression<SqlBool> => {
        const leftThere = [
          eb('disposition', '=', 'left'),
          eb('size', '=', size),
          eb('modified_at', '=', modifiedAt),
        ];
        // A later round has no source here: what comes under its name is another file.
        const inWork = [eb('state', 'not in', finishedStates), eb('round', '=', 0)];
        return eb.or([eb.and(inWork), eb.and(leftThere)]);
      })
      .executeTakeFirst();
    if (known) return null;
    const behind = (await unfinished(trx, partner, feed)).find((other) => other.owner !== owner.id);
    if (behind) throw held(behind);
    const looked = await trx
      .selectFrom('looks')
      .select('last')
      .where('partner', '=', partner)
      .where('feed', '=', feed)
      .executeTakeFirst();
    const made = await trx
      .insertInto('arrivals')
      .values({
        ...{ partner, feed, folder, name, size, modified_at: modifiedAt, state: 'claimed', token: 1 },
        ...{ ...leaseOf(owner, now), claimed_at: now, updated_at: now },
        ...{ columns: '[]', key_columns: '[]', ack_columns: '[]', absent_at: looked?.last ?? null },
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await trx.insertInto('steps').values({ arrival: made.id, state: 'claimed', at: now }).execute();
    return toArrival(made);
  });
}

async function resume(
  db: Db,
  partner: string,
  feed: string,
  owner: Owner,
  now: number,
  except: readonly number[],
): Promise<Arrival | null> {
  return await db.transaction().execute(async (trx) => {
    const open = await unfinished(trx, partner, feed);
    // Also one that is not the oldest: an older one may have been reopened while it was worked on.
    const elsewhere = open.find((one) => isElsewhere(one, owner, now));
    if (elsewhere) throw held(elsewhere);
    const oldest = open.find(({ id }) => !except.includes(id));
    if (!oldest) return null;
    const { id, token, updated_at } = oldest;
    const taken = await trx
      .updateTable('arrivals')
      .set({ token: token + 1, ...leaseOf(owner, now) })
      .where('id', '=', id)
      .where('token', '=', token)
      .returningAll()
      .executeTakeFirst();
    // Somebody else was quicker, on a database where transactions run side by side.
    if (!taken) throw held({ id, updated_at });
    return toArrival(taken);
  });
}

/** Oldest first; few at any time, since files go one after the other. */
const unfinished = (trx: Tx, partner: string, feed: string) =>
  trx
    .selectFrom('arrivals')
    .select(['id', 'token', 'owner', 'lease_until', 'updated_at'])
    .where('partner', '=', partner)
    .where('feed', '=', feed)
    .where('state', 'not in', finishedStates)
    .orderBy('id')
    .execute();

const held = ({ id, updated_at }: Pick<ArrivalRecord, 'id' | 'updated_at'>): TidegateError =>
  new TidegateError('ARRIVAL_WAITS', 'another process works on an earlier file of this feed', {
    subject: `arrival ${id}`,
    fix: `A later poll goes on with that file, or with the next one; \`tidegate show ${id}\` says how far it is.`,
    retry: 'later',
    since: updated_at,
  });

async function lease(db: Db, claim: Claim, change: { owner?: string; lease_until: number }): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await hold(trx, claim);
    await trx.updateTable('arrivals').set(change).where('id', '=', claim.id).execute();
  });
}

/** By `partner/feed`. */
async function countByState(db: Db): Promise<Record<string, Partial<Record<ArrivalState, number>>>> {
  const found = await db
    .selectFrom('arrivals')
    .select(({ fn }) => ['partner', 'feed', 'state', fn.countAll().as('count')])
    .groupBy(['partner', 'feed', 'state'])
    .orderBy('partner')
    .orderBy('feed')
    .execute();
  const counts: Record<string, Partial<Record<ArrivalState, number>>> = {};
  for (const { partner, feed, state, count } of found) {
    counts[`${partner}/${feed}`] = { ...counts[`${partner}/${feed}`], [state]: Number(count) };
  }
  return counts;
}

const countsOf = (record: ArrivalRecord): Counts => ({
  rows: record.rows,
  pending: record.pending,
  accepted: record.accepted,
  rejected: record.rejected,
  duplicate: record.duplicate,
  parked: record.parked,
});

export function toArrival(record: ArrivalRecord): Arrival {
  return {
    id: record.id,
    partner: record.partner,
    feed: record.feed,
    folder: record.folder,
    name: record.name,
    size: record.size,
    modifiedAt: record.modified_at,
    state: record.state,
    round: record.round,
    token: record.token,
    sha256: record.sha256,
    repeatOf: record.repeat_of,
    corrects: record.corrects,
    problem: record.problem === null ? null : (JSON.parse(record.problem) as Problem),
    disposition: record.disposition,
    settleAs: record.settle_as,
    mapping: record.mapping,
    columns: JSON.parse(record.columns) as string[],
    keyColumns: JSON.parse(record.key_columns) as string[],
    ackColumns: JSON.parse(record.ack_columns) as string[],
    counts: countsOf(record),
    claimedAt: record.claimed_at,
    updatedAt: record.updated_at,
  };
}
