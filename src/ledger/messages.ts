import { messageColumns, messageFrom, noticeColumns, withMessages } from './notices.ts';
import type { Addressed, Due, DueMessage, NoticeLedger, Route, UnroutedNotice } from './port.ts';
import type { Db, Tx } from './schema.ts';

type MessageLedger = Pick<
  NoticeLedger,
  | 'unroutedNotices'
  | 'route'
  | 'rerouteStranded'
  | 'dueMessages'
  | 'sentSince'
  | 'messageSent'
  | 'messagesFailed'
>;

const notThere = 'its channel is not in the configuration any more';

export const messagesOf = (db: Db): MessageLedger => ({
  unroutedNotices: (limit) => unrouted(db, limit),
  route: (notice, routes, now, untold) =>
    db.transaction().execute((trx) => route(trx, notice, routes, now, untold)),
  async rerouteStranded(channels) {
    if ((await stranded(db, channels)).length === 0) return;
    await db.transaction().execute((trx) => reroute(trx, channels));
  },
  dueMessages: (due) => dueMessages(db, due),
  async sentSince(channel, since) {
    const { sent } = await db
      .selectFrom('messages')
      .select((eb) => eb.fn.countAll<number>().as('sent'))
      .where('channel', '=', channel)
      .where('sent_at', '>', since)
      .executeTakeFirstOrThrow();
    return Number(sent);
  },
  async messageSent(id, now, except) {
    const rest = except
      ? {
          left_to: JSON.stringify(except.left),
          last_error: except.why,
          tries: except.tries,
          next_try_at: except.nextTryAt,
        }
      : { left_to: null, last_error: null, next_try_at: null };
    await db
      .updateTable('messages')
      .set((eb) => ({ ...rest, sent_at: eb.fn.coalesce('sent_at', eb.val(now)) }))
      .where('id', '=', id)
      .execute();
  },
  messagesFailed: (failed, error) =>
    db.transaction().execute(async (trx) => {
      for (const { id, tries, nextTryAt } of failed) {
        const change = { tries, next_try_at: nextTryAt, last_error: error };
        await trx.updateTable('messages').set(change).where('id', '=', id).execute();
      }
    }),
});

async function unrouted(db: Db, limit: number): Promise<UnroutedNotice[]> {
  const found = await db
    .selectFrom('notices')
    .select(noticeColumns)
    .where('routed_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  const notices = await withMessages(db, found);
  return Promise.all(
    notices.map(async (notice) => ({
      notice,
      opening: notice.phase === 'closed' && notice.incident !== null ? await toldOf(db, notice.incident) : [],
    })),
  );
}

/** Each once, in the order in which they were told. */
async function toldOf(db: Db, incident: number): Promise<Addressed[]> {
  const found = await db
    .selectFrom('messages')
    .innerJoin('notices', 'notices.id', 'messages.notice')
    .select(['messages.channel', 'addressees'])
    .where('incident', '=', incident)
    .where('phase', 'in', ['opened', 'more', 'reminder'])
    .orderBy('messages.id')
    .execute();
  const told = new Map(found.map((one) => [`${one.channel} ${one.addressees}`, one]));
  return [...told.values()].map(({ channel, addressees }) => ({ channel, to: JSON.parse(addressees) }));
}

async function route(
  trx: Tx,
  notice: number,
  routes: readonly Route[],
  now: number,
  untold: string | null,
): Promise<void> {
  const routed = await trx
    .updateTable('notices')
    .set({ routed_at: now, untold })
    .where('id', '=', notice)
    .where('routed_at', 'is', null)
    .executeTakeFirst();
  if (routed.numUpdatedRows === 0n) return;
  for (const { channel, to, urgent } of routes) {
    const addressees = JSON.stringify(to);
    await trx
      .insertInto('messages')
      .values({ notice, channel, addressees, urgent: urgent ? 1 : 0, next_try_at: now })
      // Given up when its channel was gone, and the channel is back.
      .onConflict((conflict) =>
        conflict
          .columns(['notice', 'channel', 'addressees'])
          .doUpdateSet({ next_try_at: now })
          .where('messages.sent_at', 'is', null),
      )
      .execute();
  }
}

const stranded = (db: Db, channels: readonly string[]) =>
  db
    .selectFrom('messages')
    .select(['id', 'notice'])
    .where('next_try_at', 'is not', null)
    .where('channel', 'not in', [...channels])
    .execute();

async function reroute(trx: Tx, channels: readonly string[]): Promise<void> {
  for (const { id, notice } of await stranded(trx, channels)) {
    const change = { next_try_at: null, last_error: notThere };
    await trx.updateTable('messages').set(change).where('id', '=', id).execute();
    const reaches = await trx
      .selectFrom('messages')
      .select('id')
      .where('notice', '=', notice)
      .where((eb) => eb.or([eb('sent_at', 'is not', null), eb('next_try_at', 'is not', null)]))
      .executeTakeFirst();
    if (!reaches)
      await trx.updateTable('notices').set({ routed_at: null }).where('id', '=', notice).execute();
  }
}

async function dueMessages(
  db: Db,
  { channel, now, farthest, urgentOnly, limit }: Due,
): Promise<DueMessage[]> {
  const asked = db
    .selectFrom('messages')
    .select(messageColumns)
    .where('channel', '=', channel)
    .where('next_try_at', 'is not', null)
    .where((eb) => eb.or([eb('next_try_at', '<=', now), eb('next_try_at', '>', farthest)]));
  const found = await (urgentOnly ? asked.where('urgent', '=', 1) : asked)
    .orderBy('next_try_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  if (found.length === 0) return [];
  const ids = [...new Set(found.map(({ notice }) => notice))];
  const records = await db.selectFrom('notices').select(noticeColumns).where('id', 'in', ids).execute();
  const notices = new Map((await withMessages(db, records)).map((notice) => [notice.id, notice]));
  return found.flatMap((record) => {
    const notice = notices.get(record.notice);
    return notice ? [{ ...messageFrom(record), notice }] : [];
  });
}
