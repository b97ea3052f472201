import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdColumn, Tables } from '../schema.ts';

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
  },
});
