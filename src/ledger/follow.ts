/**
 * Repeats follow the row they repeat. While delivery ends they take over its outcome; where that was `parked`, they follow once more when it has got another one, in a
 * round of their own arrival. An arrival that is in work at that moment is left alone: it catches up when it is delivered or settled, so nobody waits.
 */
import { sql } from 'kysely';
import { move } from './move.ts';
import type { Arrival, RowState } from './port.ts';
import { begun, keepOutcomes, lock, note, taken, type WhichRows } from './rounds.ts';
import type { Tx } from './schema.ts';
import { countRows } from './staging.ts';

/** Unsettled repeats of rows that have an outcome, in the state and words of that: what repeats an accepted row is a duplicate. */
export async function takeOver(trx: Tx, arrival: number, now: number): Promise<void> {
  await takeOverFrom(trx, arrival, '<>', now);
  // These may repeat one that has just taken over.
  await takeOverFrom(trx, arrival, '=', now);
}

/** @param from `=` for rows that repeat one of the same arrival, `<>` for those that repeat one of another */
async function takeOverFrom(trx: Tx, arrival: number, from: '=' | '<>', now: number): Promise<void> {
  await trx
    .updateTable('rows')
    .from('rows as other')
    .set((eb) => ({
      state: sql<RowState>`case other.state when 'accepted' then 'duplicate' else other.state end`,
      code: eb.ref('other.code'),
      message: eb.ref('other.message'),
      cells: eb.ref('other.cells'),
      violations: eb.ref('other.violations'),
      settled_at: now,
    }))
    .where('rows.arrival', '=', arrival)
    .where('rows.state', '=', 'duplicate')
    .where('rows.settled_at', 'is', null)
    .where('rows.duplicate_arrival', from, arrival)
    .whereRef('other.arrival', '=', 'rows.duplicate_arrival')
    .whereRef('other.line', '=', 'rows.duplicate_line')
    .execute();
}

/** Parked rows that repeat one whose outcome is another by now. As a literal, or the index of parked rows is not used. */
const behind: WhichRows = (eb) =>
  eb.and([
    eb('rows.state', '=', sql.lit('parked')),
    eb('rows.duplicate_arrival', 'is not', null),
    eb.exists(
      eb
        .selectFrom('rows as other')
        .select('other.line')
        .whereRef('other.arrival', '=', 'rows.duplicate_arrival')
        .whereRef('other.line', '=', 'rows.duplicate_line')
        .where('other.state', '<>', 'parked')
        .where('other.settled_at', 'is not', null),
    ),
  ]);

const isBehind = async (trx: Tx, arrival: number): Promise<boolean> =>
  (await trx
    .selectFrom('rows')
    .select('line')
    .where('arrival', '=', arrival)
    .where(behind)
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** Within one arrival, in a round that has begun. */
export async function followHere(trx: Tx, arrival: number, round: number, now: number): Promise<void> {
  // Once more as long as anything follows: a row may repeat one that has just followed itself.
  while (await isBehind(trx, arrival)) {
    // Those that the round has already taken up have their earlier outcome on record.
    await keepOutcomes(trx, arrival, (eb) => eb.and([behind(eb), eb('rows.round', '<', round)]));
    await trx
      .updateTable('rows')
      .set({ ...taken(round), state: 'duplicate' })
      .where('arrival', '=', arrival)
      .where(behind)
      .execute();
    await takeOver(trx, arrival, now);
  }
}

/** Begins a round in every settled arrival with rows that repeat one of this arrival. */
export async function reopenFollowers(trx: Tx, arrival: number, now: number): Promise<void> {
  const followers = await trx
    .selectFrom('rows')
    .select('arrival')
    .distinct()
    .where('duplicate_arrival', '=', arrival)
    .where('arrival', '<>', arrival)
    .where(behind)
    .orderBy('arrival')
    .execute();
  for (const follower of followers) {
    const locked = await lock(trx, follower.arrival);
    if (locked?.state !== 'settled') continue;
    await beginFollowing(trx, locked.id, locked.round + 1, now, begun(locked));
  }
}

/** When an arrival has just been settled: what it repeats may have been decided about while it was in work. Its owner goes on with it. */
export async function catchUp(trx: Tx, settled: Arrival, now: number): Promise<Arrival> {
  if (!(await isBehind(trx, settled.id))) return settled;
  const round = settled.round + 1;
  return await beginFollowing(trx, settled.id, round, now, { round });
}

async function beginFollowing(
  trx: Tx,
  arrival: number,
  round: number,
  now: number,
  change: ReturnType<typeof begun>,
): Promise<Arrival> {
  const repeated = await repeatedArrivals(trx, arrival);
  await followHere(trx, arrival, round, now);
  const because = `rows repeat some of arrival ${repeated.join(', ')}, which got another outcome`;
  await note(trx, arrival, { line: null, round, what: 'follows', by: 'tidegate', because, at: now });
  const moved = await move(trx, arrival, 'delivered', now, { ...change, ...(await countRows(trx, arrival)) });
  await reopenFollowers(trx, arrival, now);
  return moved;
}

async function repeatedArrivals(trx: Tx, arrival: number): Promise<(number | null)[]> {
  const found = await trx
    .selectFrom('rows')
    .select('duplicate_arrival')
    .distinct()
    .where('arrival', '=', arrival)
    .where(behind)
    .orderBy('duplicate_arrival')
    .execute();
  return found.map(({ duplicate_arrival }) => duplicate_arrival);
}
