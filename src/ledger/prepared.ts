/** Queries that are built once and run often: building one costs several times what SQLite needs to run it. */
import type { Compilable, CompiledQuery, Insertable, QueryResult } from 'kysely';
import type { Db, Tables } from './schema.ts';

type Value = string | number | null;
type Values = Record<string, Value>;

/** Stands in a query for a value that comes later. */
class Slot {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** `build` is called once, at the first run, and puts `slot('name')` wherever a value belongs. */
export function prepared<V extends Values, R = unknown>(
  build: (db: Db, slot: <K extends keyof V & string>(name: K) => V[K]) => Compilable<R>,
): (db: Db, values: V) => Promise<QueryResult<R>> {
  let compiled: CompiledQuery<R> | undefined;
  return (db, values) => {
    // A slot travels through the builder as an opaque parameter; its declared type is that of the value it stands for.
    compiled ??= build(db, (name) => new Slot(name) as unknown as V[typeof name]).compile();
    const parameters = compiled.parameters.map((value) =>
      value instanceof Slot ? values[value.name] : value,
    );
    return db.executeQuery<R>({ ...compiled, parameters });
  };
}

/** Few enough parameters for every database, and enough records that the statement itself no longer counts. */
const recordsPerStatement = 50;

/** Inserts records given as values in the order of `columns`. */
export function bulkInsert<T extends keyof Tables>(
  table: T,
  columns: readonly (keyof Tables[T] & string)[],
): (db: Db, records: readonly (readonly Value[])[]) => Promise<void> {
  const shapes = new Map<number, CompiledQuery>();
  const shape = (db: Db, count: number): CompiledQuery => {
    let compiled = shapes.get(count);
    if (compiled === undefined) {
      // Only the shape is compiled; the values, and with them their types, come with each run.
      const record = Object.fromEntries(columns.map((column) => [column, 0])) as unknown as Insertable<
        Tables[T]
      >;
      compiled = db.insertInto(table).values(Array<Insertable<Tables[T]>>(count).fill(record)).compile();
      shapes.set(count, compiled);
    }
    return compiled;
  };
  return async (db, records) => {
    for (let from = 0; from < records.length; from += recordsPerStatement) {
      const part = records.slice(from, from + recordsPerStatement);
      await db.executeQuery({ ...shape(db, part.length), parameters: part.flat() });
    }
  };
}
