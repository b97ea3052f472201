/** Kysely on better-sqlite3. Everything that only SQLite knows is in this file and in `sqlite.ts`. */
import { setTimeout as wait } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import {
  type ColumnDefinitionBuilder,
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { boundary } from '../base/boundary.ts';
import { ledgerFailure } from './failures.ts';

const maxStatements = 400;
/** Another process writes for milliseconds at a time, or for seconds while it stages the last of a very large file. */
const longestWaitMs = 30_000;
const longestPauseMs = 20;

/** SQLite gives values to an `integer primary key` by itself; `autoincrement` makes sure that an id is never used twice. */
export const sqliteId = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
  column.primaryKey().autoIncrement();

/**
 * Differs from Kysely's own dialect in five ways: transactions are IMMEDIATE (a deferred one that turns to writing fails at once with
 * BUSY_SNAPSHOT, whatever the timeout), statements are prepared once, migrations run in a transaction (SQLite's DDL is
 * transactional, Kysely's adapter does not say so), waiting does not block, and failures are ledger failures that name the file.
 * @param subject names the ledger in errors
 */
export function sqliteDialect(database: Database.Database, subject = database.name): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new SqliteDriver(database, subject),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** The two moments between which nothing of a transaction counts. */
const transaction = () =>
  boundary('transaction', {
    begin: (connection: DatabaseConnection) => connection.executeQuery(CompiledQuery.raw('begin immediate')),
    commit: (connection: DatabaseConnection) => connection.executeQuery(CompiledQuery.raw('commit')),
  });

class SqliteDriver implements Driver {
  readonly #transaction = transaction();
  readonly #database: Database.Database;
  readonly #connection: SqliteConnection;

  constructor(database: Database.Database, subject: string) {
    this.#database = database;
    this.#connection = new SqliteConnection(database, subject);
  }

  async init(): Promise<void> {}

  /** The one connection: Kysely's single-connection executor keeps callers apart. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#transaction.begin(connection);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#transaction.commit(connection);
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // After a full disk or an I/O error SQLite has already rolled back; a second rollback would hide the cause.
    if (this.#database.inTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: Database.Database;
  readonly #subject: string;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  constructor(database: Database.Database, subject: string) {
    this.#database = database;
    this.#subject = subject;
  }

  /**
   * Waits for another writer without blocking the event loop, as SQLite's own busy timeout would: leases must be renewed meanwhile, and the
   * other writer may be a second ledger in this very process.
   */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (
      let waitedMs = 0, pauseMs = 1;
      ;
      waitedMs += pauseMs, pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    ) {
      try {
        return this.#run(query);
      } catch (error) {
        // Inside a transaction nothing is busy any more: it began with the write lock.
        const mayWait = isBusy(error) && !this.#database.inTransaction && waitedMs < longestWaitMs;
        if (!mayWait) throw ledgerFailure(this.#subject, error);
      }
      await wait(pauseMs);
    }
  }

  #run<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(query.sql);
    // The type of a result is what the query builder promised.
    if (statement.reader) return { rows: statement.all(query.parameters) as R[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(query.parameters).changes) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the ledger reads in pages; it does not stream');
  }

  #prepare(text: string): Database.Statement<unknown[]> {
    let statement = this.#statements.get(text);
    if (statement) return statement;
    if (this.#statements.size >= maxStatements) this.#statements.clear();
    statement = this.#database.prepare<unknown[]>(text);
    this.#statements.set(text, statement);
    return statement;
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
