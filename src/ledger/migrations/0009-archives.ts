import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdColumn, Tables } from '../schema.ts';

/** What was archived where, and the hash that each archive ends with. */
export const archives = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('archives')
      .addColumn('id', 'integer', id)
      .addColumn('partner', 'text', (c) => c.notNull())
      .addColumn('month', 'text', (c) => c.notNull())
      .addColumn('part', 'integer', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('form', 'text', (c) => c.notNull())
      .addColumn('side', 'text', (c) => c.notNull())
      .addColumn('path', 'text', (c) => c.notNull())
      .addColumn('previous', 'text', (c) => c.notNull())
      .addColumn('hash', 'text')
      .addColumn('manifest_sha256', 'text')
      .addColumn('bundle', 'text')
      .addColumn('token', 'integer', (c) => c.notNull())
      .addColumn('owner', 'text', (c) => c.notNull())
      .addColumn('lease_until', 'bigint', (c) => c.notNull())
      .addColumn('planned_at', 'bigint', (c) => c.notNull())
      .addColumn('stored_at', 'bigint')
      .addColumn('cleared_at', 'bigint')
      .addColumn('deleted_at', 'bigint')
      .addUniqueConstraint('archives_of_month', ['partner', 'month', 'part'])
      .execute();
    await db.schema
      .createIndex('archives_unfinished')
      .on('archives')
      .column('partner')
      .where(sql.ref('state'), 'in', sql`('planned', 'stored')`)
      .execute();
    await db.schema
      .createTable('archived_files')
      .addColumn('archive', 'integer', (c) => c.notNull().references('archives.id'))
      .addColumn('seq', 'integer', (c) => c.notNull())
      .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('path', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('bytes', 'bigint', (c) => c.notNull())
      .addColumn('sha256', 'text')
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('arrived_at', 'bigint', (c) => c.notNull())
      .addColumn('counts', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('archived_files_primary', ['archive', 'seq'])
      .addUniqueConstraint('archived_once', ['arrival', 'path'])
      .execute();
  },
});
