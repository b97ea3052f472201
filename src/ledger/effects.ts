import type { Tx } from './schema.ts';

/** So that a corrected row with the same reference may come again. */
export async function giveEffectBack(trx: Tx, arrival: number, line: number): Promise<void> {
  const row = await trx
    .selectFrom('rows')
    .innerJoin('arrivals', 'arrivals.id', 'rows.arrival')
    .select(['arrivals.partner', 'rows.operation', 'rows.reference'])
    .where('rows.arrival', '=', arrival)
    .where('rows.line', '=', line)
    .executeTakeFirstOrThrow();
  if (row.reference === null) return;
  await trx
    .deleteFrom('effects')
    .where('partner', '=', row.partner)
    .where('operation', '=', row.operation)
    .where('reference', '=', row.reference)
    .where('arrival', '=', arrival)
    .where('line', '=', line)
    .execute();
}
