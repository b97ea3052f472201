import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdColumn, Tables } from '../schema.ts';

/** What people have paused, and when the folder of a feed was last seen without a file. */
export const schedules = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('pauses')
      .addColumn('id', 'integer', id)
      .addColumn('what', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('since', 'bigint', (c) => c.notNull())
      .addColumn('until', 'bigint')
      .addColumn('by', 'text', (c) => c.notNull())
      .addColumn('because', 'text', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('ended_by', 'text')
      .addColumn('ended_because', 'text')
      .execute();
    // At most one of each thing holds.
    await db.schema
      .createIndex('pauses_open')
      .unique()
      .on('pauses')
      .columns(['what', 'name'])
      .where(sql.ref('ended_at'), 'is', null)
      .execute();
    await db.schema
      .createTable('looks')
      .addColumn('partner', 'text', (c) => c.notNull())
      .addColumn('feed', 'text', (c) => c.notNull())
      .addColumn('first', 'bigint', (c) => c.notNull())
      .addColumn('last', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('looks_primary', ['partner', 'feed'])
      .execute();
    await db.schema.alterTable('arrivals').addColumn('absent_at', 'bigint').execute();
    await db.schema
      .createIndex('arrivals_by_coming')
      .on('arrivals')
      .columns(['partner', 'feed', 'claimed_at'])
      .execute();
  },
});
