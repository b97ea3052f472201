import { TidegateError } from '../base/errors.ts';
import { stale, wrongState } from './leases.ts';
import type { ArrivalState, Claim } from './port.ts';
import { prepared } from './prepared.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';

/** An update that changes nothing: it locks the arrival until the end of the transaction in every SQL database, and reads it. */
const lockArrival = prepared<Claim & Record<string, number>, ArrivalRecord>((db, slot) =>
  db
    .updateTable('arrivals')
    .set((eb) => ({ token: eb.ref('token') }))
    .where('id', '=', slot('id'))
    .where('token', '=', slot('token'))
    .returningAll(),
);

/** Holds the arrival for this transaction. `LEDGER_STALE` when its claim is not the newest one. */
export async function hold(trx: Tx, claim: Claim): Promise<ArrivalRecord> {
  const { rows } = await lockArrival(trx, { id: claim.id, token: claim.token });
  const held = rows[0];
  if (held) return held;
  const found = await trx
    .selectFrom('arrivals')
    .select('token')
    .where('id', '=', claim.id)
    .executeTakeFirst();
  if (found) throw stale('arrival', claim.id);
  throw missingArrival(claim.id);
}

/** For reads that a stale owner should not act upon. */
export async function demandCurrentClaim(db: Db, claim: Claim): Promise<void> {
  const found = await db.selectFrom('arrivals').select('token').where('id', '=', claim.id).executeTakeFirst();
  if (found === undefined) throw missingArrival(claim.id);
  if (found.token !== claim.token) throw stale('arrival', claim.id);
}

/** One fenced transaction: `work` runs only while the claim is the newest and the arrival is in one of `states`. */
export async function fenced<T>(
  db: Db,
  claim: Claim,
  states: readonly ArrivalState[],
  work: (trx: Tx, arrival: ArrivalRecord) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async (trx) => {
    const arrival = await hold(trx, claim);
    if (!states.includes(arrival.state)) throw wrongState('arrival', claim.id, arrival.state, states);
    return await work(trx, arrival);
  });
}

function missingArrival(id: number): TidegateError {
  return new TidegateError('LEDGER_FAILED', 'the ledger knows no such arrival', {
    subject: `arrival ${id}`,
    fix: 'List the arrivals with `tidegate files`.',
  });
}
