import { toArrival } from './arrivals.ts';
import type { Arrival, ArrivalState } from './port.ts';
import type { ArrivalRecord, Tx } from './schema.ts';

/** Takes the arrival to a state, with what the step changed of it, and gives the arrival as it is now. */
export async function move(
  trx: Tx,
  id: number,
  state: ArrivalState,
  now: number,
  change: Partial<ArrivalRecord> = {},
): Promise<Arrival> {
  const moved = await trx
    .updateTable('arrivals')
    .set({ ...change, state, updated_at: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await trx.insertInto('steps').values({ arrival: id, state, at: now }).execute();
  return toArrival(moved);
}
