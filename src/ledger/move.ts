import { toArrival } from './arrivals.ts';
import type { Arrival } from './port.ts';
import type { ArrivalRecord, Tx } from './schema.ts';

/** Writes what a step changed of an arrival, and gives the arrival as it is now. */
export async function move(trx: Tx, id: number, change: Partial<ArrivalRecord>): Promise<Arrival> {
  const moved = await trx
    .updateTable('arrivals')
    .set(change)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toArrival(moved);
}
