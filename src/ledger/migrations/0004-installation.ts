import type { Migration } from 'kysely/migration';

/** Who this installation is, and the inbound folders that it holds. */
export const installation: Migration = {
  async up(db) {
    await db.schema
      .createTable('installation')
      .addColumn('one', 'integer', (c) => c.primaryKey())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('place', 'text')
      .execute();
    await db.schema
      .createTable('folders')
      .addColumn('partner', 'text', (c) => c.notNull())
      .addColumn('folder', 'text', (c) => c.notNull())
      .addColumn('marker', 'text', (c) => c.notNull())
      .addColumn('since', 'bigint', (c) => c.notNull())
      .addColumn('adopted_by', 'text')
      .addColumn('adopted_because', 'text')
      .addPrimaryKeyConstraint('folders_primary', ['partner', 'folder'])
      .execute();
  },
};
