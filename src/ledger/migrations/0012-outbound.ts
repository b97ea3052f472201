import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdColumn, Tables } from '../schema.ts';

/** Files that are brought out, and which windows of time the exports have covered. */
export const outbound = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('outbound_files')
      .addColumn('id', 'integer', id)
      .addColumn('partner', 'text', (c) => c.notNull())
      .addColumn('origin', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('arrival', 'integer', (c) => c.references('arrivals.id'))
      .addColumn('path', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('window_from', 'bigint')
      .addColumn('window_to', 'bigint')
      .addColumn('covers', 'integer', (c) => c.notNull())
      .addColumn('packing', 'text')
      .addColumn('rows', 'integer')
      .addColumn('bytes', 'bigint')
      .addColumn('sha256', 'text')
      .addColumn('packed_bytes', 'bigint')
      .addColumn('packed_sha256', 'text')
      .addColumn('token', 'integer', (c) => c.notNull())
      .addColumn('owner', 'text', (c) => c.notNull())
      .addColumn('lease_until', 'bigint', (c) => c.notNull())
      .addColumn('planned_at', 'bigint', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .addUniqueConstraint('outbound_once', ['origin', 'name', 'key'])
      .execute();
    await db.schema
      .createIndex('outbound_unfinished')
      .on('outbound_files')
      .columns(['origin', 'name'])
      .where(sql.ref('ended_at'), 'is', null)
      .execute();
    await db.schema
      .createIndex('outbound_by_path')
      .on('outbound_files')
      .columns(['partner', 'path'])
      .execute();
    await db.schema.createIndex('outbound_by_arrival').on('outbound_files').column('arrival').execute();
    await db.schema
      .createTable('export_windows')
      .addColumn('export', 'text', (c) => c.notNull())
      .addColumn('window_from', 'bigint', (c) => c.notNull())
      .addColumn('window_to', 'bigint', (c) => c.notNull())
      .addColumn('outcome', 'text', (c) => c.notNull())
      .addColumn('file', 'integer', (c) => c.references('outbound_files.id'))
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('export_windows_primary', ['export', 'window_from'])
      .execute();
    await db.schema
      .createIndex('steps_settled')
      .on('steps')
      .column('at')
      .where(sql.ref('state'), '=', sql`'settled'`)
      .execute();
    await archiveOutboundToo(db);
    // What lies beside an answer is archived with it.
    await db.schema.alterTable('answers').addColumn('packing', 'text').execute();
  },
});

/** What is archived belonged to an arrival each time; now it may be an outbound file instead. */
async function archiveOutboundToo(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('archived_files').renameTo('archived_before').execute();
  await db.schema
    .createTable('archived_files')
    .addColumn('archive', 'integer', (c) => c.notNull().references('archives.id'))
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('arrival', 'integer', (c) => c.references('arrivals.id'))
    .addColumn('outbound', 'integer', (c) => c.references('outbound_files.id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('sha256', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('arrived_at', 'bigint', (c) => c.notNull())
    .addColumn('counts', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('archived_files_key', ['archive', 'seq'])
    .addUniqueConstraint('archived_of_arrival_once', ['arrival', 'path'])
    .addUniqueConstraint('archived_of_outbound_once', ['outbound', 'path'])
    .execute();
  const columns = sql.raw(
    'archive, seq, arrival, kind, path, name, bytes, sha256, state, arrived_at, counts',
  );
  await sql`insert into archived_files (${columns}) select ${columns} from archived_before`.execute(db);
  await db.schema.dropTable('archived_before').execute();
}
