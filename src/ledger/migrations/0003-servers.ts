import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Tables } from '../schema.ts';

/** What was found out about each partner's server. */
export const servers: Migration = {
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('servers')
      .addColumn('partner', 'text', (c) => c.primaryKey())
      .addColumn('identity', 'text', (c) => c.notNull())
      .addColumn('probed_at', 'bigint', (c) => c.notNull())
      .addColumn('traits', 'text', (c) => c.notNull())
      .execute();
  },
};
