/** Files that the other side answers with: each is read by one owner at a time, and once. */
import { sql } from 'kysely';
import { fencedIn, leaseOf, takeOver } from './leases.ts';
import type { Claim, Finding, NewReply, Owner, Problem, Reply, ReplyLedger } from './port.ts';
import type { Db, ReplyRecord, Tx } from './schema.ts';
import { takeSaid } from './take-said.ts';

const all = ['reading', 'read', 'refused'] as const;

export const repliesOf = (db: Db): ReplyLedger => ({
  beginReply: async (reply, owner, now) => {
    // Files that are left where they are come here again with every look, and must not wait for the right to write.
    const known = await sighted(db, reply);
    if (known && known.state !== 'reading') return null;
    return db.transaction().execute((trx) => begin(trx, reply, owner, now));
  },
  renewReply: (claim, owner, now) => change(db, claim, all, leaseOf(owner, now)).then(() => undefined),
  releaseReply: (claim) => change(db, claim, all, { lease_until: 0 }).then(() => undefined),

  replyFetched: (claim, sha256) =>
    fencedIn(db, 'replies', claim, ['reading'], async (trx) => {
      const known = await record(trx, claim.id);
      if (known.sha256 === sha256) return toReply(known);
      if (known.sha256 !== null) await forget(trx, claim.id);
      return toReply(await update(trx, claim.id, { sha256, read_to: 0 }));
    }),

  takeSaid: (claim, candidates, said, now) =>
    fencedIn(db, 'replies', claim, ['reading'], async (trx) => {
      await takeSaid(trx, claim.id, candidates, said, now);
      const last = said.at(-1);
      if (last) await update(trx, claim.id, { read_to: last.line });
    }),

  replyRead: (claim, rows, now) => change(db, claim, ['reading'], { state: 'read', rows, ended_at: now }),
  replyRefused: (claim, problem, now) =>
    change(db, claim, ['reading'], { state: 'refused', problem: JSON.stringify(problem), ended_at: now }),

  claimReply: (reply, owner, now) =>
    db.transaction().execute(async (trx) => {
      const known = await record(trx, reply);
      if (known.taken_away_at !== null) return null;
      await takeOver(trx, 'replies', known, owner, now);
      return toReply({ ...known, token: known.token + 1 });
    }),
  replyTakenAway: (claim, now) => change(db, claim, ['read'], { taken_away_at: now }).then(() => undefined),

  replies: async (of, limit) => {
    const found = await db
      .selectFrom('replies')
      .selectAll()
      .$if('agreement' in of, (query) => query.where('agreement', '=', 'agreement' in of ? of.agreement : ''))
      .$if('outbound' in of, (query) =>
        query.where('id', 'in', (eb) =>
          eb
            .selectFrom('reply_dispatches')
            .select('reply')
            .where('outbound', '=', 'outbound' in of ? of.outbound : 0),
        ),
      )
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return found.map(toReply);
  },

  repliesToTakeAway: async (agreement, after, limit) => {
    const found = await db
      .selectFrom('replies')
      .selectAll()
      .where('agreement', '=', agreement)
      .where('id', '>', after)
      // As the index has it.
      .where(sql<boolean>`state = 'read' and taken_away_at is null`)
      .orderBy('id')
      .limit(limit)
      .execute();
    return found.map(toReply);
  },

  findings: async (of, limit) => {
    const found = await db
      .selectFrom('findings')
      .selectAll()
      .$if('reply' in of, (query) => query.where('reply', '=', 'reply' in of ? of.reply : 0))
      .$if('outbound' in of, (query) => query.where('outbound', '=', 'outbound' in of ? of.outbound : 0))
      .orderBy('reply')
      .orderBy('line')
      .limit(limit)
      .execute();
    return found.map(({ their_id, ...finding }): Finding => ({ ...finding, theirId: their_id }));
  },
});

async function begin(trx: Tx, reply: NewReply, owner: Owner, now: number): Promise<Reply | null> {
  const { modifiedAt, ...named } = reply;
  const made = await trx
    .insertInto('replies')
    .values({
      ...{ ...named, modified_at: modifiedAt, state: 'reading', rows: 0, read_to: 0, token: 1 },
      ...{ ...leaseOf(owner, now), found_at: now },
    })
    .onConflict((conflict) =>
      conflict.columns(['agreement', 'folder', 'name', 'size', 'modified_at']).doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
  if (made) return toReply(made);
  const known = await sighted(trx, reply);
  if (known?.state !== 'reading') return null;
  await takeOver(trx, 'replies', known, owner, now);
  return toReply({ ...known, token: known.token + 1 });
}

const sighted = (
  db: Db,
  { agreement, folder, name, size, modifiedAt }: NewReply,
): Promise<ReplyRecord | undefined> =>
  db
    .selectFrom('replies')
    .selectAll()
    .where('agreement', '=', agreement)
    .where('folder', '=', folder)
    .where('name', '=', name)
    .where('size', '=', size)
    .where('modified_at', '=', modifiedAt)
    .executeTakeFirst();

/** The bytes are others than those that were begun. What was decided stands; the lines come anew. */
async function forget(trx: Tx, reply: number): Promise<void> {
  await trx
    .updateTable('dispatch_rows')
    .set({ spoken_by: null })
    .where('spoken_by', '=', reply)
    .where('outbound', 'in', (eb) =>
      eb.selectFrom('reply_dispatches').select('outbound').where('reply', '=', reply),
    )
    .execute();
  await trx.deleteFrom('findings').where('reply', '=', reply).execute();
}

const record = (trx: Tx, id: number): Promise<ReplyRecord> =>
  trx.selectFrom('replies').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const update = (trx: Tx, id: number, set: Partial<ReplyRecord>): Promise<ReplyRecord> =>
  trx.updateTable('replies').set(set).where('id', '=', id).returningAll().executeTakeFirstOrThrow();

const change = (
  db: Db,
  claim: Claim,
  states: readonly Reply['state'][],
  set: Partial<ReplyRecord>,
): Promise<Reply> =>
  fencedIn(db, 'replies', claim, states, async (trx) => toReply(await update(trx, claim.id, set)));

function toReply(found: ReplyRecord): Reply {
  const { id, token, agreement, partner, folder, name, size, state, sha256, rows } = found;
  return {
    ...{ id, token, agreement, partner, folder, name, size, state, sha256, rows },
    modifiedAt: found.modified_at,
    readTo: found.read_to,
    problem: found.problem === null ? null : (JSON.parse(found.problem) as Problem),
    foundAt: found.found_at,
    endedAt: found.ended_at,
    takenAwayAt: found.taken_away_at,
  };
}
