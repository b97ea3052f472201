import type { Selectable } from 'kysely';
import type { Notice, NoticeLedger, NoticeMessage, NoticePhase, RecordedNotice } from './port.ts';
import type { Db, MessagesTable, NoticesTable, Tx } from './schema.ts';

export const noticeColumns = [
  ...(['id', 'key', 'cause', 'kind', 'partner', 'feed', 'arrival', 'subject', 'body'] as const),
  ...(['audience', 'attach', 'incident', 'phase', 'raised_at', 'untold'] as const),
] as const;

export const messageColumns = [
  ...(['id', 'notice', 'channel', 'addressees', 'sent_at', 'tries', 'next_try_at'] as const),
  ...(['last_error', 'left_to'] as const),
] as const;

type NoticeRecord = Pick<Selectable<NoticesTable>, (typeof noticeColumns)[number]>;
type MessageRecord = Pick<Selectable<MessagesTable>, (typeof messageColumns)[number]>;

export const messageFrom = (record: MessageRecord): NoticeMessage => ({
  id: record.id,
  channel: record.channel,
  to: JSON.parse(record.addressees),
  sentAt: record.sent_at,
  tries: record.tries,
  nextTryAt: record.next_try_at,
  lastError: record.last_error,
  left: record.left_to === null ? null : JSON.parse(record.left_to),
});

/** In the order of the records. */
export async function withMessages(db: Db, records: readonly NoticeRecord[]): Promise<RecordedNotice[]> {
  if (records.length === 0) return [];
  const found = await db
    .selectFrom('messages')
    .select(messageColumns)
    .where(
      'notice',
      'in',
      records.map(({ id }) => id),
    )
    .orderBy('id')
    .execute();
  const byNotice = Map.groupBy(found, ({ notice }) => notice);
  return records.map((record) => recorded(record, (byNotice.get(record.id) ?? []).map(messageFrom)));
}

function recorded(record: NoticeRecord, messages: readonly NoticeMessage[]): RecordedNotice {
  const { audience, attach, raised_at: raisedAt, untold, ...notice } = record;
  const sent = messages.flatMap(({ sentAt }) => (sentAt === null ? [] : [sentAt]));
  return {
    ...notice,
    ...(audience === null ? {} : { audience }),
    ...(attach === null ? {} : { attach }),
    raisedAt,
    messages,
    sentAt: sent.length === 0 ? null : Math.min(...sent),
    tries: Math.max(0, ...messages.map(({ tries }) => tries)),
    lastError: messages.find(({ lastError }) => lastError !== null)?.lastError ?? untold,
  };
}

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

const isKnown = async (trx: Db, key: string): Promise<boolean> =>
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
  const { cause, kind, partner, feed, arrival, subject, body, audience = null, attach = null } = notice;
  const { incident = null, phase = null } = about ?? {};
  const key = notice.key ?? `incident:${incident}:${phase}`;
  const made = await trx
    .insertInto('notices')
    .values({
      ...{ key, cause, kind, partner, feed, arrival, subject, body, audience, attach },
      ...{ incident, phase, raised_at: now },
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning(noticeColumns)
    .executeTakeFirst();
  return made ? recorded(made, []) : null;
}

export const noticesOf = (
  db: Db,
): Pick<NoticeLedger, 'raise' | 'unsentNotices' | 'notices' | 'knowsNotice'> => ({
  knowsNotice: (key) => isKnown(db, key),
  raise: (notice, now) => db.transaction().execute((trx) => raise(trx, notice, now)),
  async unsentNotices(limit) {
    const found = db
      .selectFrom('notices')
      .select(noticeColumns)
      .where((eb) => {
        const waiting = eb.selectFrom('messages').select('notice').where('next_try_at', 'is not', null);
        const sent = eb
          .selectFrom('messages')
          .select('id')
          .whereRef('notice', '=', 'notices.id')
          .where('sent_at', 'is not', null);
        const waits = eb.and([eb('id', 'in', waiting), eb.not(eb.exists(sent))]);
        return eb.or([eb('routed_at', 'is', null), waits]);
      });
    return withMessages(db, await found.orderBy('id').limit(limit).execute());
  },
  async notices(arrival) {
    const all = db.selectFrom('notices').select(noticeColumns).where('arrival', '=', arrival).orderBy('id');
    return withMessages(db, await all.execute());
  },
});
