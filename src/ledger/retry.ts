/** Rejected and parked rows are taken up again, on purpose. Accepted ones and duplicates never are: nothing is done twice. */
import { TidegateError } from '../base/errors.ts';
import { move } from './move.ts';
import type { Arrival, Ledger, Reason, Selection } from './port.ts';
import { begun, demandSettled, keepOutcomes, note, taken, type WhichRows } from './rounds.ts';
import type { Db, Tx } from './schema.ts';
import { countRows } from './staging.ts';

type Range = NonNullable<Selection['lines']>[number];

const everyLine: Range = { from: 0, to: Number.MAX_SAFE_INTEGER };
/** Naming more lines than this in one sentence helps nobody. */
const maxNamedLines = 5;

export const retryOf = (db: Db): Pick<Ledger, 'retry'> => ({
  retry: (arrival, selection, reason, now) =>
    db.transaction().execute((trx) => retry(trx, arrival, selection, reason, now)),
});

async function retry(
  trx: Tx,
  id: number,
  { states, lines }: Selection,
  { by, because }: Reason,
  now: number,
): Promise<Arrival> {
  const arrival = await demandSettled(trx, id);
  const round = arrival.round + 1;
  for (const range of lines ?? []) await demandOpenRows(trx, id, range);
  let found = 0n;
  for (const range of lines ?? [everyLine]) found += await takeUp(trx, id, range, states, round);
  if (found === 0n) throw nothingOpen(id, states, lines !== null);
  await note(trx, id, { line: null, round, what: 'retry', by, because, at: now });
  return await move(trx, id, 'reopened', now, { ...begun(arrival), ...(await countRows(trx, id)) });
}

/** How many rows were taken up. */
async function takeUp(
  trx: Tx,
  arrival: number,
  { from, to }: Range,
  states: Selection['states'],
  round: number,
): Promise<bigint> {
  const chosen: WhichRows = (eb) =>
    eb.and([eb('rows.line', '>=', from), eb('rows.line', '<=', to), eb('rows.state', 'in', states)]);
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

async function demandOpenRows(trx: Tx, arrival: number, { from, to }: Range): Promise<void> {
  const inRange = trx
    .selectFrom('rows')
    .select(['line', 'state'])
    .where('arrival', '=', arrival)
    .where('line', '>=', from)
    .where('line', '<=', to)
    .orderBy('line');
  const named = from === to ? `line ${from}` : `lines ${from}-${to}`;
  if (!(await inRange.limit(1).executeTakeFirst())) {
    throw new TidegateError('NOT_FOUND', `the arrival has no row in ${named}`, {
      subject: `arrival ${arrival}`,
      fix: 'The header is line 1; the acknowledgement names the line of every row.',
    });
  }
  const closed = await inRange
    .where('state', 'not in', ['rejected', 'parked'])
    .limit(maxNamedLines)
    .execute();
  if (closed.length === 0) return;
  const said = closed.map(({ line, state }) => `line ${line} is ${state}`).join(', ');
  throw new TidegateError('NOT_OPEN', `what was done is not done again: ${said}`, {
    subject: `arrival ${arrival}`,
    expected: 'lines of rejected or parked rows',
    fix: 'Leave these lines out; `tidegate show ARRIVAL` lists the rows that were not accepted.',
  });
}

function nothingOpen(arrival: number, states: Selection['states'], amongLines: boolean): TidegateError {
  const where = amongLines ? ' in these lines' : '';
  return new TidegateError('NOT_OPEN', `there is no ${states.join(' or ')} row${where}`, {
    subject: `arrival ${arrival}`,
    fix: '`tidegate show ARRIVAL` lists the rows that were not accepted.',
  });
}
