/** A reopened arrival gets ready for delivery: rejected rows are mapped anew, and repeats are decided among what is asked for now. */
import { TidegateError } from '../base/errors.ts';
import { compareWithCorrected } from './corrections.ts';
import { decideDuplicatesAgain } from './dedupe.ts';
import { demandCurrentClaim, fenced } from './fence.ts';
import { move } from './move.ts';
import { refuseOvertaken } from './overtaken.ts';
import type { Claim, Ledger, RowToMap, StagedRow } from './port.ts';
import { prepared } from './prepared.ts';
import { refuse } from './refuse.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { countRows, markSettled } from './staging.ts';

export const restageOf = (db: Db): Pick<Ledger, 'rowsToMap' | 'mapRows' | 'refuseRows' | 'restaged'> => ({
  rowsToMap: async (claim, afterLine, limit) => {
    await demandCurrentClaim(db, claim);
    return rowsToMap(db, claim.id, afterLine, limit);
  },

  mapRows: (claim, rows) =>
    fenced(db, claim, ['reopened'], async (trx) => {
      for (const row of rows) await mapRow(trx, claim, row);
      await countRefused(trx, claim, rows.filter(({ plan }) => plan === null).length);
    }),

  refuseRows: (claim, lines, code, violation) =>
    fenced(db, claim, ['reopened'], async (trx) => {
      for (const line of lines) {
        await demandUnmapped(trx, claim, line);
        await refuse(trx, claim.id, line, code, violation);
      }
      await countRefused(trx, claim, lines.length);
    }),

  restaged: (claim, mapping, changed, now) =>
    fenced(db, claim, ['reopened'], async (trx, arrival) => {
      await demandAllMapped(trx, claim.id);
      await decideDuplicatesAgain(trx, arrival);
      await compareWithCorrected(trx, arrival, changed);
      await refuseOvertaken(trx, arrival);
      await noteMapping(trx, arrival, mapping);
      await markSettled(trx, claim.id, now);
      return await move(trx, claim.id, 'staged', now, await countRows(trx, claim.id));
    }),
});

async function rowsToMap(db: Db, arrival: number, afterLine: number, limit: number): Promise<RowToMap[]> {
  const found = await db
    .selectFrom('rows')
    .innerJoin('contents', (join) =>
      join.onRef('contents.arrival', '=', 'rows.arrival').onRef('contents.line', '=', 'rows.line'),
    )
    .select(['rows.line', 'contents.fields'])
    .where('rows.arrival', '=', arrival)
    .where('rows.state', '=', 'pending')
    .where('contents.plan', 'is', null)
    .where('rows.line', '>', afterLine)
    .orderBy('rows.line')
    .limit(limit)
    .execute();
  return found.map(({ line, fields }) => ({ line, fields: JSON.parse(fields) as string[] }));
}

async function countRefused(trx: Tx, { id }: Claim, refused: number): Promise<void> {
  await trx
    .updateTable('arrivals')
    .set((eb) => ({ pending: eb('pending', '-', refused), rejected: eb('rejected', '+', refused) }))
    .where('id', '=', id)
    .execute();
}

/** Several retries may have joined in the round. */
async function noteMapping(trx: Tx, { id, round }: ArrivalRecord, mapping: string): Promise<void> {
  await trx
    .updateTable('decisions')
    .set({ mapping })
    .where('arrival', '=', id)
    .where('round', '=', round)
    .where('what', '=', 'retry')
    .execute();
}

async function demandAllMapped(trx: Tx, arrival: number): Promise<void> {
  const [left] = await rowsToMap(trx, arrival, 0, 1);
  if (!left) return;
  throw new TidegateError('LEDGER_FAILED', 'a row of the round is not mapped yet', {
    subject: `arrival ${arrival}, line ${left.line}`,
    fix: 'Map all rows before the round goes on.',
  });
}

const updateRow = prepared<{
  arrival: number;
  line: number;
  state: 'pending' | 'rejected';
  action: string;
  operation: string;
  orderKey: string;
  reference: string | null;
  payload: string;
  violations: string | null;
}>((db, slot) =>
  db
    .updateTable('rows')
    .set({
      state: slot('state'),
      action: slot('action'),
      operation: slot('operation'),
      order_key: slot('orderKey'),
      reference: slot('reference'),
      payload: slot('payload'),
      violations: slot('violations'),
    })
    .where('arrival', '=', slot('arrival'))
    .where('line', '=', slot('line'))
    .where('state', '=', 'pending'),
);

const updatePlan = prepared<{ arrival: number; line: number; plan: string | null }>((db, slot) =>
  db
    .updateTable('contents')
    .set({ plan: slot('plan') })
    .where('arrival', '=', slot('arrival'))
    .where('line', '=', slot('line')),
);

async function mapRow(trx: Tx, { id }: Claim, row: StagedRow): Promise<void> {
  const { line, action, operation, orderKey, reference, payload, violations, plan } = row;
  const { numAffectedRows } = await updateRow(trx, {
    ...{ arrival: id, line, state: plan ? 'pending' : 'rejected' },
    ...{ action, operation, orderKey, reference, payload },
    violations: violations.length > 0 ? JSON.stringify(violations) : null,
  });
  if (numAffectedRows !== 1n) throw notToBeMapped(id, line);
  await updatePlan(trx, { arrival: id, line, plan: plan ? JSON.stringify(plan) : null });
}

async function demandUnmapped(trx: Tx, { id }: Claim, line: number): Promise<void> {
  const [next] = await rowsToMap(trx, id, line - 1, 1);
  if (next?.line !== line) throw notToBeMapped(id, line);
}

const notToBeMapped = (arrival: number, line: number): TidegateError =>
  new TidegateError('LEDGER_FAILED', 'the row does not wait to be mapped', {
    subject: `arrival ${arrival}, line ${line}`,
    fix: 'Map or refuse the rows that `rowsToMap` gives, each once.',
  });
