/** What became of every row that was sent, as a file for others. From the ledger alone. */
import { posix } from 'node:path';
import { type CsvWritten, writeCsv } from '../../csv/writer.ts';
import type { Dispatch, DispatchRow, Finding, Ledger } from '../../ledger/port.ts';
import { joinPath } from '../file-names.ts';
import { planOutbound, sendOutbound } from '../outbound/send.ts';
import { LINE } from './sent-agreement.ts';
import type { Agreement, DispatchPorts } from './types.ts';

const PAGE = 1000;
const MOST_FINDINGS = 10_000;

/** One when all rows have their word, and one when they should have had it. */
export async function writeReport(
  dispatch: Dispatch,
  when: 'overdue' | 'closed',
  agreement: Agreement,
  ports: DispatchPorts,
): Promise<void> {
  const { report, name } = agreement;
  if (report === null) return;
  const to = { ...ports, remote: ports.remoteOf(report.partner) };
  const key = `${dispatch.outbound}/${when}`;
  const { path, packing } = dispatch.file;
  const sent = posix.basename(path, packing?.suffix ?? '').replace(/\.csv$/i, '');
  const planned = await planOutbound(
    {
      ...{ partner: report.partner, origin: 'report', name, key, arrival: null },
      path: joinPath(report.folder, `${sent}_${when === 'closed' ? 'Reconciled' : 'Overdue'}.csv`),
      ...{ window: null, covers: false },
    },
    null,
    to,
  );
  const write = (draft: string) => writeRows(draft, dispatch, when, agreement, ports.ledger);
  await sendOutbound(planned, { write, parcel: null }, to);
}

function writeRows(
  draft: string,
  dispatch: Dispatch,
  when: 'overdue' | 'closed',
  { match }: Agreement,
  ledger: Pick<Ledger, 'dispatchRows' | 'findings'>,
): Promise<CsvWritten> {
  const keys = match.filter(({ sent }) => sent !== LINE);
  const positions = keys.map((key) => match.indexOf(key));
  const named = (text: string): string[] => {
    const values = JSON.parse(text) as string[];
    return positions.map((position) => values[position] ?? '');
  };
  return writeCsv(draft, {
    header: ['Line', ...keys.map(({ sent }) => sent), 'Outcome', 'Their Id', 'Reason', 'Remark'],
    rows: rowsOf(dispatch, when, named, ledger),
  });
}

async function* rowsOf(
  { outbound }: Dispatch,
  when: 'overdue' | 'closed',
  named: (match: string) => string[],
  ledger: Pick<Ledger, 'dispatchRows' | 'findings'>,
): AsyncGenerator<readonly string[]> {
  const findings = await ledger.findings({ outbound }, MOST_FINDINGS);
  const contradicted = Map.groupBy(findings, ({ match }) => match);
  for (let after = 0; ; ) {
    const page = await ledger.dispatchRows(outbound, after, PAGE);
    for (const row of page) {
      const remark = (contradicted.get(row.match) ?? []).map(remarkOf).join('; ');
      yield [String(row.line), ...named(row.match), outcomeOf(row, when), row.theirId, row.reason, remark];
    }
    const last = page.at(-1);
    if (!last) return;
    after = last.line;
  }
}

const outcomeOf = ({ state }: DispatchRow, when: 'overdue' | 'closed'): string =>
  state === 'awaited' && when === 'overdue' ? 'missing' : state;

const remarkOf = ({ kind, verdict, reply, line }: Finding): string =>
  kind === 'contradiction'
    ? `line ${line} of reply ${reply} says ${verdict}; what was said first stands`
    : `line ${line} of reply ${reply} says nothing that was agreed`;
