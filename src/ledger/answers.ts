import { TidegateError } from '../base/errors.ts';
import type { AckCells, Violation } from '../mapping/types.ts';
import { fenced } from './fence.ts';
import type { AnswerRow, Ledger, RowState } from './port.ts';
import type { Db } from './schema.ts';

export const answersOf = (
  db: Db,
): Pick<Ledger, 'answerRows' | 'planAnswers' | 'answerWritten' | 'answers' | 'answerPathTaken'> => ({
  answerRows: (arrival, afterLine, limit, states) => answerRows(db, arrival, afterLine, limit, states),

  planAnswers: (claim, answers) =>
    fenced(db, claim, ['delivered'], async (trx) => {
      if (answers.length === 0) return;
      await trx
        .insertInto('answers')
        .values(answers.map(({ kind, path }) => ({ arrival: claim.id, kind, path })))
        .onConflict((conflict) =>
          conflict
            .columns(['arrival', 'kind'])
            .doUpdateSet((planned) => ({ path: planned.ref('excluded.path') }))
            .where('answers.written_at', 'is', null),
        )
        .execute();
    }),

  answerWritten: (claim, kind, { bytes, sha256 }, now) =>
    fenced(db, claim, ['delivered'], async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('answers')
        .set({ bytes, sha256, written_at: now })
        .where('arrival', '=', claim.id)
        .where('kind', '=', kind)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) return;
      throw new TidegateError('LEDGER_FAILED', `no ${kind} was planned for this arrival`, {
        subject: `arrival ${claim.id}`,
        fix: 'Plan the answers before they are written.',
      });
    }),

  answers: async (arrival) => {
    const found = await db
      .selectFrom('answers')
      .selectAll()
      .where('arrival', '=', arrival)
      .orderBy('kind')
      .execute();
    return found.map(({ kind, path, bytes, sha256, written_at }) => ({
      kind,
      path,
      written: written_at === null ? null : { bytes: bytes ?? 0, sha256: sha256 ?? '', at: written_at },
    }));
  },

  answerPathTaken: async (partner, path, exceptArrival) => {
    const taken = await db
      .selectFrom('answers')
      .innerJoin('arrivals', 'arrivals.id', 'answers.arrival')
      .select('answers.arrival')
      .where('answers.path', '=', path)
      .where('arrivals.partner', '=', partner)
      .where('answers.arrival', '<>', exceptArrival)
      .executeTakeFirst();
    return taken !== undefined;
  },
});

async function answerRows(
  db: Db,
  arrival: number,
  afterLine: number,
  limit: number,
  states?: readonly RowState[],
): Promise<AnswerRow[]> {
  const found = await db
    .selectFrom('rows')
    .innerJoin('contents', (join) =>
      join.onRef('contents.arrival', '=', 'rows.arrival').onRef('contents.line', '=', 'rows.line'),
    )
    .leftJoin('arrivals as earlier', 'earlier.id', 'rows.duplicate_arrival')
    .select(['rows.line', 'contents.keys', 'rows.action', 'rows.state', 'rows.code', 'rows.message'])
    .select(['rows.cells', 'rows.violations', 'rows.settled_at as settledAt', 'contents.fields'])
    .select(['rows.duplicate_arrival', 'rows.duplicate_line', 'earlier.name as duplicate_name'])
    .where('rows.arrival', '=', arrival)
    .where('rows.line', '>', afterLine)
    .$if(states !== undefined, (query) => query.where('rows.state', 'in', states ?? []))
    .orderBy('rows.line')
    .limit(limit)
    .execute();
  return found.map((row) => ({
    line: row.line,
    keys: JSON.parse(row.keys) as string[],
    action: row.action,
    state: row.state,
    code: row.code,
    message: row.message,
    cells: row.cells === null ? {} : (JSON.parse(row.cells) as AckCells),
    violations: row.violations === null ? [] : (JSON.parse(row.violations) as Violation[]),
    duplicateOf:
      row.duplicate_arrival === null
        ? null
        : {
            arrival: row.duplicate_arrival,
            name: row.duplicate_name ?? '',
            line: row.duplicate_line ?? 0,
          },
    settledAt: row.settledAt,
    fields: JSON.parse(row.fields) as string[],
  }));
}
