/** What a reply says is taken into the rows that were sent: what was said first of a row stands. */
import type { FindingKind, Said } from './port.ts';
import { prepared } from './prepared.ts';
import type { DispatchRowsTable, Tx } from './schema.ts';

type FoundRow = Pick<DispatchRowsTable, 'outbound' | 'line' | 'match' | 'state' | 'their_id' | 'spoken_by'>;

interface Decided {
  accepted: number;
  rejected: number;
}

/** Few enough parameters for every database. */
const NAMES_PER_QUERY = 500;

/** @param candidates dispatches that the reply may speak of */
export async function takeSaid(
  trx: Tx,
  reply: number,
  candidates: readonly number[],
  said: readonly Said[],
  now: number,
): Promise<void> {
  const named = await rowsNamed(trx, candidates, said);
  const spokenOf = new Map<number, Decided>();
  for (const one of said) {
    const row = rowFor(named.get(one.match) ?? [], reply);
    if (!row) {
      await note(trx, 'unknown', reply, one, null);
      continue;
    }
    const decided = spokenOf.get(row.outbound) ?? { accepted: 0, rejected: 0 };
    spokenOf.set(row.outbound, decided);
    row.spoken_by = reply;
    const verdict = await takeOne(trx, reply, row, one);
    if (verdict) decided[verdict] += 1;
  }
  for (const [outbound, decided] of spokenOf) await count(trx, reply, outbound, decided, now);
}

async function rowsNamed(
  trx: Tx,
  candidates: readonly number[],
  said: readonly Said[],
): Promise<Map<string, FoundRow[]>> {
  if (candidates.length === 0) return new Map();
  const names = [...new Set(said.map(({ match }) => match))];
  const among = new Set(candidates);
  const [first, last] = [Math.min(...candidates), Math.max(...candidates)];
  const found: FoundRow[] = [];
  for (let from = 0; from < names.length; from += NAMES_PER_QUERY) {
    const rows = await trx
      .selectFrom('dispatch_rows')
      .select(['outbound', 'line', 'match', 'state', 'their_id', 'spoken_by'])
      .where('match', 'in', names.slice(from, from + NAMES_PER_QUERY))
      // A span rather than a list: one step in the index for each name, not one for each candidate.
      .where('outbound', '>=', first)
      .where('outbound', '<=', last)
      .orderBy('match')
      .orderBy('outbound')
      .orderBy('line')
      .execute();
    for (const row of rows) if (among.has(row.outbound)) found.push(row);
  }
  return Map.groupBy(found, ({ match }) => match);
}

/** Rows of one name get their words in turn. */
function rowFor(named: readonly FoundRow[], reply: number): FoundRow | undefined {
  const unspoken = named.filter((row) => row.spoken_by !== reply);
  return unspoken.find(isAwaited) ?? unspoken[0] ?? named.find(isAwaited) ?? named.at(-1);
}

const isAwaited = ({ state }: FoundRow): boolean => state === 'awaited';

/** Gives what the row ends as by this; `null` when it is open still, or has ended before. */
async function takeOne(
  trx: Tx,
  reply: number,
  row: FoundRow,
  said: Said,
): Promise<'accepted' | 'rejected' | null> {
  const { outbound, line } = row;
  const { verdict } = said;
  if (verdict === 'accepted' || verdict === 'rejected') {
    if (isAwaited(row) && (await decide(trx, reply, row, said, verdict))) return verdict;
    // Another reply may have been quicker, on a database where transactions run side by side.
    if (isAwaited(row)) Object.assign(row, await outcomeOf(trx, row));
    if (row.state !== verdict || differs(row.their_id, said.theirId))
      await note(trx, 'contradiction', reply, said, outbound);
  } else if (verdict === 'unclear') {
    await note(trx, 'unclear', reply, said, outbound);
  }
  await speak(trx, { reply, outbound, line });
  return null;
}

/** A reply that leaves the id out does not take it back. */
const differs = (before: string, now: string): boolean => before !== '' && now !== '' && before !== now;

/** Whether it was still awaited. */
async function decide(
  trx: Tx,
  reply: number,
  row: FoundRow,
  { theirId, reason, line: reply_line }: Said,
  state: 'accepted' | 'rejected',
): Promise<boolean> {
  const { outbound, line } = row;
  const { numAffectedRows } = await settle(trx, {
    ...{ state, their_id: theirId, reason, reply, reply_line, spoken_by: reply },
    ...{ outbound, line },
  });
  if (numAffectedRows === 0n) return false;
  Object.assign(row, { state, their_id: theirId });
  return true;
}

const settle = prepared<{
  state: 'accepted' | 'rejected';
  their_id: string;
  reason: string;
  reply: number;
  reply_line: number;
  spoken_by: number;
  outbound: number;
  line: number;
}>((db, slot) =>
  db
    .updateTable('dispatch_rows')
    .set({
      ...{ state: slot('state'), their_id: slot('their_id'), reason: slot('reason') },
      ...{ reply: slot('reply'), reply_line: slot('reply_line'), spoken_by: slot('spoken_by') },
    })
    .where('outbound', '=', slot('outbound'))
    .where('line', '=', slot('line'))
    .where('state', '=', 'awaited'),
);

const speak = prepared<{ reply: number; outbound: number; line: number }>((db, slot) =>
  db
    .updateTable('dispatch_rows')
    .set({ spoken_by: slot('reply') })
    .where('outbound', '=', slot('outbound'))
    .where('line', '=', slot('line')),
);

const outcomeOf = (trx: Tx, { outbound, line }: FoundRow): Promise<Pick<FoundRow, 'state' | 'their_id'>> =>
  trx
    .selectFrom('dispatch_rows')
    .select(['state', 'their_id'])
    .where('outbound', '=', outbound)
    .where('line', '=', line)
    .executeTakeFirstOrThrow();

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

async function count(
  trx: Tx,
  reply: number,
  outbound: number,
  { accepted, rejected }: Decided,
  now: number,
): Promise<void> {
  const { numInsertedOrUpdatedRows: fresh } = await trx
    .insertInto('reply_dispatches')
    .values({ reply, outbound })
    .onConflict((conflict) => conflict.columns(['reply', 'outbound']).doNothing())
    .executeTakeFirstOrThrow();
  await trx
    .updateTable('dispatches')
    .set((eb) => ({
      replies: eb('replies', '+', Number(fresh ?? 0n)),
      accepted: eb('accepted', '+', accepted),
      rejected: eb('rejected', '+', rejected),
    }))
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
