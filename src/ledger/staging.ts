import { decideDuplicates } from './dedupe.ts';
import { fenced } from './fence.ts';
import type { Claim, Counts, Ledger, StagedRow, Staging } from './port.ts';
import { bulkInsert } from './prepared.ts';
import type { Db, Tx } from './schema.ts';
import { move } from './steps.ts';

const insertRows = bulkInsert('rows', [
  ...(['arrival', 'line', 'state', 'action', 'operation', 'order_key', 'reference', 'payload'] as const),
  ...(['keys', 'violations', 'fields', 'plan'] as const),
]);

export const stagingOf = (db: Db): Pick<Ledger, 'discardRows' | 'addRows' | 'staged'> => ({
  discardRows: (claim) =>
    fenced(db, claim, ['fetched'], async (trx) => {
      await trx.deleteFrom('rows').where('arrival', '=', claim.id).execute();
    }),

  addRows: (claim, rows) =>
    fenced(db, claim, ['fetched'], (trx) =>
      insertRows(
        trx,
        rows.map((row) => toRecord(claim, row)),
      ),
    ),

  staged: (claim, staging, now) =>
    fenced(db, claim, ['fetched'], async (trx, arrival) => {
      await decideDuplicates(trx, arrival);
      const counts = await countRows(trx, claim.id);
      return await move(trx, claim.id, {
        state: 'staged',
        updated_at: now,
        ...described(staging),
        ...counts,
      });
    }),
});

const described = (staging: Staging) => ({
  mapping: staging.mapping,
  columns: JSON.stringify(staging.columns),
  key_columns: JSON.stringify(staging.keyColumns),
  ack_columns: JSON.stringify(staging.ackColumns),
});

const toRecord = (claim: Claim, row: StagedRow) => [
  claim.id,
  row.line,
  row.plan ? 'pending' : 'rejected',
  row.action,
  row.operation,
  row.orderKey,
  row.reference,
  row.payload,
  JSON.stringify(row.keys),
  row.violations.length > 0 ? JSON.stringify(row.violations) : null,
  JSON.stringify(row.fields),
  row.plan ? JSON.stringify(row.plan) : null,
];

/** Counted from the rows themselves. */
export async function countRows(trx: Tx, arrival: number): Promise<Counts> {
  const found = await trx
    .selectFrom('rows')
    .select(({ fn }) => ['state', fn.countAll().as('count')])
    .where('arrival', '=', arrival)
    .groupBy('state')
    .execute();
  const counts: Counts = { rows: 0, pending: 0, accepted: 0, rejected: 0, duplicate: 0, parked: 0 };
  for (const { state, count } of found) {
    counts[state] = Number(count);
    counts.rows += Number(count);
  }
  return counts;
}
