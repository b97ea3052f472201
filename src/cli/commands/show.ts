import { TidegateError } from '../../base/errors.ts';
import type {
  Answer,
  AnswerRow,
  Arrival,
  Attempt,
  Decision,
  Ledger,
  RecordedNotice,
  Step,
} from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import { arrivalNumber, count, define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';

const ROWS_SHOWN = 20;

export const showCommand = define<{ line?: number }>({
  configure: (command) =>
    command.option('-l, --line <line>', 'one row and its calls; --json has requests and answers', count),
  run: ({ args, options, printer }) =>
    withLedger(options, async (ledger) => {
      const arrival = await ledger.arrival(arrivalNumber(args[0] ?? ''));
      if (!arrival) {
        throw new TidegateError('NOT_FOUND', `there is no arrival ${args[0]}`, {
          fix: '`tidegate files` lists them.',
        });
      }
      const line = options.line ?? null;
      const known = {
        arrival,
        steps: await ledger.steps(arrival.id),
        answers: await ledger.answers(arrival.id),
        decisions: await ledger.decisions(arrival.id),
        notices: await ledger.notices(arrival.id),
        rows: await rowsToShow(arrival, line, ledger),
        earlier: line === null ? [] : await earlierOutcomes(arrival, line, ledger),
        attempts: line === null ? [] : await ledger.attempts(arrival.repeatOf ?? arrival.id, line),
      };
      if (options.json) printer.json(known);
      else print(known, line !== null, printer);
      return arrival.problem || arrival.counts.rejected + arrival.counts.parked > 0
        ? exit.attention
        : exit.done;
    }),
});

interface Known {
  arrival: Arrival;
  steps: Step[];
  answers: Answer[];
  decisions: Decision[];
  notices: RecordedNotice[];
  rows: AnswerRow[];
  /** What became of the row in rounds before the latest that it was in. */
  earlier: (AnswerRow & { round: number })[];
  attempts: Attempt[];
}

function print(
  { arrival, steps, answers, decisions, notices, rows, earlier, attempts }: Known,
  oneRow: boolean,
  printer: Printer,
): void {
  printArrival(arrival, printer);
  printer.line(`steps: ${steps.map(({ state, at }) => `${state} ${time(at)}`).join(', ')}`);
  for (const { round, line, what, by, because, at } of decisions) {
    const row = line === null ? '' : ` line ${line}`;
    printer.line(`round ${round}: ${what}${row}, ${by} ${time(at)}: ${because}`);
  }
  for (const { kind, round, path, written } of answers) {
    const state = written ? `${written.bytes} bytes, sha256 ${written.sha256}` : 'not written yet';
    const supplement = round === 0 ? '' : ` supplement ${round}`;
    printer.line(`${kind}${supplement}: ${path} (${state})`);
  }
  for (const { kind, subject, sentAt, lastError } of notices) {
    const mailed = sentAt === null ? 'not mailed' : `mailed ${time(sentAt)}`;
    printer.line(`notice ${kind}: ${subject} (${lastError ? `${mailed}; ${lastError}` : mailed})`);
  }
  printRows(rows, printer);
  for (const row of earlier)
    printer.line(`round ${row.round}, ${outcomeTime(row)}, ${row.code} ${row.message}`);
  if (oneRow) for (const row of rows) printer.line(outcomeTime(row));
  if (attempts.length === 0) return;
  printer.table(
    ['attempt', 'operation', 'purpose', 'opened', 'outcome', 'status', 'code', 'message'],
    attempts.map((it) => [
      it.id,
      it.operation,
      it.purpose,
      time(it.openedAt),
      it.outcome ?? 'open',
      it.status ?? '',
      it.code,
      it.message,
    ]),
  );
}

/** One row when it was asked for, else the first ones that were not accepted. */
async function rowsToShow(arrival: Arrival, line: number | null, ledger: Ledger): Promise<AnswerRow[]> {
  const source = arrival.repeatOf ?? arrival.id;
  if (line === null)
    return ledger.answerRows(source, 0, ROWS_SHOWN, { states: ['rejected', 'duplicate', 'parked'] });
  const [row] = await ledger.answerRows(source, line - 1, 1);
  if (row?.line === line) return [row];
  throw new TidegateError('NOT_FOUND', `arrival ${arrival.id} has no row in line ${line}`, {
    fix: 'The header is line 1; the acknowledgement names the line of every row.',
  });
}

async function earlierOutcomes(arrival: Arrival, line: number, ledger: Ledger): Promise<Known['earlier']> {
  const id = arrival.repeatOf ?? arrival.id;
  const last = (await ledger.arrival(id))?.round ?? 0;
  const found: Known['earlier'] = [];
  for (let round = 0; round <= last; round++) {
    const [row] = await ledger.answerRows(id, line - 1, 1, { round });
    if (row?.line === line) found.push({ round, ...row });
  }
  // The latest one is the row as it is now.
  return found.slice(0, -1);
}

function printArrival(arrival: Arrival, printer: Printer): void {
  const { counts, problem } = arrival;
  printer.line(
    `arrival ${arrival.id}: ${displayName(arrival.name)} from ${arrival.partner}, feed ${arrival.feed}`,
  );
  printer.line(`state: ${arrival.state}${arrival.round === 0 ? '' : `, round ${arrival.round}`}`);
  printer.line(`bytes: ${arrival.size}, sha256 ${arrival.sha256 ?? 'not fetched'}`);
  if (arrival.repeatOf !== null)
    printer.line(`the same bytes came as arrival ${arrival.repeatOf}; no call was made`);
  if (arrival.corrects !== null)
    printer.line(`corrects arrival ${arrival.corrects}, which came under the same name with other bytes`);
  if (problem) {
    const where =
      problem.line === null
        ? ''
        : ` (line ${problem.line}${problem.column === null ? '' : `, character ${problem.column}`})`;
    printer.line(
      `refused: ${problem.code}: ${problem.message}${where}. Expected ${problem.expected}. ${problem.fix}`,
    );
  }
  const { rows, accepted, rejected, duplicate, parked, pending } = counts;
  printer.line(
    `rows: ${rows} = ${accepted} accepted + ${rejected} rejected + ${duplicate} duplicate + ${parked} parked + ${pending} pending`,
  );
  if (arrival.mapping) printer.line(`mapping: ${arrival.mapping}`);
  if (arrival.settleAs)
    printer.line(`source: ${arrival.state === 'settled' ? '' : 'to be moved to '}${arrival.settleAs}`);
}

function printRows(rows: readonly AnswerRow[], printer: Printer): void {
  if (rows.length === 0) return;
  printer.table(
    ['line', 'state', 'code', 'message', 'column', 'rule', 'fix'],
    rows.map(({ line, state, code, message, violations }) => [
      line,
      state,
      code,
      message,
      violations.map(({ column }) => column).join('\n'),
      violations.map(({ rule }) => rule).join('\n'),
      violations.map(({ fix }) => fix).join('\n'),
    ]),
  );
}

const outcomeTime = ({ line, state, settledAt }: AnswerRow): string =>
  `line ${line}: ${state}${settledAt === null ? '' : ` ${time(settledAt)}`}`;

const time = (at: number): string => new Date(at).toISOString();
