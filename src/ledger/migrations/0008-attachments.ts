import type { Migration } from 'kysely/migration';

/** Files that rows of an arrival name, as they were brought. */
export const attachments: Migration = {
  async up(db) {
    await db.schema
      .createTable('attachments')
      .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
      .addColumn('number', 'integer', (c) => c.notNull())
      .addColumn('folder', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('modified_at', 'bigint', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('settle_as', 'text')
      .addColumn('settled_at', 'bigint')
      .addPrimaryKeyConstraint('attachments_primary', ['arrival', 'number'])
      .addUniqueConstraint('attachments_names', ['arrival', 'name'])
      .execute();
  },
};
