/** A person's word on a parked row. */
import { sql } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import { rowCodes } from '../base/row-codes.ts';
import { giveEffectBack } from './effects.ts';
import { followHere, reopenFollowers } from './follow.ts';
import { move } from './move.ts';
import type { Arrival, Ledger, Verdict } from './port.ts';
import { begun, demandSettled, keepOutcomes, note, taken } from './rounds.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { countRows } from './staging.ts';

export const decideOf = (db: Db): Pick<Ledger, 'decide'> => ({
  decide: (arrival, line, verdict, now) =>
    db.transaction().execute((trx) => decide(trx, arrival, line, verdict, now)),
});

async function decide(trx: Tx, id: number, line: number, verdict: Verdict, now: number): Promise<Arrival> {
  const arrival = await demandSettled(trx, id);
  const round = arrival.round + 1;
  const orderKey = await demandParked(trx, id, line);
  if (verdict.what === 'resend') await demandFirst(trx, arrival, line, orderKey);
  await keepOutcomes(trx, id, (eb) => eb('line', '=', line));
  await trx
    .updateTable('rows')
    .set({ ...taken(round), ...given(verdict, now), overruled: await lastAttempt(trx, id, line) })
    .where('arrival', '=', id)
    .where('line', '=', line)
    .execute();
  if (verdict.what === 'rejected') await giveEffectBack(trx, id, line);
  await followHere(trx, id, round, now);
  const { what, by, because } = verdict;
  await note(trx, id, { line, round, what, by, because, at: now });
  const state = what === 'resend' ? 'staged' : 'delivered';
  const counts = await countRows(trx, id);
  const reopened = await move(trx, id, state, now, { ...begun(arrival), ...counts });
  await reopenFollowers(trx, id, now);
  return reopened;
}

/** The partner reads why; who decided is kept with the decision. */
const given = ({ what, because }: Verdict, now: number) =>
  what === 'resend'
    ? { state: 'pending' as const }
    : { state: what, code: rowCodes.decided, message: `decided: ${because}`, settled_at: now };

/** The order key of the row. */
async function demandParked(trx: Tx, arrival: number, line: number): Promise<string> {
  const row = await trx
    .selectFrom('rows')
    .select(['state', 'order_key', 'duplicate_arrival', 'duplicate_line'])
    .where('arrival', '=', arrival)
    .where('line', '=', line)
    .executeTakeFirst();
  const subject = `arrival ${arrival}, line ${line}`;
  if (row?.state !== 'parked') {
    throw new TidegateError('NOT_FOUND', 'there is no parked row in this line', {
      subject,
      fix: '`tidegate show ARRIVAL` lists the rows that were not accepted.',
    });
  }
  if (row.duplicate_arrival !== null) {
    throw new TidegateError(
      'NOT_OPEN',
      'the row only repeats another one, and follows the decision about that',
      {
        subject,
        fix: `Decide about ${row.duplicate_arrival}:${row.duplicate_line}.`,
      },
    );
  }
  return row.order_key;
}

/** Sent behind a parked row of its key, it would only be rejected. */
async function demandFirst(trx: Tx, arrival: ArrivalRecord, line: number, key: string): Promise<void> {
  const before = await trx
    .selectFrom('rows')
    .innerJoin('arrivals', 'arrivals.id', 'rows.arrival')
    .select(['rows.arrival', 'rows.line'])
    .where('arrivals.partner', '=', arrival.partner)
    .where('arrivals.feed', '=', arrival.feed)
    .where('rows.state', '=', sql.lit('parked'))
    .where('rows.duplicate_arrival', 'is', null)
    .where('rows.order_key', '=', key)
    .where((eb) =>
      eb.or([
        eb('rows.arrival', '<', arrival.id),
        eb.and([eb('rows.arrival', '=', arrival.id), eb('rows.line', '<', line)]),
      ]),
    )
    .orderBy('rows.arrival')
    .orderBy('rows.line')
    .executeTakeFirst();
  if (!before) return;
  throw new TidegateError(
    'NOT_OPEN',
    'an earlier row of the same contract is parked, and must not be overtaken',
    {
      subject: `arrival ${arrival.id}, line ${line}`,
      fix: `Decide about ${before.arrival}:${before.line} first.`,
    },
  );
}

async function lastAttempt(trx: Tx, arrival: number, line: number): Promise<number | null> {
  const last = await trx
    .selectFrom('attempts')
    .select('id')
    .where('arrival', '=', arrival)
    .where('line', '=', line)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.id ?? null;
}
