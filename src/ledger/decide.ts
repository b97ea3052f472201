/** A person's decision about a parked row. The answer that was given stays as it is; what is recorded is the decision, by whom and why. */
import { TidegateError } from '../base/errors.ts';
import { rowCodes } from '../base/row-codes.ts';
import { giveEffectBack } from './effects.ts';
import { fenced } from './fence.ts';
import type { Decision, Ledger } from './port.ts';
import type { Db, Tx } from './schema.ts';

export const decideOf = (db: Db): Pick<Ledger, 'decideRow'> => ({
  decideRow: (claim, line, decision, now) =>
    fenced(db, claim, ['acknowledged', 'settled'], async (trx) => {
      await decide(trx, { arrival: claim.id, line }, decision, decision.state, now);
      // Rows that repeat this one were parked with it.
      const repeats = await trx
        .selectFrom('rows')
        .select(['arrival', 'line'])
        .where('duplicate_arrival', '=', claim.id)
        .where('duplicate_line', '=', line)
        .where('state', '=', 'parked')
        .execute();
      const state = decision.state === 'accepted' ? 'duplicate' : 'rejected';
      for (const repeat of repeats) await decide(trx, repeat, decision, state, now);
      if (decision.state === 'rejected') await giveEffectBack(trx, claim.id, line);
    }),
});

async function decide(
  trx: Tx,
  { arrival, line }: { arrival: number; line: number },
  { by, because }: Decision,
  state: 'accepted' | 'duplicate' | 'rejected',
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('rows')
    .set({ state, code: rowCodes.decided, message: `${by} decided: ${because}`, settled_at: now })
    .where('arrival', '=', arrival)
    .where('line', '=', line)
    .where('state', '=', 'parked')
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) {
    throw new TidegateError('NOT_FOUND', 'there is no parked row in this line', {
      subject: `arrival ${arrival}, line ${line}`,
      fix: '`tidegate show ARRIVAL` lists the rows that were not accepted.',
    });
  }
  await trx
    .updateTable('arrivals')
    .set((eb) => ({ parked: eb('parked', '-', 1), [state]: eb(state, '+', 1) }))
    .where('id', '=', arrival)
    .execute();
}
