import type { CsvTable } from '../csv/writer.ts';
import type { Answer, Arrival, Ledger } from '../ledger/port.ts';
import { answerCells, answerHeader, problemCells, statesIn } from './answer-rows.ts';
import type { InboundFeed } from './types.ts';

const PAGE = 1000;

type Planned = Pick<Answer, 'kind' | 'round'>;

/** An answer as the ledger has it: the same at any time. */
export const answerTable = (
  answer: Planned,
  arrival: Arrival,
  feed: Pick<InboundFeed, 'dialect' | 'mapping'>,
  ledger: Pick<Ledger, 'answerRows'>,
): CsvTable => ({
  header: answer.kind === 'rejects' ? arrival.columns : answerHeader(arrival),
  rows: contentOf(answer, arrival, ledger),
  ...(answer.kind === 'rejects' ? asTheFeedReads(arrival, feed) : {}),
});

/** The partner corrects the rejects and sends them as a file of this feed: same dialect, and a trailer where one is demanded. */
function asTheFeedReads(
  { columns }: Arrival,
  { dialect, mapping }: Pick<InboundFeed, 'dialect' | 'mapping'>,
) {
  if (!dialect.trailer) return { dialect };
  const { marker, totalOf } = dialect.trailer;
  const total = mapping.header.columns.find(({ name }) => name === totalOf);
  const isTotal = (name: string): boolean => name === total?.name || total?.aliases.includes(name) === true;
  return { dialect, trailer: { marker, totalAt: totalOf === null ? null : columns.findIndex(isTotal) } };
}

async function* contentOf(
  { kind, round }: Planned,
  arrival: Arrival,
  ledger: Pick<Ledger, 'answerRows'>,
): AsyncGenerator<readonly string[]> {
  if (arrival.problem) {
    yield problemCells(arrival.problem, arrival);
    return;
  }
  const source = arrival.repeatOf ?? arrival.id;
  for (let after = 0; ; ) {
    const page = await ledger.answerRows(source, after, PAGE, { round, states: statesIn[kind] });
    for (const row of page) yield kind === 'rejects' ? row.fields : answerCells(row, arrival);
    const last = page.at(-1);
    if (!last) return;
    after = last.line;
  }
}
