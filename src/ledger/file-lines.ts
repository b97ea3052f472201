import { TidegateError } from '../base/errors.ts';
import type { FileCells, PlannedLine } from '../mapping/types.ts';
import { fenced } from './fence.ts';
import { toFile } from './outbound.ts';
import type { FileLayout, FileLineLedger, RowFile } from './port.ts';
import { bulkInsert } from './prepared.ts';
import type { WhichRows } from './rounds.ts';
import type { Db, Tx } from './schema.ts';

export const fileLinesOf = (db: Db): FileLineLedger => ({
  linesToPlan: async (arrival) => {
    const found = await db
      .selectFrom('file_lines')
      .select(({ fn }) => ['file', 'split', fn.countAll().as('rows')])
      .where('arrival', '=', arrival)
      .where('outbound', 'is', null)
      .groupBy(['file', 'split'])
      .orderBy('file')
      .orderBy('split')
      .execute();
    return found.map((group) => ({ ...group, rows: Number(group.rows) }));
  },

  planLines: (claim, { outbound, file, split, layout }) =>
    fenced(db, claim, ['staged'], async (trx) => {
      await trx
        .insertInto('row_files')
        .values({ outbound, file, split, layout: JSON.stringify(layout) })
        .onConflict((conflict) => conflict.column('outbound').doNothing())
        .execute();
      await trx
        .updateTable('file_lines')
        .set({ outbound })
        .where('arrival', '=', claim.id)
        .where('file', '=', file)
        .where('split', '=', split)
        .where('outbound', 'is', null)
        .execute();
    }),

  fileLines: async (outbound, afterLine, limit) => {
    const found = await db
      .selectFrom('file_lines')
      .select(['line', 'cells'])
      .where('outbound', '=', outbound)
      .where('line', '>', afterLine)
      .orderBy('line')
      .limit(limit)
      .execute();
    return found.map(({ line, cells }) => ({ line, cells: JSON.parse(cells) as FileCells }));
  },

  rowFiles: async (arrival) => {
    const found = await rowFiles(db)
      .where('outbound_files.arrival', '=', arrival)
      .orderBy('outbound_files.id')
      .execute();
    return found.map(toRowFile);
  },

  rowFile: async (outbound) => {
    const found = await rowFiles(db).where('outbound_files.id', '=', outbound).executeTakeFirst();
    return found ? toRowFile(found) : null;
  },
});

const rowFiles = (db: Db) =>
  db
    .selectFrom('row_files')
    .innerJoin('outbound_files', 'outbound_files.id', 'row_files.outbound')
    .selectAll('outbound_files')
    .select(['row_files.file', 'row_files.split', 'row_files.layout']);

type Found = Awaited<ReturnType<ReturnType<typeof rowFiles>['executeTakeFirstOrThrow']>>;

const toRowFile = (found: Found): RowFile => ({
  ...toFile(found),
  ...{ file: found.file, split: found.split, layout: JSON.parse(found.layout) as FileLayout },
});

export const linesText = (lines: readonly PlannedLine[]): string | null =>
  lines.length > 0 ? JSON.stringify(lines) : null;

export const linesIn = (text: string | null): readonly PlannedLine[] =>
  text === null ? [] : (JSON.parse(text) as PlannedLine[]);

const DECIDED_AT_ONCE = 500;

const insertLines = bulkInsert('file_lines', ['arrival', 'line', 'file', 'split', 'cells', 'named_in']);

/** Together with the outcome of their row. */
export async function keepLines(
  trx: Tx,
  arrival: number,
  line: number,
  lines: readonly PlannedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await insertLines(trx, recordsOf(arrival, line, lines));
}

const recordsOf = (arrival: number, line: number, lines: readonly PlannedLine[]) =>
  lines.map(({ file, split, cells, namedIn }) => [
    ...[arrival, line, file, split, JSON.stringify(cells), namedIn ?? null],
  ]);

