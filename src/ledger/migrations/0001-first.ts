import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Db, IdColumn, Tables } from '../schema.ts';

/** The first schema. Tables and columns are explained in `schema.ts` and by the glossary of `port.ts`. */
export const first = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await createArrivals(db, id);
    await createSteps(db, id);
    await createRows(db);
    await createAttempts(db, id);
    await createAnswersAndNotices(db, id);
  },
});

async function createArrivals(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('arrivals')
    .addColumn('id', 'integer', id)
    .addColumn('partner', 'text', (c) => c.notNull())
    .addColumn('feed', 'text', (c) => c.notNull())
    .addColumn('folder', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('modified_at', 'bigint', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('token', 'integer', (c) => c.notNull())
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('lease_until', 'bigint', (c) => c.notNull())
    .addColumn('sha256', 'text')
    .addColumn('repeat_of', 'integer', (c) => c.references('arrivals.id'))
    .addColumn('withdrawn_because', 'text')
    .addColumn('problem', 'text')
    .addColumn('disposition', 'text')
    .addColumn('settle_as', 'text')
    .addColumn('mapping', 'text')
    .addColumn('columns', 'text', (c) => c.notNull())
    .addColumn('key_columns', 'text', (c) => c.notNull())
    .addColumn('ack_columns', 'text', (c) => c.notNull())
    .addColumn('rows', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('pending', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('accepted', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('rejected', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('duplicate', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('parked', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('claimed_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('arrivals_by_name')
    .on('arrivals')
    .columns(['partner', 'folder', 'name'])
    .execute();
  await db.schema
    .createIndex('arrivals_by_content')
    .on('arrivals')
    .columns(['partner', 'feed', 'sha256'])
    .execute();
  // One unfinished arrival per name is the rule that keeps two instances apart; the database holds it too.
  await db.schema
    .createIndex('arrivals_unfinished')
    .unique()
    .on('arrivals')
    .columns(['partner', 'folder', 'name'])
    .where(sql.ref('state'), 'not in', sql`('settled', 'withdrawn')`)
    .execute();
}

async function createSteps(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('steps')
    .addColumn('id', 'integer', id)
    .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('steps_by_arrival').on('steps').column('arrival').execute();
}

async function createRows(db: Db): Promise<void> {
  await db.schema
    .createTable('rows')
    .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('order_key', 'text', (c) => c.notNull())
    .addColumn('reference', 'text')
    .addColumn('payload', 'text', (c) => c.notNull())
    .addColumn('duplicate_arrival', 'integer')
    .addColumn('duplicate_line', 'integer')
    .addColumn('code', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('message', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('cells', 'text')
    .addColumn('violations', 'text')
    .addColumn('settled_at', 'bigint')
    .addPrimaryKeyConstraint('rows_primary', ['arrival', 'line'])
    .execute();
  await db.schema
    .createTable('contents')
    .addColumn('arrival', 'integer', (c) => c.notNull())
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('keys', 'text', (c) => c.notNull())
    .addColumn('fields', 'text', (c) => c.notNull())
    .addColumn('plan', 'text')
    .addPrimaryKeyConstraint('contents_primary', ['arrival', 'line'])
    .execute();
  await db.schema
    .createIndex('rows_pending')
    .on('rows')
    .columns(['arrival', 'line'])
    .where(sql.ref('state'), '=', sql.lit('pending'))
    .execute();
  // Few of all rows: every file of a feed asks for them, however long the history.
  await db.schema
    .createIndex('rows_parked')
    .on('rows')
    .columns(['arrival', 'order_key'])
    .where(sql.ref('state'), '=', sql.lit('parked'))
    .execute();
  await db.schema
    .createTable('effects')
    .addColumn('partner', 'text', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('reference', 'text', (c) => c.notNull())
    .addColumn('arrival', 'integer', (c) => c.notNull())
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('payload', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('effects_primary', ['partner', 'operation', 'reference'])
    .execute();
}

async function createAttempts(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('attempts')
    .addColumn('id', 'integer', id)
    .addColumn('arrival', 'integer', (c) => c.notNull())
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('purpose', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('status', 'integer')
    .addColumn('code', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('message', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('ticket', 'text')
    .addColumn('request', 'text', (c) => c.notNull())
    .addColumn('answer', 'text')
    .addForeignKeyConstraint('attempts_row', ['arrival', 'line'], 'rows', ['arrival', 'line'])
    .execute();
  await db.schema.createIndex('attempts_by_row').on('attempts').columns(['arrival', 'line']).execute();
}

async function createAnswersAndNotices(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('answers')
    .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint')
    .addColumn('sha256', 'text')
    .addColumn('written_at', 'bigint')
    .addPrimaryKeyConstraint('answers_primary', ['arrival', 'kind'])
    .execute();
  await db.schema.createIndex('answers_by_path').on('answers').column('path').execute();
  await db.schema
    .createTable('notices')
    .addColumn('id', 'integer', id)
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('partner', 'text')
    .addColumn('arrival', 'integer')
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('raised_at', 'bigint', (c) => c.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'bigint')
    .addColumn('last_error', 'text')
    .execute();
  await db.schema.createIndex('notices_by_arrival').on('notices').column('arrival').execute();
  await db.schema
    .createIndex('notices_unsent')
    .on('notices')
    .column('next_try_at')
    .where(sql.ref('sent_at'), 'is', null)
    .execute();
}
