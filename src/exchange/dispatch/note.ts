/** What is sent is on record before it leaves, row by row: a reply may come at once. */
import type { Clock } from '../../base/clock.ts';
import { openCsv } from '../../csv/reader.ts';
import type { CsvLimits } from '../../csv/types.ts';
import type { Claim, Ledger, SentRow } from '../../ledger/port.ts';
import type { FileCells } from '../../mapping/types.ts';
import { matchText } from './said.ts';
import { LINE, type SentAgreement } from './sent-agreement.ts';

const PAGE = 500;

export interface SentFile {
  /** To the outbound file. */
  claim: Claim;
  /** Date and time in its name; empty where it has none. */
  stamp: string;
  split: string;
}

interface NotingPorts {
  ledger: Pick<Ledger, 'beginDispatch' | 'addSentRows' | 'dispatchNoted'>;
  clock: Pick<Clock, 'now'>;
}

/** @param lines of the sent file, in its order, with the number of the line that each begins on */
export async function noteDispatch(
  { claim, stamp, split }: SentFile,
  { name, match }: SentAgreement,
  lines: AsyncIterable<{ line: number; cells: FileCells }>,
  { ledger, clock }: NotingPorts,
): Promise<void> {
  if (!(await ledger.beginDispatch(claim, { agreement: name, stamp, split }))) return;
  let page: SentRow[] = [];
  for await (const { line, cells } of lines) {
    const values = match.map(({ sent }) => (sent === LINE ? String(line) : (cells[sent] ?? '')));
    page.push({ line, match: matchText(values) });
    if (page.length < PAGE) continue;
    await ledger.addSentRows(claim, page);
    page = [];
  }
  await ledger.addSentRows(claim, page);
  await ledger.dispatchNoted(claim, clock.now());
}

/** What we have written ourselves has no limits. */
const noLimits: CsvLimits = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxRows: Number.MAX_SAFE_INTEGER,
  maxRecordBytes: 2 ** 27,
  maxFieldChars: 2 ** 26,
};

/** The lines of a file that lies here, as they were written. */
export async function* linesIn(
  path: string,
  header: readonly string[],
  written: { encoding: string; delimiter: string; quote: string },
): AsyncGenerator<{ line: number; cells: FileCells }> {
  const csv = await openCsv(path, {
    dialect: { ...written, newlinesInFields: true, trailer: null },
    contract: { columns: header.map((name) => ({ name, aliases: [], required: true })) },
    ...{ limits: noLimits, label: 'the written file' },
  });
  for await (const batch of csv.batches())
    for (const { line, fields } of batch)
      yield { line, cells: Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ''])) };
}
