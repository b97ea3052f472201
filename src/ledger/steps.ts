/** The steps of an arrival that concern the file as a whole. `staged` and `delivered`, which concern its rows, have files of their own. */
import { TidegateError } from '../base/errors.ts';
import { fenced } from './fence.ts';
import { catchUp } from './follow.ts';
import { move } from './move.ts';
import type { Ledger } from './port.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { forgetRows } from './staging.ts';

export const stepsOf = (
  db: Db,
): Pick<Ledger, 'fetched' | 'withdrawn' | 'quarantined' | 'acknowledged' | 'settled'> => ({
  fetched: (claim, { bytes, sha256 }, now) =>
    fenced(db, claim, ['claimed', 'fetched'], async (trx, arrival) => {
      const repeat_of = await firstWithSameBytes(trx, arrival, sha256);
      const corrects = repeat_of === null ? await latestOfName(trx, arrival) : null;
      return await move(trx, claim.id, 'fetched', now, { size: bytes, sha256, repeat_of, corrects });
    }),

  withdrawn: (claim, why, now) =>
    fenced(db, claim, ['claimed', 'fetched'], async (trx) => {
      await forgetRows(trx, claim.id);
      return await move(trx, claim.id, 'withdrawn', now, { withdrawn_because: why });
    }),

  quarantined: (claim, problem, { keyColumns, ackColumns }, now) =>
    fenced(db, claim, ['claimed', 'fetched'], async (trx) => {
      await forgetRows(trx, claim.id);
      return await move(trx, claim.id, 'delivered', now, {
        problem: JSON.stringify(problem),
        key_columns: JSON.stringify(keyColumns),
        ack_columns: JSON.stringify(ackColumns),
      });
    }),

  acknowledged: (claim, disposition, settleAs, now) =>
    fenced(db, claim, ['delivered', 'acknowledged'], async (trx) => {
      await demandAnswersWritten(trx, claim.id);
      return await move(trx, claim.id, 'acknowledged', now, { disposition, settle_as: settleAs });
    }),

  settled: (claim, now) =>
    fenced(db, claim, ['acknowledged'], async (trx) =>
      catchUp(trx, await move(trx, claim.id, 'settled', now), now),
    ),
});

/** The earliest arrival with these bytes that is not itself a repeat. A refused one counts: the same bytes get the same answer. */
async function firstWithSameBytes(trx: Tx, arrival: ArrivalRecord, sha256: string): Promise<number | null> {
  const first = await trx
    .selectFrom('arrivals')
    .select('id')
    .where('partner', '=', arrival.partner)
    .where('feed', '=', arrival.feed)
    .where('sha256', '=', sha256)
    .where('id', '<>', arrival.id)
    .where('state', '<>', 'withdrawn')
    // What was refused as a whole had no call made: it is read again, since the fault may have been ours and mended since.
    .where('problem', 'is', null)
    .where('repeat_of', 'is', null)
    .orderBy('id')
    .executeTakeFirst();
  return first?.id ?? null;
}

/** Earlier drops under this name that came to nothing, or only repeated others, are not what the partner corrects. */
async function latestOfName(trx: Tx, arrival: ArrivalRecord): Promise<number | null> {
  const latest = await trx
    .selectFrom('arrivals')
    .select('id')
    .where('partner', '=', arrival.partner)
    .where('folder', '=', arrival.folder)
    .where('name', '=', arrival.name)
    .where('feed', '=', arrival.feed)
    .where('id', '<', arrival.id)
    .where('state', '<>', 'withdrawn')
    .where('problem', 'is', null)
    .where('repeat_of', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return latest?.id ?? null;
}

async function demandAnswersWritten(trx: Tx, arrival: number): Promise<void> {
  const open = await trx
    .selectFrom('answers')
    .select('kind')
    .where('arrival', '=', arrival)
    .where('written_at', 'is', null)
    .execute();
  if (open.length === 0) return;
  throw new TidegateError('LEDGER_FAILED', `the ${open[0]?.kind} is planned but not written`, {
    subject: `arrival ${arrival}`,
    expected: 'every planned answer to lie complete under its final name',
    fix: 'Write the answers and record them before the source is filed.',
  });
}
