/**
 * What happens to rows whose reference was used before, in their file or in an earlier one. Sets are decided by the database, so that a large
 * file costs no memory; only the rows that are refused come here, because their refusal is put in words.
 */
import type { ExpressionBuilder } from 'kysely';
import { rowCodes } from '../base/row-codes.ts';
import type { Violation } from '../mapping/types.ts';
import { refuse } from './refuse.ts';
import type { ArrivalRecord, Tables, Tx } from './schema.ts';

/** Naming more lines than this in one sentence helps nobody. */
const maxNamedLines = 5;

export async function decideDuplicates(trx: Tx, arrival: ArrivalRecord): Promise<void> {
  await decideWithinFile(trx, arrival.id);
  await decideAcrossFiles(trx, arrival);
  await claimEffects(trx, arrival);
}

/**
 * For rows that were taken up again, of which some have their effect already. Those come first: what repeats one of them must not become the first of its kind,
 * and send again what may have been done.
 */
export async function decideDuplicatesAgain(trx: Tx, arrival: ArrivalRecord): Promise<void> {
  await decideAcrossFiles(trx, arrival);
  await decideWithinFile(trx, arrival.id);
  await claimEffects(trx, arrival);
}

async function decideWithinFile(trx: Tx, arrival: number): Promise<void> {
  if (!(await anyRepeats(trx, arrival))) return;
  await refuseConflicts(trx, arrival);
  await collapseRepeats(trx, arrival);
}

async function decideAcrossFiles(trx: Tx, arrival: ArrivalRecord): Promise<void> {
  await refuseOtherUses(trx, arrival);
  await markKnown(trx, arrival);
}

/** Groups of pending rows that mean the same effect. */
const repeats = (trx: Tx, arrival: number) =>
  trx
    .selectFrom('rows')
    .select(({ fn }) => ['operation', 'reference', fn.min('line').as('first_line')])
    .where('arrival', '=', arrival)
    .where('state', '=', 'pending')
    .where('reference', 'is not', null)
    .groupBy(['operation', 'reference'])
    .having(({ fn }) => fn.countAll(), '>', 1);

const anyRepeats = async (trx: Tx, arrival: number): Promise<boolean> =>
  (await repeats(trx, arrival).limit(1).executeTakeFirst()) !== undefined;

async function refuseConflicts(trx: Tx, arrival: number): Promise<void> {
  const conflicts = await trx
    .with('conflicts', () => repeats(trx, arrival).having(({ fn }) => fn.count('payload').distinct(), '>', 1))
    .selectFrom('rows')
    .innerJoin('conflicts', (join) =>
      join
        .onRef('conflicts.operation', '=', 'rows.operation')
        .onRef('conflicts.reference', '=', 'rows.reference'),
    )
    .select(['rows.line', 'rows.operation', 'rows.reference'])
    .where('rows.arrival', '=', arrival)
    .where('rows.state', '=', 'pending')
    .orderBy('rows.line')
    .execute();
  for (const group of Map.groupBy(conflicts, (row) =>
    JSON.stringify([row.operation, row.reference]),
  ).values()) {
    const lines = group.map((row) => row.line);
    for (const { line, reference } of group) {
      await refuse(trx, arrival, line, rowCodes.conflict, conflictViolation(reference ?? '', line, lines));
    }
  }
}

export function conflictViolation(reference: string, line: number, lines: readonly number[]): Violation {
  const others = lines.filter((other) => other !== line);
  const named = others.slice(0, maxNamedLines).join(', ');
  const more = others.length > maxNamedLines ? ` and ${others.length - maxNamedLines} more` : '';
  const where = `${others.length === 1 ? 'line' : 'lines'} ${named}${more}`;
  return {
    column: '',
    rule: `the same reference must ask for the same thing; ${where} of this file ${others.length === 1 ? 'asks' : 'ask'} for something else`,
    value: reference,
    fix: 'Decide which of these lines is right and send only that one.',
  };
}

