/** The end of delivery: duplicates take over what became of the row they repeat, and the sum must close. */
import { sql } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import { fenced } from './fence.ts';
import { move } from './move.ts';
import type { ArrivalState, Counts, Ledger } from './port.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { countRows } from './staging.ts';

const done: readonly ArrivalState[] = ['delivered', 'acknowledged', 'settled'];

export const deliveredOf = (db: Db): Pick<Ledger, 'delivered'> => ({
  delivered: (claim, now) =>
    // A repeat is never staged: it has no rows of its own.
    fenced(db, claim, ['fetched', 'staged'], async (trx, arrival) => {
      const counts = await countRows(trx, claim.id);
      demandClosure(arrival, counts);
      if (counts.duplicate > 0) {
        await takeOverFromEarlierFiles(trx, claim.id);
        await takeOverWithinFile(trx, claim.id);
      }
      return await move(trx, claim.id, { state: 'delivered', updated_at: now, ...counts });
    }),
});

function demandClosure(arrival: ArrivalRecord, counts: Counts): void {
  const staged = arrival.state === 'staged' || arrival.repeat_of !== null;
  const closed = counts.accepted + counts.rejected + counts.duplicate + counts.parked;
  if (staged && counts.pending === 0 && closed === arrival.rows && closed === counts.rows) return;
  const { accepted, rejected, duplicate, parked, pending } = counts;
  throw new TidegateError(
    'LEDGER_FAILED',
    staged
      ? `the rows do not close: ${accepted} accepted + ${rejected} rejected + ${duplicate} duplicate + ${parked} parked of ${arrival.rows} rows, ${pending} pending`
      : 'the rows of the arrival were never staged',
    {
      subject: `arrival ${arrival.id}`,
      expected: 'an outcome for every row',
      fix: 'Deliver the pending rows first. If none is pending, keep the ledger file and report a bug.',
    },
  );
}

/** The result of the other row in words; one that is itself a duplicate has said so already. */
const resultOfOther = sql<string>`case when other.state = 'duplicate' then other.message when other.message = '' then other.state else other.state || ': ' || other.message end`;

async function takeOverFromEarlierFiles(trx: Tx, arrival: number): Promise<void> {
  await trx
    .updateTable('rows')
    .set({ message: 'the earlier row is still being worked on' })
    .where('arrival', '=', arrival)
    .where('state', '=', 'duplicate')
    .where('duplicate_arrival', '<>', arrival)
    .execute();
  await trx
    .updateTable('rows')
    .from('rows as other')
    .innerJoin('arrivals', 'arrivals.id', 'other.arrival')
    .set((eb) => ({ code: eb.ref('other.code'), message: resultOfOther, cells: eb.ref('other.cells') }))
    .where('rows.arrival', '=', arrival)
    .where('rows.state', '=', 'duplicate')
    .where('rows.duplicate_arrival', '<>', arrival)
    .whereRef('other.arrival', '=', 'rows.duplicate_arrival')
    .whereRef('other.line', '=', 'rows.duplicate_line')
    .where('other.state', '<>', 'pending')
    .where('arrivals.state', 'in', done)
    .execute();
}

async function takeOverWithinFile(trx: Tx, arrival: number): Promise<void> {
  await trx
    .updateTable('rows')
    .from('rows as other')
    .set((eb) => ({ code: eb.ref('other.code'), message: resultOfOther, cells: eb.ref('other.cells') }))
    .where('rows.arrival', '=', arrival)
    .where('rows.state', '=', 'duplicate')
    .where('rows.duplicate_arrival', '=', arrival)
    .where('other.arrival', '=', arrival)
    .whereRef('other.line', '=', 'rows.duplicate_line')
    .execute();
}
