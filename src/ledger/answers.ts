import { TidegateError } from '../base/errors.ts';
import type { AckCells, Violation } from '../mapping/types.ts';
import { fenced } from './fence.ts';
import { namesOfFiles, placeName } from './file-lines.ts';
import { outcomesOf } from './outcomes.ts';
import type { Answer, AnswerLedger, AnswerRow, Claim, RowState } from './port.ts';
import type { Db } from './schema.ts';

export const answersOf = (db: Db): AnswerLedger => ({
  answerRows: (arrival, afterLine, limit, which = {}) => answerRows(db, arrival, afterLine, limit, which),

  planAnswers: (claim, answers) =>
    fenced(db, claim, ['delivered'], async (trx) => {
      if (answers.length === 0) return;
      await trx
        .insertInto('answers')
        .values(answers.map(({ kind, round, path }) => ({ arrival: claim.id, kind, round, path })))
        .onConflict((conflict) =>
          conflict
            .columns(['arrival', 'kind', 'round'])
            .doUpdateSet((planned) => ({ path: planned.ref('excluded.path') }))
            .where('answers.written_at', 'is', null),
        )
        .execute();
    }),

  answerPacked: (claim, answer, { bytes, sha256 }) => recordAnswer(db, claim, answer, { bytes, sha256 }),

  answerWritten: (claim, answer, { bytes, sha256, packing = null }, now) =>
    recordAnswer(db, claim, answer, {
      ...{ bytes, sha256, written_at: now },
      packing: packing && JSON.stringify(packing),
    }),

  answers: async (arrival) => {
    const found = await db
      .selectFrom('answers')
      .selectAll()
      .where('arrival', '=', arrival)
      .orderBy('round')
      .orderBy('kind')
      .execute();
    return found.map(({ kind, round, path, bytes, sha256, written_at }) => ({
      kind,
      round,
      path,
      packed: sha256 === null || written_at !== null ? null : { bytes: bytes ?? 0, sha256 },
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

async function recordAnswer(
  db: Db,
  claim: Claim,
  { kind, round }: Pick<Answer, 'kind' | 'round'>,
  file: { bytes: number; sha256: string; written_at?: number; packing?: string | null },
): Promise<void> {
  await fenced(db, claim, ['delivered'], async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('answers')
      .set(file)
      .where('arrival', '=', claim.id)
      .where('kind', '=', kind)
      .where('round', '=', round)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) return;
    throw new TidegateError('LEDGER_FAILED', `no ${kind} of round ${round} was planned for this arrival`, {
      subject: `arrival ${claim.id}`,
      fix: 'Plan the answers before they are written.',
    });
  });
}

async function answerRows(
  db: Db,
  arrival: number,
  afterLine: number,
  limit: number,
  { round, states }: { round?: number; states?: readonly RowState[] },
): Promise<AnswerRow[]> {
  const found = await outcomesOf(db, arrival, round)
    .innerJoin('contents', (join) =>
      join.on('contents.arrival', '=', arrival).onRef('contents.line', '=', 'outcome.line'),
    )
    .leftJoin('arrivals as earlier', 'earlier.id', 'outcome.duplicate_arrival')
    .selectAll('outcome')
    .select(['contents.keys', 'contents.fields', 'earlier.name as duplicate_name'])
    .where('outcome.line', '>', afterLine)
    .$if(states !== undefined, (query) => query.where('outcome.state', 'in', states ?? []))
    .orderBy('outcome.line')
    .limit(limit)
    .execute();
  const named = await namesOfFiles(
    db,
    found.map((row) => whereDone(arrival, row)),
  );
  return found.map((row) => ({
    line: row.line,
    keys: JSON.parse(row.keys) as string[],
    action: row.action,
    state: row.state,
    code: row.code,
    message: row.message,
    cells: {
      ...(row.cells === null ? {} : (JSON.parse(row.cells) as AckCells)),
      ...(isAccepted(row) ? named.get(placeName(whereDone(arrival, row))) : {}),
    },
    violations: row.violations === null ? [] : (JSON.parse(row.violations) as Violation[]),
    duplicateOf:
      row.duplicate_arrival === null
        ? null
        : {
            arrival: row.duplicate_arrival,
            name: row.duplicate_name ?? '',
            line: row.duplicate_line ?? 0,
          },
    settledAt: row.settled_at,
    fields: JSON.parse(row.fields) as string[],
  }));
}

type FoundRow = Pick<AnswerRow, 'line' | 'state'> & {
  duplicate_arrival: number | null;
  duplicate_line: number | null;
};

const isAccepted = ({ state }: FoundRow): boolean => state === 'accepted' || state === 'duplicate';

/** A row that repeats another lies in the file of that one. */
const whereDone = (arrival: number, { line, duplicate_arrival, duplicate_line }: FoundRow) => ({
  arrival: duplicate_arrival ?? arrival,
  line: duplicate_line ?? line,
});
