import type { Ledger } from './port.ts';
import type { Db } from './schema.ts';

const columns = [
  ...(['id', 'key', 'kind', 'partner', 'arrival', 'subject', 'body', 'raised_at as raisedAt'] as const),
  ...(['sent_at as sentAt', 'tries', 'next_try_at as nextTryAt', 'last_error as lastError'] as const),
] as const;

type Notices = 'raise' | 'notices' | 'dueNotices' | 'unsentNotices';
type Sendings = 'noticeSent' | 'noticesFailed' | 'dropOutdatedNotices';

const waiting = (db: Db) => db.selectFrom('notices').select(columns).where('sent_at', 'is', null);

export const noticesOf = (db: Db): Pick<Ledger, Notices | Sendings> => ({
  raise: async ({ key, kind, partner, arrival, subject, body }, now) => {
    const made = await db
      .insertInto('notices')
      .values({ key, kind, partner, arrival, subject, body, raised_at: now, next_try_at: now })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('id')
      .executeTakeFirst();
    return made !== undefined;
  },
  dueNotices: (now, farthest, limit) =>
    waiting(db)
      .where((eb) => eb.or([eb('next_try_at', '<=', now), eb('next_try_at', '>', farthest)]))
      .orderBy('next_try_at')
      .orderBy('id')
      .limit(limit)
      .execute(),
  unsentNotices: (limit) =>
    waiting(db).where('next_try_at', 'is not', null).orderBy('id').limit(limit).execute(),
  noticeSent: async (id, now, except) => {
    const change = { sent_at: now, last_error: except };
    await db.updateTable('notices').set(change).where('id', '=', id).execute();
  },
  noticesFailed: (failed, error) =>
    db.transaction().execute(async (trx) => {
      for (const { id, tries, nextTryAt } of failed) {
        const change = { tries, next_try_at: nextTryAt, last_error: error };
        await trx.updateTable('notices').set(change).where('id', '=', id).execute();
      }
    }),
  dropOutdatedNotices: async (raisedBefore, why) => {
    await db
      .updateTable('notices')
      .set({ next_try_at: null, last_error: why })
      .where('sent_at', 'is', null)
      .where('next_try_at', 'is not', null)
      .where('tries', '=', 0)
      .where('raised_at', '<', raisedBefore)
      .execute();
  },
  notices: (arrival) =>
    db.selectFrom('notices').select(columns).where('arrival', '=', arrival).orderBy('id').execute(),
});
