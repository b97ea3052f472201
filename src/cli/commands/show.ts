import { TidegateError } from '../../base/errors.ts';
import type { Answer, AnswerRow, Arrival, Attempt, Ledger, RecordedNotice, Step } from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import { count, define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';

const ROWS_SHOWN = 20;

export const showCommand = define<{ line?: number }>({
  signature: 'show <arrival>',
  summary: 'everything about one arrival, or about one of its rows',
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
        notices: await ledger.notices(arrival.id),
        rows: await rowsToShow(arrival, line, ledger),
        attempts: line === null ? [] : await ledger.attempts(arrival.repeatOf ?? arrival.id, line),
      };
      if (options.json) printer.json(known);
      else print(known, line !== null, printer);
      return arrival.problem || arrival.counts.rejected + arrival.counts.parked > 0
        ? exit.attention
        : exit.done;
    }),
});

function arrivalNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new TidegateError('USAGE', `"${text}" is no arrival`, {
    expected: 'the number of an arrival',
    fix: '`tidegate files` lists them.',
  });
}

interface Known {
  arrival: Arrival;
  steps: Step[];
  answers: Answer[];
  notices: RecordedNotice[];
  rows: AnswerRow[];
  attempts: Attempt[];
}

function print(
  { arrival, steps, answers, notices, rows, attempts }: Known,
  oneRow: boolean,
  printer: Printer,
): void {
  printArrival(arrival, printer);
  printer.line(`steps: ${steps.map(({ state, at }) => `${state} ${time(at)}`).join(', ')}`);
  for (const { kind, path, written } of answers) {
    const state = written ? `${written.bytes} bytes, sha256 ${written.sha256}` : 'not written yet';
    printer.line(`${kind}: ${path} (${state})`);
  }
  for (const { kind, subject, sentAt, lastError } of notices) {
    const mailed = sentAt === null ? 'not mailed' : `mailed ${time(sentAt)}`;
    printer.line(`notice ${kind}: ${subject} (${lastError ? `${mailed}; ${lastError}` : mailed})`);
  }
  printRows(rows, printer);
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
  if (line === null) return ledger.answerRows(source, 0, ROWS_SHOWN, ['rejected', 'duplicate', 'parked']);
  const [row] = await ledger.answerRows(source, line - 1, 1);
  if (row?.line === line) return [row];
  throw new TidegateError('NOT_FOUND', `arrival ${arrival.id} has no row in line ${line}`, {
    fix: 'The header is line 1; the acknowledgement names the line of every row.',
  });
}

function printArrival(arrival: Arrival, printer: Printer): void {
  const { counts, problem } = arrival;
  printer.line(
    `arrival ${arrival.id}: ${displayName(arrival.name)} from ${arrival.partner}, feed ${arrival.feed}`,
  );
  printer.line(`state: ${arrival.state}`);
  printer.line(`bytes: ${arrival.size}, sha256 ${arrival.sha256 ?? 'not fetched'}`);
  if (arrival.repeatOf !== null)
    printer.line(`the same bytes came as arrival ${arrival.repeatOf}; no call was made`);
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
