import type { Ledger } from './port.ts';
import type { Db } from './schema.ts';

const columns = [
  ...(['id', 'key', 'kind', 'partner', 'arrival', 'subject', 'body'] as const),
  ...(['raised_at as raisedAt', 'sent_at as sentAt', 'last_error as lastError'] as const),
] as const;

export const noticesOf = (
  db: Db,
): Pick<Ledger, 'raise' | 'unsentNotices' | 'noticeSent' | 'noticeFailed' | 'notices'> => ({
  raise: async ({ key, kind, partner, arrival, subject, body }, now) => {
    const made = await db
      .insertInto('notices')
      .values({ key, kind, partner, arrival, subject, body, raised_at: now })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('id')
      .executeTakeFirst();
    return made !== undefined;
  },
  unsentNotices: (limit) =>
    db
      .selectFrom('notices')
      .select(columns)
      .where('sent_at', 'is', null)
      .orderBy('id')
      .limit(limit)
      .execute(),
  noticeSent: async (id, now) => {
    await db.updateTable('notices').set({ sent_at: now, last_error: null }).where('id', '=', id).execute();
  },
  noticeFailed: async (id, error) => {
    await db.updateTable('notices').set({ last_error: error }).where('id', '=', id).execute();
  },
  notices: (arrival) =>
    db.selectFrom('notices').select(columns).where('arrival', '=', arrival).orderBy('id').execute(),
});
