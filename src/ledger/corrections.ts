/**
 * A file that corrects an earlier one of its name repeats most of it. Rows with a reference are recognised by that, in whatever file they come; the others (updates, say)
 * are compared here with those that stand in the latest earlier file of the name that has any of their operation and order key. What was rejected there
 * does not stand.
 */
import { type ExpressionBuilder, sql } from 'kysely';
import { rowCodes } from '../base/row-codes.ts';
import type { Violation } from '../mapping/types.ts';
import type { ChangedRows } from './port.ts';
import { refuse } from './refuse.ts';
import type { ArrivalRecord, Tables, Tx } from './schema.ts';

/** Refused rows are put in words so many at a time. */
const wordsPage = 500;

export async function compareWithCorrected(
  trx: Tx,
  arrival: ArrivalRecord,
  changed: ChangedRows,
): Promise<void> {
  if (arrival.corrects === null) return;
  await markUnchanged(trx, arrival);
  if (changed === 'send') return;
  await markChanged(trx, arrival);
  await sayChanged(trx, arrival);
}

/** Rows of the earlier files of this name; `nth` counts those that ask for the same in one file. */
const earlierRows = (trx: Tx, { id, partner, feed, name }: ArrivalRecord) =>
  trx
    .selectFrom('rows')
    .innerJoin('arrivals', 'arrivals.id', 'rows.arrival')
    .select(['rows.arrival', 'rows.line', 'rows.operation', 'rows.order_key', 'rows.payload'])
    .select([
      sql<number>`row_number() over (
        partition by rows.arrival, rows.operation, rows.order_key, rows.payload order by rows.line)`.as(
        'nth',
      ),
      sql<number>`max(rows.arrival) over (partition by rows.operation, rows.order_key)`.as('latest'),
    ])
    .where('arrivals.partner', '=', partner)
    .where('arrivals.feed', '=', feed)
    .where('arrivals.name', '=', name)
    .where('arrivals.id', '<', id)
    .where('rows.reference', 'is', null)
    .where('rows.state', '<>', 'rejected');

/** Rows of this file; those that have found their counterpart before come first, so that they keep it. */
const rowsHere = (trx: Tx, { id }: ArrivalRecord) =>
  trx
    .selectFrom('rows')
    .select(['rows.arrival', 'rows.line', 'rows.state', 'rows.operation', 'rows.order_key', 'rows.payload'])
    .select(
      sql<number>`row_number() over (
        partition by rows.operation, rows.order_key, rows.payload
        order by case rows.state when 'pending' then 1 else 0 end, rows.line)`.as('nth'),
    )
    .where('rows.arrival', '=', id)
    .where('rows.reference', 'is', null)
    .where('rows.state', '<>', 'rejected');

/** What stands in the earlier file, each with the row of this file that asks for the same, or none. */
const compared = (trx: Tx, arrival: ArrivalRecord) =>
  trx
    .with('earlier', () => earlierRows(trx, arrival))
    .with('here', () => rowsHere(trx, arrival))
    .with('standing', (cte) =>
      cte
        .selectFrom('earlier')
        .leftJoin('here', (join) =>
          join
            .onRef('here.operation', '=', 'earlier.operation')
            .onRef('here.order_key', '=', 'earlier.order_key')
            .onRef('here.payload', '=', 'earlier.payload')
            .onRef('here.nth', '=', 'earlier.nth'),
        )
        .select(['earlier.arrival', 'earlier.line', 'earlier.operation', 'earlier.order_key'])
        .select('here.line as here')
        .whereRef('earlier.arrival', '=', 'earlier.latest'),
    );

async function markUnchanged(trx: Tx, arrival: ArrivalRecord): Promise<void> {
  await compared(trx, arrival)
    .updateTable('rows')
    .from('standing')
    .set((eb) => ({
      state: 'duplicate',
      duplicate_arrival: eb.ref('standing.arrival'),
      duplicate_line: eb.ref('standing.line'),
    }))
    .where('rows.arrival', '=', arrival.id)
    .where('rows.state', '=', 'pending')
    .where(withoutDoubt)
    .whereRef('rows.line', '=', 'standing.here')
    .execute();
}

/** What is left here, where something is left there too. Until it is put in words, the row points at the first of that. */
async function markChanged(trx: Tx, arrival: ArrivalRecord): Promise<void> {
  await compared(trx, arrival)
    .with('unmatched', (cte) =>
      cte
        .selectFrom('standing')
        .select(['operation', 'order_key', 'arrival'])
        .select(({ fn }) => fn.min('line').as('line'))
        .where('here', 'is', null)
        .groupBy(['operation', 'order_key', 'arrival']),
    )
    .updateTable('rows')
    .from('unmatched')
    .set((eb) => ({
      state: 'rejected',
      code: rowCodes.changed,
      duplicate_arrival: eb.ref('unmatched.arrival'),
      duplicate_line: eb.ref('unmatched.line'),
    }))
    .where('rows.arrival', '=', arrival.id)
    .where('rows.state', '=', 'pending')
    .where('rows.reference', 'is', null)
    .where(withoutDoubt)
    .whereRef('rows.operation', '=', 'unmatched.operation')
    .whereRef('rows.order_key', '=', 'unmatched.order_key')
    .execute();
}

/** Whether a call of the row had its effect must be found out first, whatever stands in other files by now. */
export const withoutDoubt = (eb: ExpressionBuilder<Tables, 'rows'>) =>
  eb.not(
    eb.exists(
      eb
        .selectFrom('attempts')
        .select('attempts.id')
        .whereRef('attempts.arrival', '=', 'rows.arrival')
        .whereRef('attempts.line', '=', 'rows.line')
        .where('attempts.purpose', '=', 'write')
        .where((or) => or.or([or('attempts.outcome', 'is', null), or('attempts.outcome', '=', 'in-doubt')]))
        .whereRef('attempts.id', '>', sql<number>`coalesce(${sql.ref('rows.overruled')}, 0)`),
    ),
  );

async function sayChanged(trx: Tx, { id, name }: ArrivalRecord): Promise<void> {
  const unsaid = trx
    .selectFrom('rows')
    .select(['line', 'duplicate_line'])
    .where('arrival', '=', id)
    .where('state', '=', 'rejected')
    .where('code', '=', rowCodes.changed)
    .where('duplicate_line', 'is not', null)
    .where('settled_at', 'is', null)
    .orderBy('line')
    .limit(wordsPage);
  for (let page = await unsaid.execute(); page.length > 0; page = await unsaid.execute()) {
    for (const { line, duplicate_line } of page)
      await refuse(trx, id, line, rowCodes.changed, changedViolation(name, duplicate_line ?? 0));
    const last = page.at(-1)?.line ?? 0;
    await trx
      .updateTable('rows')
      .set({ duplicate_arrival: null, duplicate_line: null })
      .where('arrival', '=', id)
      .where('code', '=', rowCodes.changed)
      .where('settled_at', 'is', null)
      .where('line', '<=', last)
      .execute();
  }
}

export const changedViolation = (name: string, line: number): Violation => ({
  column: '',
  rule: `a corrected file must not change what was worked off; line ${line} of the earlier ${name} asked for something else for the same contract`,
  value: '',
  fix: 'Leave the line as it was, and send the change in a file with another name.',
});