/** Rows that a person has found to be accepted go into their files as they were planned when they were sent; what was answered is not known. */
export async function keepDecidedLines(trx: Tx, arrival: number, chosen: WhichRows): Promise<boolean> {
  for (let after = 0; ; ) {
    const page = await lastSent(trx, arrival, chosen, after);
    const last = page.at(-1);
    if (!last) return after > 0;
    await insertLines(
      trx,
      page.flatMap(({ line, lines }) => recordsOf(arrival, line, linesIn(lines))),
    );
    await trx
      .updateTable('rows')
      .set({ settled_at: null })
      .where('arrival', '=', arrival)
      .where(
        'line',
        'in',
        page.map(({ line }) => line),
      )
      .execute();
    after = last.line;
  }
}

/** What the last call of each row was to put into files, in the order of the rows. */
const lastSent = (trx: Tx, arrival: number, chosen: WhichRows, after: number) =>
  trx
    .selectFrom('attempts')
    .innerJoin('rows', (join) =>
      join.onRef('rows.arrival', '=', 'attempts.arrival').onRef('rows.line', '=', 'attempts.line'),
    )
    .select(['attempts.line', 'attempts.lines'])
    .where('attempts.arrival', '=', arrival)
    .where('attempts.line', '>', after)
    .where('attempts.id', '=', ({ selectFrom }) =>
      selectFrom('attempts as any')
        .select(({ fn }) => fn.max('any.id').as('last'))
        .whereRef('any.arrival', '=', 'attempts.arrival')
        .whereRef('any.line', '=', 'attempts.line')
        .where('any.purpose', '=', 'write')
        .where('any.lines', 'is not', null),
    )
    .where(chosen)
    .orderBy('attempts.line')
    .limit(DECIDED_AT_ONCE)
    .execute();

/** Rows that go into files are accepted for all others from now on. Fails while one of the files does not lie complete. */
export async function settleLines(trx: Tx, arrival: number, now: number): Promise<void> {
  const unsent = await trx
    .selectFrom('file_lines')
    .leftJoin('outbound_files', 'outbound_files.id', 'file_lines.outbound')
    .select(['file_lines.line', 'file_lines.file'])
    .where('file_lines.arrival', '=', arrival)
    .where((eb) => eb.or([eb('outbound_files.state', 'is', null), eb('outbound_files.state', '<>', 'sent')]))
    .limit(1)
    .executeTakeFirst();
  if (unsent)
    throw new TidegateError('LEDGER_FAILED', `the file "${unsent.file}" is not sent`, {
      subject: `arrival ${arrival}, line ${unsent.line}`,
      expected: 'every file of an accepted row to lie complete under its final name',
      fix: 'Send the files before the arrival is delivered.',
    });
  await trx
    .updateTable('rows')
    .set({ settled_at: now })
    .where('arrival', '=', arrival)
    .where('state', '=', 'accepted')
    .where('settled_at', 'is', null)
    .execute();
}

interface Place {
  arrival: number;
  line: number;
}

/** Names of the sent files that rows went into, by acknowledgement column; by `arrival:line`. */
export async function namesOfFiles(
  db: Db,
  places: readonly Place[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const names = new Map<string, Record<string, string>>();
  for (const [arrival, rows] of Map.groupBy(places, (place) => place.arrival)) {
    const found = await db
      .selectFrom('file_lines')
      .innerJoin('outbound_files', 'outbound_files.id', 'file_lines.outbound')
      .select(['file_lines.line', 'file_lines.named_in', 'outbound_files.path'])
      .where('file_lines.arrival', '=', arrival)
      .where('file_lines.named_in', 'is not', null)
      .where('file_lines.line', 'in', [...new Set(rows.map(({ line }) => line))])
      .orderBy('file_lines.file')
      .execute();
    for (const { line, named_in, path } of found) {
      const cells = names.get(placeName({ arrival, line })) ?? {};
      const earlier = cells[named_in ?? ''];
      const name = path.slice(path.lastIndexOf('/') + 1);
      names.set(placeName({ arrival, line }), {
        ...cells,
        [named_in ?? '']: earlier === undefined ? name : `${earlier} | ${name}`,
      });
    }
  }
  return names;
}

export const placeName = ({ arrival, line }: Place): string => `${arrival}:${line}`;
