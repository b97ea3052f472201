/** The lines of an export, one after the other, as they are read. */
import { TidegateError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import type { SettledRound } from '../../ledger/port.ts';
import type { ListSource, RowSource, Span } from '../../mapping/export/types.ts';
import { codeAndMessage, resultCells } from '../answer-rows.ts';
import type { OutboundPorts } from '../outbound/types.ts';
import { demandRead, type ReadPorts, readEntries } from './read-list.ts';
import type { FeedRows } from './types.ts';

type Lines = AsyncGenerator<readonly string[]>;

/** Details asked for side by side; the target's own limits decide how many of them leave at once. */
const TOGETHER = 50;
const ROWS = 1000;
const ROUNDS = 100;

export async function* linesOfList(source: ListSource, span: Span, ports: ReadPorts): Lines {
  let entries: Json[] = [];
  for await (const entry of readEntries(source, span, ports)) {
    if (!belongs(source, entry, span)) continue;
    entries.push(entry);
    if (entries.length < TOGETHER) continue;
    yield* withDetails(source, entries, span, ports);
    entries = [];
  }
  yield* withDetails(source, entries, span, ports);
}

function belongs(source: ListSource, entry: Json, span: Span): boolean {
  const found = source.belongs(entry, span);
  if (found !== null) return found;
  throw new TidegateError('EXPORT_VALUE', 'the moment of an entry cannot be read', {
    subject: source.operation.id,
    fix: 'Correct list.within in the mapping of the export, or the entry in the target.',
    retry: 'later',
  });
}

async function* withDetails(
  source: ListSource,
  entries: readonly Json[],
  span: Span,
  ports: ReadPorts,
): Lines {
  const { details } = source;
  const found = await Promise.all(
    entries.map(async (entry) =>
      details ? (await demandRead(details.operation, details.request(entry), ports)).answer : null,
    ),
  );
  for (const [index, entry] of entries.entries()) yield source.cells(entry, found[index] ?? null, span);
}

type RowPorts = Pick<OutboundPorts, 'ledger' | 'signal'>;

/** Rows of the files that were settled within the window, with what became of them in the round that was settled then. */
export async function* linesOfRows(source: RowSource, feed: FeedRows, span: Span, ports: RowPorts): Lines {
  for (let after = 0; ; ) {
    const rounds = await ports.ledger.settledRounds(feed, span, after, ROUNDS);
    for (const round of rounds) yield* linesOfRound(source, feed, round, span, ports);
    const last = rounds.at(-1);
    if (!last) return;
    after = last.id;
  }
}

async function* linesOfRound(
  source: RowSource,
  feed: FeedRows,
  { arrival, round, name, columns, at }: SettledRound,
  span: Span,
  { ledger, signal }: RowPorts,
): Lines {
  const names = columns.map((column) => feed.columns.get(column) ?? column);
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const rows = await ledger.answerRows(arrival, after, ROWS, { round, states: source.outcomes });
    for (const row of rows) {
      const fields = new Map(names.map((column, index) => [column, row.fields[index] ?? '']));
      const { code, message } = codeAndMessage(row);
      const told = { line: row.line, outcome: row.state, code, message, file: name, settled: at };
      yield source.cells({ ...told, fields, cells: resultCells(row) }, span);
    }
    const last = rows.at(-1);
    if (!last) return;
    after = last.line;
  }
}
