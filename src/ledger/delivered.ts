/**
 * The end of delivery: the sum must close, and a duplicate takes over what became of the row it repeats. A duplicate of a rejected row is rejected, one of a
 * parked row parked, so that it is answered, counted and given back like that row; `duplicate` remains what repeats an accepted one.
 */
import { TidegateError } from '../base/errors.ts';
import { fenced } from './fence.ts';
import { settleLines } from './file-lines.ts';
import { followHere, reopenFollowers, takeOver } from './follow.ts';
import { move } from './move.ts';
import type { Counts, Ledger } from './port.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { countRows } from './staging.ts';

export const deliveredOf = (db: Db): Pick<Ledger, 'delivered'> => ({
  delivered: (claim, now) =>
    // A repeat is never staged: it has no rows of its own.
    fenced(db, claim, ['fetched', 'staged'], async (trx, arrival) => {
      const counts = await countRows(trx, claim.id);
      demandClosure(arrival, counts);
      await settleLines(trx, claim.id, now);
      if (counts.duplicate > 0) {
        await demandOutcomesElsewhere(trx, arrival);
        await takeOver(trx, claim.id, now);
      }
      if (arrival.round > 0) await followHere(trx, claim.id, arrival.round, now);
      const delivered = await move(trx, claim.id, 'delivered', now, await countRows(trx, claim.id));
      if (arrival.round > 0) await reopenFollowers(trx, claim.id, now);
      return delivered;
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

/** Another feed of the partner may be working on the repeated row at this moment. */
async function demandOutcomesElsewhere(trx: Tx, arrival: ArrivalRecord): Promise<void> {
  const pending = await trx
    .selectFrom('rows')
    .innerJoin('rows as other', (join) =>
      join
        .onRef('other.arrival', '=', 'rows.duplicate_arrival')
        .onRef('other.line', '=', 'rows.duplicate_line'),
    )
    .select('other.arrival')
    .where('rows.arrival', '=', arrival.id)
    .where('rows.state', '=', 'duplicate')
    .where('rows.settled_at', 'is', null)
    .where('rows.duplicate_arrival', '<>', arrival.id)
    .where('other.settled_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (!pending) return;
  throw new TidegateError('ARRIVAL_WAITS', 'a row repeats one of another file that has no outcome yet', {
    subject: `arrival ${pending.arrival}`,
    fix: `It goes on by itself when that one is delivered; \`tidegate show ${pending.arrival}\` says why it is not.`,
    retry: 'later',
    since: arrival.updated_at,
  });
}
