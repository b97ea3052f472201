import type { Violation } from '../mapping/types.ts';
import { prepared } from './prepared.ts';
import type { Tx } from './schema.ts';

const refuseRow = prepared<{
  arrival: number;
  line: number;
  code: string;
  message: string;
  violations: string;
}>((db, slot) =>
  db
    .updateTable('rows')
    .set({
      state: 'rejected',
      code: slot('code'),
      message: slot('message'),
      violations: slot('violations'),
    })
    .where('arrival', '=', slot('arrival'))
    .where('line', '=', slot('line')),
);

/** Rejects a row before anything is sent for it, in words for the partner. */
export async function refuse(
  trx: Tx,
  arrival: number,
  line: number,
  code: string,
  violation: Violation,
): Promise<void> {
  await refuseRow(trx, {
    arrival,
    line,
    code,
    message: violation.rule,
    violations: JSON.stringify([violation]),
  });
}
