import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Db, IdColumn, Tables } from '../schema.ts';

/** What lasts, and which notices belong to it. */
export const incidents = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('incidents')
      .addColumn('id', 'integer', id)
      .addColumn('cause', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('partner', 'text')
      .addColumn('feed', 'text')
      .addColumn('arrival', 'integer')
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('opened_at', 'bigint', (c) => c.notNull())
      .addColumn('last_seen_at', 'bigint', (c) => c.notNull())
      .addColumn('times', 'integer', (c) => c.notNull())
      .addColumn('reminders', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('told_at', 'bigint', (c) => c.notNull())
      .addColumn('closed_at', 'bigint')
      .execute();
    // At most one of a cause is open: the database holds it, whoever raises at the same moment.
    await db.schema
      .createIndex('incidents_open')
      .unique()
      .on('incidents')
      .column('cause')
      .where(sql.ref('closed_at'), 'is', null)
      .execute();
    await db.schema
      .createTable('incident_concerns')
      .addColumn('incident', 'integer', (c) => c.notNull().references('incidents.id'))
      .addColumn('feed', 'text', (c) => c.notNull())
      .addColumn('arrival', 'integer', (c) => c.notNull())
      .addColumn('over_at', 'bigint')
      .addPrimaryKeyConstraint('incident_concerns_primary', ['incident', 'feed', 'arrival'])
      .execute();
    await db.schema.alterTable('notices').addColumn('feed', 'text').execute();
    await db.schema.alterTable('notices').addColumn('cause', 'text').execute();
    await db.schema
      .alterTable('notices')
      .addColumn('incident', 'integer', (c) => c.references('incidents.id'))
      .execute();
    await db.schema.alterTable('notices').addColumn('phase', 'text').execute();
    await db.schema.createIndex('notices_by_incident').on('notices').column('incident').execute();
    await createMessages(db, id);
  },
});

/** Where each notice goes, channel by channel; before, there was mail alone. */
async function createMessages(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('messages')
    .addColumn('id', 'integer', id)
    .addColumn('notice', 'integer', (c) => c.notNull().references('notices.id'))
    .addColumn('channel', 'text', (c) => c.notNull())
    .addColumn('addressees', 'text', (c) => c.notNull())
    .addColumn('urgent', 'integer', (c) => c.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'bigint')
    .addColumn('last_error', 'text')
    .addColumn('left_to', 'text')
    .addUniqueConstraint('messages_once', ['notice', 'channel', 'addressees'])
    .execute();
  await db.schema
    .createIndex('messages_due')
    .on('messages')
    .columns(['channel', 'next_try_at'])
    .where(sql.ref('next_try_at'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('messages_sent')
    .on('messages')
    .columns(['channel', 'sent_at'])
    .where(sql.ref('sent_at'), 'is not', null)
    .execute();
  for (const column of ['audience', 'attach', 'untold'])
    await db.schema.alterTable('notices').addColumn(column, 'text').execute();
  await db.schema.alterTable('notices').addColumn('routed_at', 'bigint').execute();
  await takeOverMails(db);
  await db.schema.dropIndex('notices_due').execute();
  for (const column of ['sent_at', 'tries', 'next_try_at', 'last_error', 'left_to'])
    await db.schema.alterTable('notices').dropColumn(column).execute();
  await db.schema
    .createIndex('notices_unrouted')
    .on('notices')
    .column('id')
    .where(sql.ref('routed_at'), 'is', null)
    .execute();
}

/** What was mailed stays mailed, and whoever was left is still tried; what nobody has got is routed anew. */
async function takeOverMails(db: Db): Promise<void> {
  await sql`
    insert into messages (notice, channel, addressees, urgent, sent_at, tries, next_try_at, last_error, left_to)
      select id, 'mail', coalesce(left_to, '[]'), 0, sent_at, tries, next_try_at, last_error, left_to
      from notices where sent_at is not null`.execute(db);
  await sql`
    update notices set routed_at = coalesce(sent_at, raised_at), untold = case when sent_at is null then last_error end
      where sent_at is not null or next_try_at is null`.execute(db);
}
