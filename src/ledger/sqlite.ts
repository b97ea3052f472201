import { mkdir, open as openFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import { answersOf } from './answers.ts';
import { archivesOf } from './archives.ts';
import { arrivalsOf } from './arrivals.ts';
import { attachmentsOf } from './attachments.ts';
import { callbacksOf } from './callbacks.ts';
import { callsOf } from './calls.ts';
import { decideOf } from './decide.ts';
import { deliveredOf } from './delivered.ts';
import { deliveryOf, demandStaged } from './delivery.ts';
import { dispatchesOf } from './dispatches.ts';
import { exportsOf } from './exports.ts';
import { ledgerFailure } from './failures.ts';
import { fileLinesOf } from './file-lines.ts';
import { groupCommit } from './group-commit.ts';
import { incidentsOf } from './incidents.ts';
import { foldersOf, readInstallation, settleInstallation } from './installation.ts';
import { looksOf } from './looks.ts';
import { messagesOf } from './messages.ts';
import { demandCurrent, migrate } from './migrations/index.ts';
import { noticesOf } from './notices.ts';
import { outboundOf } from './outbound.ts';
import { countRound } from './outcomes.ts';
import { pausesOf } from './pauses.ts';
import type { Ledger } from './port.ts';
import { copyToRead, liesReadOnly } from './read-only-copy.ts';
import { repliesOf } from './replies.ts';
import { restageOf } from './restage.ts';
import { retryOf } from './retry.ts';
import { decisionsOf } from './rounds.ts';
import type { Db, Tables } from './schema.ts';
import { serversOf } from './servers.ts';
import { sqliteDialect, sqliteId } from './sqlite-dialect.ts';
import { stagingOf } from './staging.ts';
import { stepsOf } from './steps.ts';

export interface LedgerOptions {
  /** Local path; must not lie on a network share, where SQLite's locks do not hold. */
  file: string;
  /** For a look beside a running owner: nothing is created, migrated or written. */
  readOnly?: boolean;
}

/** How long opening waits for another process that is opening; afterwards the dialect waits by itself. */
const openingMs = 10_000;
/** A staged row takes 1 to 2 KB: pages of 8 KB hold several with little waste. Counts only for a file that is new. */
const pageBytes = 8192;
/** 16 MB of write-ahead log between checkpoints instead of the usual 4: fewer flushes while a large file is staged. */
const checkpointPages = 2000;

/** Opens the ledger file, made with mode 0600 when there is none, and brings its schema up to date. */
export async function openLedger({ file, readOnly = false }: LedgerOptions): Promise<Ledger> {
  try {
    return await open(file, file, readOnly);
  } catch (error) {
    if (!readOnly || !(await liesReadOnly(file, error))) throw error;
  }
  const copy = await copyToRead(file);
  try {
    const ledger = await open(copy.file, file, readOnly);
    return { ...ledger, close: () => ledger.close().finally(copy.discard) };
  } catch (error) {
    await copy.discard();
    throw error;
  }
}

/** @param original where the ledger belongs, which may be another place than that of the file */
async function open(file: string, original: string, readOnly: boolean): Promise<Ledger> {
  let database: Database.Database | undefined;
  try {
    await (readOnly ? demandFile(file) : makeFile(file));
    database = new Database(file, { readonly: readOnly, fileMustExist: true, timeout: openingMs });
    const db = new Kysely<Tables>({ dialect: sqliteDialect(database, original) });
    if (!readOnly) prepareFile(database);
    database.pragma('busy_timeout = 0');
    await (readOnly ? demandCurrent(db, original) : migrate(db, sqliteId, original));
    const place = await placeOf(original);
    return ledgerOn(db, await (readOnly ? readInstallation(db, place) : settleInstallation(db, place)));
  } catch (error) {
    // Kysely would leave a file open on which no query has succeeded.
    database?.close();
    throw ledgerFailure(original, error);
  }
}

function ledgerOn(db: Db, installation: string): Ledger {
  const together = groupCommit(db, demandStaged);
  return {
    installation,
    ...arrivalsOf(db),
    ...stepsOf(db),
    ...stagingOf(db),
    ...decideOf(db),
    ...retryOf(db),
    ...restageOf(db),
    decisions: (arrival) => decisionsOf(db, arrival),
    countRound: (arrival, round) => countRound(db, arrival, round),
    ...deliveryOf(db, together),
    ...fileLinesOf(db),
    ...dispatchesOf(db),
    ...repliesOf(db),
    ...callsOf(db, together),
    ...callbacksOf(db),
    ...deliveredOf(db),
    ...answersOf(db),
    ...noticesOf(db),
    ...messagesOf(db),
    ...incidentsOf(db),
    ...attachmentsOf(db),
    ...serversOf(db),
    ...foldersOf(db),
    ...archivesOf(db),
    ...pausesOf(db),
    ...looksOf(db),
    ...outboundOf(db),
    ...exportsOf(db),
    close: async () => {
      await together.drained();
      await db.destroy();
    },
  };
}

async function makeFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Made here rather than by SQLite, which would give it the mode of the umask; its `-wal` and `-shm` take over this mode.
  const handle = await openFile(file, 'a', 0o600);
  await handle.close();
}

async function demandFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found) return;
  throw new TidegateError('LEDGER_FAILED', 'there is no ledger yet', {
    subject: file,
    fix: 'Run `tidegate once` or `tidegate run` first; it makes the ledger. If there was one, check the storage setting.',
  });
}

/** A file keeps its number as long as it is there, also when it is renamed; a copy has another one. */
const placeOf = async (file: string): Promise<string> => `inode ${(await stat(file, { bigint: true })).ino}`;

function prepareFile(database: Database.Database): void {
  database.pragma(`page_size = ${pageBytes}`);
  database.pragma('journal_mode = WAL');
  // SQLite drops to NORMAL when it reopens a write-ahead log, and a commit could then be lost with the power (better-sqlite3 issue 1067).
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma(`wal_autocheckpoint = ${checkpointPages}`);
}
