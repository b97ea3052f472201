import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Db, IdColumn, Tables } from '../schema.ts';

/** What rows put into outbound files, and what the other side answers to a file that was sent. */
export const dispatches = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await createFileLines(db);
    await createDispatches(db, id);
  },
});

async function createFileLines(db: Db): Promise<void> {
  await db.schema.alterTable('attempts').addColumn('lines', 'text').execute();
  await db.schema
    .createTable('row_files')
    .addColumn('outbound', 'integer', (c) => c.primaryKey().references('outbound_files.id'))
    .addColumn('file', 'text', (c) => c.notNull())
    .addColumn('split', 'text', (c) => c.notNull())
    .addColumn('layout', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('file_lines')
    .addColumn('arrival', 'integer', (c) => c.notNull())
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('file', 'text', (c) => c.notNull())
    .addColumn('split', 'text', (c) => c.notNull())
    .addColumn('cells', 'text', (c) => c.notNull())
    .addColumn('named_in', 'text')
    .addColumn('outbound', 'integer', (c) => c.references('row_files.outbound'))
    .addPrimaryKeyConstraint('file_lines_primary', ['arrival', 'line', 'file'])
    .addForeignKeyConstraint('file_lines_row', ['arrival', 'line'], 'rows', ['arrival', 'line'])
    .execute();
  await db.schema
    .createIndex('file_lines_by_outbound')
    .on('file_lines')
    .columns(['outbound', 'line'])
    .execute();
  // Few at any time: those of the arrival in work.
  await db.schema
    .createIndex('file_lines_to_plan')
    .on('file_lines')
    .columns(['arrival', 'file', 'split'])
    .where(sql.ref('outbound'), 'is', null)
    .execute();
}

async function createDispatches(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('dispatches')
    .addColumn('outbound', 'integer', (c) => c.primaryKey().references('outbound_files.id'))
    .addColumn('agreement', 'text', (c) => c.notNull())
    .addColumn('stamp', 'text', (c) => c.notNull())
    .addColumn('split', 'text', (c) => c.notNull())
    .addColumn('noted', 'integer', (c) => c.notNull())
    .addColumn('rows', 'integer', (c) => c.notNull())
    .addColumn('accepted', 'integer', (c) => c.notNull())
    .addColumn('rejected', 'integer', (c) => c.notNull())
    .addColumn('replies', 'integer', (c) => c.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('told', 'text')
    .execute();
  await db.schema
    .createIndex('dispatches_by_stamp')
    .on('dispatches')
    .columns(['agreement', 'stamp', 'split'])
    .execute();
  await db.schema
    .createIndex('dispatches_untold')
    .on('dispatches')
    .columns(['agreement', 'outbound'])
    .where(sql<boolean>`(told is null or told <> 'closed')`)
    .execute();
  await db.schema
    .createTable('dispatch_rows')
    .addColumn('outbound', 'integer', (c) => c.notNull().references('dispatches.outbound'))
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('match', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('their_id', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('reply', 'integer')
    .addColumn('reply_line', 'integer')
    .addColumn('spoken_by', 'integer')
    .addPrimaryKeyConstraint('dispatch_rows_primary', ['outbound', 'line'])
    .execute();
  await db.schema
    .createIndex('dispatch_rows_by_match')
    .on('dispatch_rows')
    .columns(['match', 'outbound', 'line'])
    .execute();
  await db.schema
    .createTable('replies')
    .addColumn('id', 'integer', id)
    .addColumn('agreement', 'text', (c) => c.notNull())
    .addColumn('partner', 'text', (c) => c.notNull())
    .addColumn('folder', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('modified_at', 'bigint', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text')
    .addColumn('rows', 'integer', (c) => c.notNull())
    .addColumn('read_to', 'integer', (c) => c.notNull())
    .addColumn('problem', 'text')
    .addColumn('token', 'integer', (c) => c.notNull())
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('lease_until', 'bigint', (c) => c.notNull())
    .addColumn('found_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('taken_away_at', 'bigint')
    .addUniqueConstraint('reply_once', ['agreement', 'folder', 'name', 'size', 'modified_at'])
    .execute();
  await db.schema
    .createIndex('replies_to_take_away')
    .on('replies')
    .columns(['agreement', 'id'])
    .where(sql<boolean>`state = 'read' and taken_away_at is null`)
    .execute();
  await db.schema
    .createTable('reply_dispatches')
    .addColumn('reply', 'integer', (c) => c.notNull().references('replies.id'))
    .addColumn('outbound', 'integer', (c) => c.notNull().references('dispatches.outbound'))
    .addPrimaryKeyConstraint('reply_dispatches_primary', ['reply', 'outbound'])
    .execute();
  await db.schema
    .createIndex('reply_dispatches_by_outbound')
    .on('reply_dispatches')
    .column('outbound')
    .execute();
  await db.schema
    .createTable('findings')
    .addColumn('reply', 'integer', (c) => c.notNull().references('replies.id'))
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('match', 'text', (c) => c.notNull())
    .addColumn('outbound', 'integer')
    .addColumn('verdict', 'text', (c) => c.notNull())
    .addColumn('their_id', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('findings_primary', ['reply', 'line'])
    .execute();
  await db.schema.createIndex('findings_by_outbound').on('findings').column('outbound').execute();
}
