import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Tables } from '../schema.ts';

/** With which mapping the rows of a retry were mapped anew. */
export const mappedAnew: Migration = {
  async up(db: Kysely<Tables>) {
    await db.schema.alterTable('decisions').addColumn('mapping', 'text').execute();
  },
};
