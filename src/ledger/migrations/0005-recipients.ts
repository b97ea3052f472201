import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Tables } from '../schema.ts';

/** Who has not got a notice yet that others have got. */
export const recipients: Migration = {
  async up(db: Kysely<Tables>) {
    await db.schema.alterTable('notices').addColumn('left_to', 'text').execute();
    // From now on a time of the next try means that there will be one.
    await sql`update notices set next_try_at = null where sent_at is not null`.execute(db);
    await db.schema.dropIndex('notices_unsent').execute();
    await db.schema
      .createIndex('notices_due')
      .on('notices')
      .column('next_try_at')
      .where(sql.ref('next_try_at'), 'is not', null)
      .execute();
  },
};
