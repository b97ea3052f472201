import { type Migration, Migrator } from 'kysely/migration';
import { TidegateError } from '../../base/errors.ts';
import type { Db, IdColumn } from '../schema.ts';
import { first } from './0001-first.ts';
import { rounds } from './0002-rounds.ts';
import { servers } from './0003-servers.ts';
import { installation } from './0004-installation.ts';
import { recipients } from './0005-recipients.ts';
import { mappedAnew } from './0006-mapped-anew.ts';
import { calls } from './0007-calls.ts';
import { attachments } from './0008-attachments.ts';
import { archives } from './0009-archives.ts';
import { callbacks } from './0010-callbacks.ts';
import { incidents } from './0011-incidents.ts';
import { outbound } from './0012-outbound.ts';
import { schedules } from './0013-schedules.ts';
import { dispatches } from './0014-dispatches.ts';

/** In the order in which they are applied; a name is never changed, a new one sorts last. */
const migrations = (id: IdColumn): Record<string, Migration> => ({
  '0001-first': first(id),
  '0002-rounds': rounds(id),
  '0003-servers': servers,
  '0004-installation': installation,
  '0005-recipients': recipients,
  '0006-mapped-anew': mappedAnew,
  '0007-calls': calls(id),
  '0008-attachments': attachments,
  '0009-archives': archives(id),
  '0010-callbacks': callbacks(id),
  '0011-incidents': incidents(id),
  '0012-outbound': outbound(id),
  '0013-schedules': schedules(id),
  '0014-dispatches': dispatches(id),
});

const known = Object.keys(migrations((column) => column));

/** Brings the schema up to date, in one transaction. `subject` names the store for errors. */
export async function migrate(db: Db, id: IdColumn, subject: string): Promise<void> {
  await refuseNewer(db, subject);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations(id) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** For readers, who may not migrate: fails unless the schema is exactly the one this version knows. */
export async function demandCurrent(db: Db, subject: string): Promise<void> {
  await refuseNewer(db, subject);
  const applied = await appliedMigrations(db);
  if (applied.length === known.length) return;
  throw new TidegateError('LEDGER_FAILED', 'the ledger was written by an older version', {
    subject,
    expected: `the schema ${known.at(-1)}`,
    fix: 'Start `tidegate run` or `tidegate once` of this version; it brings the ledger up to date.',
  });
}

async function refuseNewer(db: Db, subject: string): Promise<void> {
  const unknown = (await appliedMigrations(db)).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TidegateError(
    'LEDGER_FAILED',
    `the ledger has the schema ${unknown}, which this version does not know`,
    {
      subject,
      expected: `the schema ${known.at(-1)} or an older one`,
      fix: 'A newer Tidegate wrote it: use that version, or restore the copy made before the upgrade.',
    },
  );
}

async function appliedMigrations(db: Db): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}