async function collapseRepeats(trx: Tx, arrival: number): Promise<void> {
  await trx
    .updateTable('rows')
    .from(repeats(trx, arrival).as('repeats'))
    .set((eb) => ({
      state: 'duplicate',
      duplicate_arrival: arrival,
      duplicate_line: eb.ref('repeats.first_line'),
    }))
    .whereRef('rows.operation', '=', 'repeats.operation')
    .whereRef('rows.reference', '=', 'repeats.reference')
    .where('rows.arrival', '=', arrival)
    .where('rows.state', '=', 'pending')
    .whereRef('rows.line', '>', 'repeats.first_line')
    .execute();
}

async function refuseOtherUses(trx: Tx, { id, partner }: ArrivalRecord): Promise<void> {
  const others = await trx
    .selectFrom('rows')
    .innerJoin('effects', (join) =>
      join
        .onRef('effects.operation', '=', 'rows.operation')
        .onRef('effects.reference', '=', 'rows.reference'),
    )
    .innerJoin('arrivals', 'arrivals.id', 'effects.arrival')
    .select(['rows.line', 'rows.reference', 'arrivals.name', 'effects.line as earlierLine'])
    .where('rows.arrival', '=', id)
    .where('rows.state', '=', 'pending')
    .where('effects.partner', '=', partner)
    .whereRef('effects.payload', '<>', 'rows.payload')
    .where(ofOtherRow)
    .orderBy('rows.line')
    .execute();
  for (const { line, reference, name, earlierLine } of others) {
    await refuse(trx, id, line, rowCodes.known, knownViolation(reference ?? '', name, earlierLine));
  }
}

export const knownViolation = (reference: string, name: string, line: number): Violation => ({
  column: '',
  rule: `a reference must not be used again for something else; line ${line} of ${name} already uses it`,
  value: reference,
  fix: 'Give this line a reference of its own, or send exactly what was sent before to get the earlier result.',
});

async function markKnown(trx: Tx, { id, partner }: ArrivalRecord): Promise<void> {
  await trx
    .updateTable('rows')
    .from('effects')
    .set((eb) => ({
      state: 'duplicate',
      duplicate_arrival: eb.ref('effects.arrival'),
      duplicate_line: eb.ref('effects.line'),
    }))
    .where('rows.arrival', '=', id)
    .where('rows.state', '=', 'pending')
    .where('effects.partner', '=', partner)
    .whereRef('effects.operation', '=', 'rows.operation')
    .whereRef('effects.reference', '=', 'rows.reference')
    .where(ofOtherRow)
    .execute();
}

/** A row that was taken up again may have its effect already: it is no duplicate of itself. */
const ofOtherRow = (eb: ExpressionBuilder<Tables, 'rows' | 'effects'>) =>
  eb.or([eb('effects.arrival', '<>', eb.ref('rows.arrival')), eb('effects.line', '<>', eb.ref('rows.line'))]);

async function claimEffects(trx: Tx, { id, partner, round }: ArrivalRecord): Promise<void> {
  await trx
    .insertInto('effects')
    .columns(['partner', 'operation', 'reference', 'arrival', 'line', 'payload'])
    .expression(
      trx
        .selectFrom('rows')
        .select((eb) => [
          eb.val(partner).as('partner'),
          'operation',
          'reference',
          'arrival',
          'line',
          'payload',
        ])
        .where('arrival', '=', id)
        .where('state', '=', 'pending')
        .where('reference', 'is not', null)
        .$if(round > 0, (query) => query.where((eb) => eb.not(eb.exists(ownEffect(eb, partner)))))
        .$narrowType<{ reference: string }>(),
    )
    .execute();
}

const ownEffect = (eb: ExpressionBuilder<Tables, 'rows'>, partner: string) =>
  eb
    .selectFrom('effects')
    .select('effects.line')
    .where('effects.partner', '=', partner)
    .whereRef('effects.operation', '=', 'rows.operation')
    .whereRef('effects.reference', '=', 'rows.reference')
    .whereRef('effects.arrival', '=', 'rows.arrival')
    .whereRef('effects.line', '=', 'rows.line');
