/** What the other side answers, taken in line by line: what was said first of a row stands. */
import { fencedIn, leaseOf, takeOver } from './leases.ts';
import type {
  Claim,
  DispatchLedger,
  Finding,
  FindingKind,
  NewReply,
  Owner,
  Problem,
  Reply,
  Said,
} from './port.ts';
import { prepared } from './prepared.ts';
import type { Db, ReplyRecord, Tx } from './schema.ts';

type Replies = Omit<
  DispatchLedger,
  | 'beginDispatch'
  | 'addSentRows'
  | 'dispatchNoted'
  | 'dispatchTold'
  | 'dispatch'
  | 'dispatches'
  | 'dispatchesNamed'
  | 'dispatchRows'
>;

const all = ['reading', 'read', 'refused'] as const;

export const repliesOf = (db: Db): Replies => ({
  beginReply: (reply, owner, now) => db.transaction().execute((trx) => begin(trx, reply, owner, now)),
  renewReply: (claim, owner, now) => change(db, claim, all, leaseOf(owner, now)).then(() => undefined),
  releaseReply: (claim) => change(db, claim, all, { lease_until: 0 }).then(() => undefined),

  replyFetched: (claim, sha256) =>
    fencedIn(db, 'replies', claim, ['reading'], async (trx) => {
      const known = await record(trx, claim.id);
      if (known.sha256 === sha256) return toReply(known);
      return toReply(await update(trx, claim.id, { sha256, read_to: 0 }));
    }),

  takeSaid: (claim, candidates, said, now) =>
    fencedIn(db, 'replies', claim, ['reading'], async (trx) => {
      const touched = new Set<number>();
      for (const one of said) {
        const outbound = await takeOne(trx, claim.id, candidates, one);
        if (outbound !== null) touched.add(outbound);
      }
      for (const outbound of touched) await count(trx, claim.id, outbound, now);
      const last = said.at(-1);
      if (last) await update(trx, claim.id, { read_to: last.line });
    }),

  replyRead: (claim, rows, now) => change(db, claim, ['reading'], { state: 'read', rows, ended_at: now }),
  replyRefused: (claim, problem, now) =>
    change(db, claim, ['reading'], { state: 'refused', problem: JSON.stringify(problem), ended_at: now }),

  replyTakenAway: async (reply, now) => {
    await db.updateTable('replies').set({ taken_away_at: now }).where('id', '=', reply).execute();
  },

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

  repliesToTakeAway: async (agreement) => {
    const found = await db
      .selectFrom('replies')
      .selectAll()
      .where('agreement', '=', agreement)
      .where('state', '=', 'read')
      .where('taken_away_at', 'is', null)
      .orderBy('id')
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
  const known = await trx
    .selectFrom('replies')
    .selectAll()
    .where('agreement', '=', reply.agreement)
    .where('folder', '=', reply.folder)
    .where('name', '=', reply.name)
    .where('size', '=', reply.size)
    .where('modified_at', '=', modifiedAt)
    .executeTakeFirstOrThrow();
  if (known.state !== 'reading') return null;
  await takeOver(trx, 'replies', known, owner, now);
  return toReply({ ...known, token: known.token + 1 });
}

interface FoundRow {
  outbound: number;
  line: number;
  state: 'awaited' | 'accepted' | 'rejected';
  their_id: string;
  spoken_by: number | null;
}

/** Gives the dispatch that it spoke of. */
async function takeOne(
  trx: Tx,
  reply: number,
  candidates: readonly number[],
  said: Said,
): Promise<number | null> {
  const rows = (await rowsNamed(trx, candidates, said.match)).filter((row) => row.spoken_by !== reply);
  const row = rows.find(({ state }) => state === 'awaited') ?? rows[0];
  if (!row) {
    await note(trx, 'unknown', reply, said, null);
    return null;
  }
  await speak(trx, { reply, outbound: row.outbound, line: row.line });
  if (said.verdict === 'unclear') await note(trx, 'unclear', reply, said, row.outbound);
  if (said.verdict === 'unclear' || said.verdict === 'pending') return row.outbound;
  if (row.state === 'awaited') await decide(trx, reply, row, said, said.verdict);
  else if (row.state !== said.verdict || differs(row.their_id, said.theirId))
    await note(trx, 'contradiction', reply, said, row.outbound);
  return row.outbound;
}

/** A reply that leaves the id out does not take it back. */
const differs = (before: string, now: string): boolean => before !== '' && now !== '' && before !== now;

async function rowsNamed(trx: Tx, candidates: readonly number[], match: string): Promise<FoundRow[]> {
  if (candidates.length === 0) return [];
  return await trx
    .selectFrom('dispatch_rows')
    .select(['outbound', 'line', 'state', 'their_id', 'spoken_by'])
    .where('outbound', 'in', candidates)
    .where('match', '=', match)
    .orderBy('outbound')
    .orderBy('line')
    .execute();
}

const speak = prepared<{ reply: number; outbound: number; line: number }>((db, slot) =>
  db
    .updateTable('dispatch_rows')
    .set({ spoken_by: slot('reply') })
    .where('outbound', '=', slot('outbound'))
    .where('line', '=', slot('line')),
);

async function decide(
  trx: Tx,
  reply: number,
  { outbound, line }: FoundRow,
  { theirId, reason, line: reply_line }: Said,
  state: 'accepted' | 'rejected',
): Promise<void> {
  await trx
    .updateTable('dispatch_rows')
    .set({ state, their_id: theirId, reason, reply, reply_line })
    .where('outbound', '=', outbound)
    .where('line', '=', line)
    .execute();
  await trx
    .updateTable('dispatches')
    .set((eb) =>
      state === 'accepted' ? { accepted: eb('accepted', '+', 1) } : { rejected: eb('rejected', '+', 1) },
    )
    .where('outbound', '=', outbound)
    .execute();
}

async function note(
  trx: Tx,
  kind: FindingKind,
  reply: number,
  { line, match, verdict, theirId, reason }: Said,
  outbound: number | null,
): Promise<void> {
  await trx
    .insertInto('findings')
    .values({ reply, line, kind, match, outbound, verdict, their_id: theirId, reason })
    .onConflict((conflict) => conflict.columns(['reply', 'line']).doNothing())
    .execute();
}

async function count(trx: Tx, reply: number, outbound: number, now: number): Promise<void> {
  const { numInsertedOrUpdatedRows: fresh } = await trx
    .insertInto('reply_dispatches')
    .values({ reply, outbound })
    .onConflict((conflict) => conflict.columns(['reply', 'outbound']).doNothing())
    .executeTakeFirstOrThrow();
  await trx
    .updateTable('dispatches')
    .set((eb) => ({ replies: eb('replies', '+', Number(fresh ?? 0n)) }))
    .where('outbound', '=', outbound)
    .execute();
  await trx
    .updateTable('dispatches')
    .set({ closed_at: now })
    .where('outbound', '=', outbound)
    .where('closed_at', 'is', null)
    .where((eb) => eb(eb('accepted', '+', eb.ref('rejected')), '=', eb.ref('dispatches.rows')))
    .execute();
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
