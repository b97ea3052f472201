/**
 * A row that is worked on again comes behind what later files have asked for under its order key: sent now, it would repeat or undo that, or leave before a call
 * whose outcome is not known.
 */
import { rowCodes } from '../base/row-codes.ts';
import type { Violation } from '../mapping/types.ts';
import { withoutDoubt } from './corrections.ts';
import { giveEffectBack } from './effects.ts';
import { refuse } from './refuse.ts';
import type { ArrivalRecord, Tx } from './schema.ts';

export async function refuseOvertaken(trx: Tx, { id, partner, feed }: ArrivalRecord): Promise<void> {
  const overtaken = await trx
    .selectFrom('rows')
    .innerJoin('rows as later', (join) =>
      join.onRef('later.order_key', '=', 'rows.order_key').onRef('later.arrival', '>', 'rows.arrival'),
    )
    .innerJoin('arrivals', 'arrivals.id', 'later.arrival')
    .select(['rows.line', 'arrivals.name', 'later.line as laterLine'])
    .where('rows.arrival', '=', id)
    .where('rows.state', '=', 'pending')
    .where(withoutDoubt)
    .where('arrivals.partner', '=', partner)
    .where('arrivals.feed', '=', feed)
    .where('later.state', '<>', 'rejected')
    // What only repeats another row asks for nothing itself.
    .where('later.duplicate_arrival', 'is', null)
    .orderBy('rows.line')
    .orderBy('later.arrival')
    .orderBy('later.line')
    .execute();
  const refused = new Set<number>();
  for (const { line, name, laterLine } of overtaken) {
    if (refused.has(line)) continue;
    refused.add(line);
    await refuse(trx, id, line, rowCodes.overtaken, overtakenViolation(name, laterLine));
    await giveEffectBack(trx, id, line);
  }
}

const overtakenViolation = (name: string, line: number): Violation => ({
  column: '',
  rule: `nothing may be sent behind what came later; line ${line} of ${name} has asked for something for the same contract since`,
  value: '',
  fix: 'Send what is still wanted in a new file.',
});
