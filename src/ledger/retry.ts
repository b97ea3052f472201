/** Rejected and parked rows are taken up again, on purpose. Accepted ones and duplicates never are: nothing is done twice. */
import { TidegateError } from '../base/errors.ts';
import { move } from './move.ts';
import type { Arrival, Ledger, LineRange, Reason, Selection } from './port.ts';
import {
  demandLines,
  inLines,
  keepOutcomes,
  maxNamedLines,
  note,
  openRound,
  taken,
  type WhichRows,
} from './rounds.ts';
import type { Db, Tx } from './schema.ts';
import { countRows } from './staging.ts';

export const retryOf = (db: Db): Pick<Ledger, 'retry'> => ({
  retry: (arrival, selection, reason, now) =>
    db.transaction().execute((trx) => retry(trx, arrival, selection, reason, now)),
});

async function retry(
  trx: Tx,
  id: number,
  selection: Selection,
  { by, because }: Reason,
  now: number,
): Promise<Arrival> {
  const { round, change } = await openRound(trx, id, ['reopened', 'delivered']);
  const { lines } = selection;
  if (lines) {
    await demandLines(trx, id, lines);
    await demandOpenRows(trx, id, lines, round);
  }
  if ((await takeUp(trx, id, selection, round)) === 0n) throw nothingOpen(id, selection);
  await note(trx, id, { line: null, round, what: 'retry', by, because, at: now });
  return await move(trx, id, 'reopened', now, { ...change, ...(await countRows(trx, id)) });
}

/** How many rows were taken up. */
async function takeUp(
  trx: Tx,
  arrival: number,
  { states, lines }: Selection,
  round: number,
): Promise<bigint> {
  const chosen: WhichRows = (eb) =>
    eb.and([
      ...(lines ? [inLines(lines)(eb)] : []),
      eb('rows.state', 'in', states),
      // What the round has taken up already is answered first.
      eb('rows.round', '<', round),
    ]);
  await keepOutcomes(trx, arrival, chosen);
  await forgetPlans(trx, arrival, chosen);
  const rows = trx.updateTable('rows').where('arrival', '=', arrival).where(chosen);
  // A parked row that repeats another was never sent itself: it waits for that one, also when only it was named.
  const repeats = await rows
    .set({ ...taken(round), state: 'duplicate' })
    .where('state', '=', 'parked')
    .where('duplicate_arrival', 'is not', null)
    .executeTakeFirst();
  const open = await rows
    .set({ ...taken(round), state: 'pending', duplicate_arrival: null, duplicate_line: null })
    .executeTakeFirst();
  return repeats.numUpdatedRows + open.numUpdatedRows;
}

/** A rejected row asks for nothing until it is mapped anew; a parked one has asked already, and goes on asking for the same. */
async function forgetPlans(trx: Tx, arrival: number, chosen: WhichRows): Promise<void> {
  await trx
    .updateTable('contents')
    .set({ plan: null })
    .where('arrival', '=', arrival)
    .where('line', 'in', (eb) =>
      eb
        .selectFrom('rows')
        .select('line')
        .where('arrival', '=', arrival)
        .where('state', '=', 'rejected')
        .where(chosen),
    )
    .execute();
}

async function demandOpenRows(
  trx: Tx,
  arrival: number,
  lines: readonly LineRange[],
  round: number,
): Promise<void> {
  const closed = await trx
    .selectFrom('rows')
    .select(['line', 'state', 'round'])
    .where('arrival', '=', arrival)
    .where(inLines(lines))
    .where((eb) => eb.or([eb('state', 'not in', ['rejected', 'parked']), eb('round', '=', round)]))
    .orderBy('line')
    .limit(maxNamedLines)
    .execute();
  if (closed.length === 0) return;
  const said = closed.map(({ line, state }) => `line ${line} is ${state}`).join(', ');
  const problem = closed.every((row) => row.round === round)
    ? `round ${round} has taken it up already`
    : 'what was done is not done again';
  throw new TidegateError('NOT_OPEN', `${problem}: ${said}`, {
    subject: `arrival ${arrival}`,
    expected: 'lines of rejected or parked rows',
    fix: 'Leave these lines out; `tidegate show ARRIVAL` lists the rows that were not accepted.',
  });
}

function nothingOpen(arrival: number, { states, lines }: Selection): TidegateError {
  const where = lines ? ' in these lines' : '';
  return new TidegateError('NOT_OPEN', `there is no ${states.join(' or ')} row${where} to take up`, {
    subject: `arrival ${arrival}`,
    fix: '`tidegate show ARRIVAL` lists the rows that were not accepted.',
  });
}
