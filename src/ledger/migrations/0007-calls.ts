import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdColumn, Tables } from '../schema.ts';

/** Calls that several rows share, or whose result comes later, and what the other side told about them by itself. */
export const calls = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('calls')
      .addColumn('id', 'integer', id)
      .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
      .addColumn('operation', 'text', (c) => c.notNull())
      .addColumn('code', 'text', (c) => c.unique())
      .addColumn('opened_at', 'bigint', (c) => c.notNull())
      .addColumn('job', 'text')
      .addColumn('queued_at', 'bigint')
      .addColumn('until', 'bigint')
      .addColumn('closed_at', 'bigint')
      .execute();
    await db.schema
      .createIndex('calls_open')
      .on('calls')
      .column('arrival')
      .where(sql.ref('closed_at'), 'is', null)
      .execute();
    await db.schema
      .alterTable('attempts')
      .addColumn('call', 'integer', (c) => c.references('calls.id'))
      .execute();
    // Most attempts have no call, and a row alone should not pay for those that share one.
    await db.schema
      .createIndex('attempts_by_call')
      .on('attempts')
      .column('call')
      .where(sql.ref('call'), 'is not', null)
      .execute();
  },
});
