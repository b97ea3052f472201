import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Db, IdColumn, Tables } from '../schema.ts';

/** Arrivals may be worked on again, in numbered rounds, each with an answer of its own; and a corrected file knows what it corrects. */
export const rounds = (id: IdColumn): Migration => ({
  async up(db: Kysely<Tables>) {
    await numberRounds(db);
    await answerEveryRound(db);
    await createEarlierOutcomes(db);
    await createDecisions(db, id);
  },
});

async function numberRounds(db: Db): Promise<void> {
  await db.schema
    .alterTable('arrivals')
    .addColumn('round', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('arrivals')
    .addColumn('corrects', 'integer', (c) => c.references('arrivals.id'))
    .execute();
  await db.schema
    .alterTable('rows')
    .addColumn('round', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('rows').addColumn('overruled', 'integer').execute();
  // A later round has no source in the inbound folder: a new file may come under its name meanwhile.
  await db.schema.dropIndex('arrivals_unfinished').execute();
  await db.schema
    .createIndex('arrivals_unfinished')
    .unique()
    .on('arrivals')
    .columns(['partner', 'folder', 'name'])
    .where(sql.ref('state'), 'not in', sql`('settled', 'withdrawn')`)
    .where(sql.ref('round'), '=', sql.lit(0))
    .execute();
  // Few of all rows: a supplement must not read through a whole file.
  await db.schema
    .createIndex('rows_of_later_rounds')
    .on('rows')
    .columns(['arrival', 'line'])
    .where(sql.ref('round'), '>', sql.lit(0))
    .execute();
}

/** A primary key cannot be changed in every database: the table is made anew. */
async function answerEveryRound(db: Db): Promise<void> {
  await db.schema.alterTable('answers').renameTo('answers_of_first_round').execute();
  await db.schema
    .createTable('answers')
    .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint')
    .addColumn('sha256', 'text')
    .addColumn('written_at', 'bigint')
    .addPrimaryKeyConstraint('answers_of_round', ['arrival', 'kind', 'round'])
    .execute();
  await sql`
    insert into answers (arrival, kind, round, path, bytes, sha256, written_at)
    select arrival, kind, 0, path, bytes, sha256, written_at from answers_of_first_round
  `.execute(db);
  await db.schema.dropTable('answers_of_first_round').execute();
  await db.schema.createIndex('answers_by_path').on('answers').column('path').execute();
}

async function createEarlierOutcomes(db: Db): Promise<void> {
  await db.schema
    .createTable('earlier_outcomes')
    .addColumn('arrival', 'integer', (c) => c.notNull())
    .addColumn('line', 'integer', (c) => c.notNull())
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('duplicate_arrival', 'integer')
    .addColumn('duplicate_line', 'integer')
    .addColumn('code', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('cells', 'text')
    .addColumn('violations', 'text')
    .addColumn('settled_at', 'bigint')
    .addPrimaryKeyConstraint('earlier_outcomes_primary', ['arrival', 'line', 'round'])
    .addForeignKeyConstraint('earlier_outcomes_row', ['arrival', 'line'], 'rows', ['arrival', 'line'])
    .execute();
}

async function createDecisions(db: Db, id: IdColumn): Promise<void> {
  await db.schema
    .createTable('decisions')
    .addColumn('id', 'integer', id)
    .addColumn('arrival', 'integer', (c) => c.notNull().references('arrivals.id'))
    .addColumn('line', 'integer')
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('what', 'text', (c) => c.notNull())
    .addColumn('by', 'text', (c) => c.notNull())
    .addColumn('because', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('decisions_by_arrival').on('decisions').column('arrival').execute();
}
