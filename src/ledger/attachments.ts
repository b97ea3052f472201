import { fenced } from './fence.ts';
import type { AttachmentLedger } from './port.ts';
import type { Db } from './schema.ts';

export const attachmentsOf = (db: Db): AttachmentLedger => ({
  attachments: (arrival) =>
    db
      .selectFrom('attachments')
      .select(['number', 'folder', 'name', 'size', 'sha256'])
      .select(['modified_at as modifiedAt', 'settle_as as settleAs', 'settled_at as settledAt'])
      .where('arrival', '=', arrival)
      .orderBy('number')
      .execute(),

  keepAttachment: (claim, { modifiedAt, ...attachment }) =>
    fenced(db, claim, ['fetched', 'reopened'], async (trx) => {
      await trx
        .insertInto('attachments')
        .values({ arrival: claim.id, modified_at: modifiedAt, ...attachment })
        .execute();
    }),

  settleAttachment: (claim, number, settleAs, settledAt) =>
    fenced(db, claim, ['acknowledged'], async (trx) => {
      await trx
        .updateTable('attachments')
        .set({ settle_as: settleAs, settled_at: settledAt })
        .where('arrival', '=', claim.id)
        .where('number', '=', number)
        .execute();
    }),
});
