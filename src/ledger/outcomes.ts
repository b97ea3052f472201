import { type Selectable, sql } from 'kysely';
import { countsBy } from './counts.ts';
import type { Counts } from './port.ts';
import type { Db, RowsTable } from './schema.ts';

const columns = [
  ...(['state', 'code', 'message', 'cells', 'violations'] as const),
  ...(['duplicate_arrival', 'duplicate_line', 'settled_at'] as const),
] as const;

/** What became of the rows of an arrival: as it stands now, or in one round, with the rows of that round alone. As a table called `outcome`. */
export const outcomesOf = (db: Db, arrival: number, round: number | undefined) =>
  round === undefined ? currentOutcomes(db, arrival) : outcomesOfRound(db, arrival, round);

const currentOutcomes = (db: Db, arrival: number) =>
  db.selectFrom((eb) =>
    eb
      .selectFrom('rows')
      .select(['line', 'action', ...columns])
      .where('arrival', '=', arrival)
      .as('outcome'),
  );

/** A row that has been taken up again since has left what became of it then in `earlier_outcomes`. */
const outcomesOfRound = (db: Db, arrival: number, round: number) =>
  db.selectFrom((eb) =>
    eb
      .selectFrom('rows')
      .leftJoin('earlier_outcomes as kept', (join) =>
        join
          .onRef('kept.arrival', '=', 'rows.arrival')
          .onRef('kept.line', '=', 'rows.line')
          .on('kept.round', '=', round),
      )
      .select(['rows.line', 'rows.action'])
      .select([
        then('state', round),
        then('code', round),
        then('message', round),
        then('cells', round),
        then('violations', round),
        then('duplicate_arrival', round),
        then('duplicate_line', round),
        then('settled_at', round),
      ])
      .where('rows.arrival', '=', arrival)
      .where((where) => where.or([where('rows.round', '=', round), where('kept.round', 'is not', null)]))
      // As a literal, or the index of later rounds is not used.
      .$if(round > 0, (query) => query.where('rows.round', '>', sql.lit(0)))
      .as('outcome'),
  );

const then = <Column extends (typeof columns)[number]>(column: Column, round: number) =>
  sql<
    Selectable<RowsTable>[Column]
  >`case when rows.round = ${round} then ${sql.ref(`rows.${column}`)} else ${sql.ref(`kept.${column}`)} end`.as(
    column,
  );

export async function countRound(db: Db, arrival: number, round: number): Promise<Counts> {
  const found = await outcomesOf(db, arrival, round)
    .select(({ fn }) => ['outcome.state', fn.countAll().as('count')])
    .groupBy('outcome.state')
    .execute();
  return countsBy(found);
}
