import type { Notice, NoticeLedger, RecordedNotice } from './port.ts';
import type { Db } from './schema.ts';

const columns = [
  ...(['id', 'key', 'kind', 'partner', 'arrival', 'subject', 'body', 'raised_at as raisedAt'] as const),
  ...(['sent_at as sentAt', 'tries', 'next_try_at as nextTryAt', 'last_error as lastError'] as const),
  'left_to',
] as const;

const open = (db: Db) => db.selectFrom('notices').select(columns).where('next_try_at', 'is not', null);

const withAddresses = ({
  left_to,
  ...notice
}: Omit<RecordedNotice, 'left'> & { left_to: string | null }): RecordedNotice => ({
  ...notice,
  left: left_to === null ? null : JSON.parse(left_to),
});

/** Tells whether it is new. */
export async function raise(db: Db, notice: Notice, now: number): Promise<boolean> {
  const { key, kind, partner, arrival, subject, body } = notice;
  const made = await db
    .insertInto('notices')
    .values({ key, kind, partner, arrival, subject, body, raised_at: now, next_try_at: now })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}

export const noticesOf = (db: Db): NoticeLedger => ({
  raise: (notice, now) => raise(db, notice, now),
  dueNotices: async (now, farthest, limit) => {
    const due = open(db)
      .where((eb) => eb.or([eb('next_try_at', '<=', now), eb('next_try_at', '>', farthest)]))
      .orderBy('next_try_at')
      .orderBy('id');
    return (await due.limit(limit).execute()).map(withAddresses);
  },
  unsentNotices: async (limit) =>
    (await open(db).where('sent_at', 'is', null).orderBy('id').limit(limit).execute()).map(withAddresses),
  noticeSent: async (id, now, except) => {
    const rest = except
      ? {
          left_to: JSON.stringify(except.left),
          last_error: except.why,
          tries: except.tries,
          next_try_at: except.nextTryAt,
        }
      : { left_to: null, last_error: null, next_try_at: null };
    await db
      .updateTable('notices')
      .set((eb) => ({ ...rest, sent_at: eb.fn.coalesce('sent_at', eb.val(now)) }))
      .where('id', '=', id)
      .execute();
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
  notices: async (arrival) => {
    const all = db.selectFrom('notices').select(columns).where('arrival', '=', arrival).orderBy('id');
    return (await all.execute()).map(withAddresses);
  },
});
