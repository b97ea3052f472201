import type { Notice, NoticeLedger, NoticePhase, RecordedNotice } from './port.ts';
import type { Db, Tx } from './schema.ts';

export const noticeColumns = [
  ...(['id', 'key', 'cause', 'kind', 'partner', 'feed', 'arrival', 'subject', 'body'] as const),
  ...(['incident', 'phase', 'raised_at as raisedAt'] as const),
  ...(['sent_at as sentAt', 'tries', 'next_try_at as nextTryAt', 'last_error as lastError'] as const),
  'left_to',
] as const;

const open = (db: Db) => db.selectFrom('notices').select(noticeColumns).where('next_try_at', 'is not', null);

export const recorded = ({
  left_to,
  ...notice
}: Omit<RecordedNotice, 'left'> & { left_to: string | null }): RecordedNotice => ({
  ...notice,
  left: left_to === null ? null : JSON.parse(left_to),
});

/** Tells whether there is something new to be told. */
export async function raise(trx: Tx, notice: Notice, now: number): Promise<boolean> {
  if (notice.key !== null && (await isKnown(trx, notice.key))) return false;
  if (notice.cause === null) return (await addNotice(trx, notice, null, now)) !== null;
  const { id, times } = await openOrAdd(trx, { ...notice, cause: notice.cause }, now);
  const opens = times === 1;
  // Known already, and nothing in it that was not told.
  if (!opens && notice.key === null) return false;
  const about = { incident: id, phase: opens ? ('opened' as const) : ('more' as const) };
  return (await addNotice(trx, notice, about, now)) !== null;
}

const isKnown = async (trx: Tx, key: string): Promise<boolean> =>
  (await trx.selectFrom('notices').select('id').where('key', '=', key).executeTakeFirst()) !== undefined;

async function openOrAdd(
  trx: Tx,
  notice: Notice & { cause: string },
  now: number,
): Promise<{ id: number; times: number }> {
  const { cause, kind, partner, feed, arrival, subject } = notice;
  const again = trx
    .updateTable('incidents')
    .set((eb) => ({ times: eb('times', '+', 1), last_seen_at: now }))
    .where('cause', '=', cause)
    .where('closed_at', 'is', null)
    .returning(['id', 'times']);
  const incident =
    (await again.executeTakeFirst()) ??
    (await trx
      .insertInto('incidents')
      .values({
        ...{ cause, kind, partner, feed, arrival, subject },
        ...{ opened_at: now, last_seen_at: now, told_at: now, times: 1 },
      })
      .onConflict((conflict) => conflict.column('cause').where('closed_at', 'is', null).doNothing())
      .returning(['id', 'times'])
      .executeTakeFirst()) ??
    // Another process was quicker.
    (await again.executeTakeFirstOrThrow());
  await trx
    .insertInto('incident_concerns')
    .values({ incident: incident.id, feed: feed ?? '', arrival: arrival ?? 0, over_at: null })
    .onConflict((conflict) =>
      conflict.columns(['incident', 'feed', 'arrival']).doUpdateSet({ over_at: null }),
    )
    .execute();
  return incident;
}

/** `null` when the key is known. */
export async function addNotice(
  trx: Tx,
  notice: Notice,
  about: { incident: number; phase: NoticePhase } | null,
  now: number,
): Promise<RecordedNotice | null> {
  const { cause, kind, partner, feed, arrival, subject, body } = notice;
  const { incident = null, phase = null } = about ?? {};
  const key = notice.key ?? `incident:${incident}:${phase}`;
  const made = await trx
    .insertInto('notices')
    .values({
      ...{ key, cause, kind, partner, feed, arrival, subject, body, incident, phase },
      ...{ raised_at: now, next_try_at: now },
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning(noticeColumns)
    .executeTakeFirst();
  return made ? recorded(made) : null;
}

export const noticesOf = (db: Db): NoticeLedger => ({
  raise: (notice, now) => db.transaction().execute((trx) => raise(trx, notice, now)),
  dueNotices: async (now, farthest, limit) => {
    const due = open(db)
      .where((eb) => eb.or([eb('next_try_at', '<=', now), eb('next_try_at', '>', farthest)]))
      .orderBy('next_try_at')
      .orderBy('id');
    return (await due.limit(limit).execute()).map(recorded);
  },
  unsentNotices: async (limit) =>
    (await open(db).where('sent_at', 'is', null).orderBy('id').limit(limit).execute()).map(recorded),
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
    const all = db.selectFrom('notices').select(noticeColumns).where('arrival', '=', arrival).orderBy('id');
    return (await all.execute()).map(recorded);
  },
});
