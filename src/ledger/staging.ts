import { compareWithCorrected } from './corrections.ts';
import { countsBy } from './counts.ts';
import { decideDuplicates } from './dedupe.ts';
import { fenced } from './fence.ts';
import { move } from './move.ts';
import type { Claim, Counts, Ledger, StagedRow, Staging } from './port.ts';
import { bulkInsert } from './prepared.ts';
import type { Db, Tx } from './schema.ts';

const insertRows = bulkInsert('rows', [
  ...(['arrival', 'line', 'state', 'action', 'operation', 'order_key'] as const),
  ...(['reference', 'payload', 'violations'] as const),
]);
const insertContents = bulkInsert('contents', ['arrival', 'line', 'keys', 'fields', 'plan']);

export const stagingOf = (db: Db): Pick<Ledger, 'discardRows' | 'addRows' | 'staged'> => ({
  discardRows: (claim) => fenced(db, claim, ['fetched'], (trx) => forgetRows(trx, claim.id)),

  addRows: (claim, rows) =>
    fenced(db, claim, ['fetched'], async (trx) => {
      const records = rows.map((row) => rowRecord(claim, row));
      const contents = rows.map((row) => contentRecord(claim, row));
      await insertRows(trx, records);
      await insertContents(trx, contents);
    }),

  staged: (claim, staging, now, changed = 'reject') =>
    fenced(db, claim, ['fetched'], async (trx, arrival) => {
      await decideDuplicates(trx, arrival);
      await compareWithCorrected(trx, arrival, changed);
      await markSettled(trx, claim.id, now);
      const counts = await countRows(trx, claim.id);
      return await move(trx, claim.id, 'staged', now, { ...described(staging), ...counts });
    }),
});

/** What was refused on reading has its outcome from this moment on. */
export async function markSettled(trx: Tx, arrival: number, now: number): Promise<void> {
  await trx
    .updateTable('rows')
    .set({ settled_at: now })
    .where('arrival', '=', arrival)
    .where('state', '=', 'rejected')
    .where('settled_at', 'is', null)
    .execute();
}

const described = (staging: Staging) => ({
  mapping: staging.mapping,
  columns: JSON.stringify(staging.columns),
  key_columns: JSON.stringify(staging.keyColumns),
  ack_columns: JSON.stringify(staging.ackColumns),
});

const rowRecord = ({ id }: Claim, row: StagedRow) => [
  id,
  row.line,
  row.plan ? 'pending' : 'rejected',
  row.action,
  row.operation,
  row.orderKey,
  row.reference,
  row.payload,
  row.violations.length > 0 ? JSON.stringify(row.violations) : null,
];

const contentRecord = ({ id }: Claim, row: StagedRow) => [
  id,
  row.line,
  JSON.stringify(row.keys),
  JSON.stringify(row.fields),
  row.plan ? JSON.stringify(row.plan) : null,
];

/** Nothing of the arrival's rows stays; only for rows that never counted. */
export async function forgetRows(trx: Tx, arrival: number): Promise<void> {
  await trx.deleteFrom('contents').where('arrival', '=', arrival).execute();
  await trx.deleteFrom('rows').where('arrival', '=', arrival).execute();
}

/** Counted from the rows themselves. */
export async function countRows(trx: Tx, arrival: number): Promise<Counts> {
  const found = await trx
    .selectFrom('rows')
    .select(({ fn }) => ['state', fn.countAll().as('count')])
    .where('arrival', '=', arrival)
    .groupBy('state')
    .execute();
  return countsBy(found);
}
