import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdColumn, Tables } from '../schema.ts';

/** What targets told by themselves about calls that were queued. */
export const callbacks = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    // Those of before had no code, so that nobody could tell anything about them.
    await db.schema.alterTable('calls').addColumn('target', 'text').execute();
    await db.schema
      .createTable('callbacks')
      .addColumn('id', 'integer', id)
      .addColumn('target', 'text', (c) => c.notNull())
      .addColumn('code', 'text', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('received_at', 'bigint', (c) => c.notNull())
      .addColumn('fate', 'text', (c) => c.notNull())
      .addColumn('call', 'integer', (c) => c.references('calls.id'))
      .addUniqueConstraint('callbacks_told_once', ['target', 'code', 'sha256'])
      .execute();
    await db.schema.createIndex('callbacks_by_call').on('callbacks').column('call').execute();
  },
});
