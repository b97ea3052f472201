import { TidegateError } from '../../base/errors.ts';
import { codeAndMessage } from '../../exchange/answer-rows.ts';
import type {
  Answer,
  AnswerRow,
  Arrival,
  Attachment,
  Attempt,
  Callback,
  Decision,
  Dispatch,
  Ledger,
  QueuedCall,
  RecordedNotice,
  RowFile,
  Step,
} from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import { arrivalNumber, count, define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';
import { callbackLine, queuedLine } from '../queued-words.ts';
import { countsInWords, goesOn } from '../words.ts';

export const showCommand = define<{ line?: number; limit: number }>({
  configure: (command) =>
    command
      .option('-l, --line <line>', 'one row and its calls; --json has requests and answers', count)
      .option('-n, --limit <count>', 'how many of the rows that were not accepted', count, 20),
  run: ({ args, options, printer }) =>
    withLedger(options, async (ledger) => {
      const arrival = await ledger.arrival(arrivalNumber(args[0] ?? ''));
      if (!arrival) {
        throw new TidegateError('NOT_FOUND', `there is no arrival ${args[0]}`, {
          fix: '`tidegate files` lists them.',
        });
      }
      const line = options.line ?? null;
      const original = arrival.repeatOf === null ? null : await ledger.arrival(arrival.repeatOf);
      const source = original ?? arrival;
      const rows = await (line === null
        ? rowsNotAccepted(source.id, options.limit, ledger)
        : rowIn(line, arrival.id, source.id, ledger));
      const known = {
        arrival,
        steps: await ledger.steps(arrival.id),
        answers: await ledger.answers(arrival.id),
        attachments: await ledger.attachments(arrival.id),
        decisions: await ledger.decisions(arrival.id),
        files: await ledger.rowFiles(source.id),
        dispatches: await ledger.dispatches({ arrival: source.id, limit: 1000 }),
        notices: await ledger.notices(arrival.id),
        rows: rows.map(asAnswered),
        moreRows: line === null ? Math.max(0, notAccepted(source) - rows.length) : 0,
        queued: await ledger.queuedCalls(source.id),
        ...(await callsOf(source, line, ledger)),
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
  attachments: Attachment[];
  decisions: Decision[];
  /** Outbound files that rows went into, and how those were answered that should be. */
  files: RowFile[];
  dispatches: Dispatch[];
  notices: RecordedNotice[];
  rows: AnswerRow[];
  /** That were not accepted either. */
  moreRows: number;
  /** What became of the row in rounds before the latest that it was in. */
  earlier: (AnswerRow & { round: number })[];
  attempts: Attempt[];
  /** Calls whose results are waited for. */
  queued: QueuedCall[];
  /** What was told about calls of the row. */
  callbacks: Callback[];
}

function print(known: Known, oneRow: boolean, printer: Printer): void {
  const { arrival, rows, moreRows, earlier, attempts, queued, callbacks } = known;
  printArrival(arrival, printer);
  for (const call of queued) printer.line(queuedLine(call));
  printHistory(known, printer);
  printRows(rows, printer);
  if (moreRows > 0) {
    const all = rows.length + moreRows;
    printer.line(
      `${moreRows} more of the ${all} rows that were not accepted: \`tidegate show ${arrival.id} --limit ${all}\` has all of them.`,
    );
  }
  for (const row of earlier)
    printer.line(`round ${row.round}, ${outcomeTime(row)}, ${row.code} ${row.message}`);
  if (oneRow) for (const row of rows) printer.line(outcomeTime(row));
  if (attempts.length > 0) printAttempts(known, printer);
  for (const callback of callbacks) printer.line(callbackLine(callback));
}

function printHistory(known: Known, printer: Printer): void {
  const { steps, decisions, answers, attachments, notices } = known;
  printer.line(`steps: ${steps.map(({ state, at }) => `${state} ${time(at)}`).join(', ')}`);
  for (const { round, line, what, by, because, at, mapping } of decisions) {
    const row = line === null ? '' : ` line ${line}`;
    const mapped = mapping === null ? '' : ` (mapped anew with ${mapping})`;
    printer.line(`round ${round}: ${what}${row}${mapped}, ${by} ${time(at)}: ${because}`);
  }
  for (const { kind, round, path, written } of answers) {
    const state = written ? `${written.bytes} bytes, sha256 ${written.sha256}` : 'not written yet';
    const supplement = round === 0 ? '' : ` supplement ${round}`;
    printer.line(`${kind}${supplement}: ${path} (${state})`);
  }
  printFiles(known, printer);
  for (const { folder, name, size, sha256, settleAs, settledAt } of attachments) {
    const place = settledAt === null ? `${folder}/${displayName(name)}` : settleAs;
    printer.line(`file that came with it: ${place} (${size} bytes, sha256 ${sha256})`);
  }
  for (const { kind, subject, sentAt, lastError } of notices) {
    const mailed = sentAt === null ? 'not mailed' : `mailed ${time(sentAt)}`;
    printer.line(`notice ${kind}: ${subject} (${lastError ? `${mailed}; ${lastError}` : mailed})`);
  }
}

function printFiles({ files, dispatches }: Known, printer: Printer): void {
  for (const { id, partner, path, state, contents } of files) {
    const size = contents ? `, ${contents.rows} rows, sha256 ${contents.sha256}` : '';
    const sent = dispatches.find(({ outbound }) => outbound === id);
    const answered = sent ? `; answered: ${countsInWords(sent.counts)}` : '';
    printer.line(`outbound file ${id}: ${path} of ${partner} (${state}${size})${answered}`);
  }
}

function printAttempts({ attempts, rows: [row], queued }: Known, printer: Printer): void {
  printer.table(
    ['attempt', 'call', 'operation', 'purpose', 'opened', 'outcome', 'status', 'code', 'message'],
    attempts.map((it) => [
      it.id,
      it.call ?? '',
      it.operation,
      it.purpose,
      time(it.openedAt),
      it.outcome ?? 'open',
      it.status ?? '',
      it.code,
      it.message,
    ]),
  );
  for (const attempt of attempts) {
    const waits = queued.some(({ id }) => id === attempt.call);
    const open = waits ? null : explainOpen(attempt, row);
    if (open) printer.line(open);
  }
}

/** An attempt is written down before its call leaves, so an open one may or may not have left. */
function explainOpen({ id, purpose, closedAt }: Attempt, row: AnswerRow | undefined): string | null {
  if (closedAt !== null || purpose !== 'write') return null;
  const problem = `attempt ${id} is open: its call may have left, and no answer is on record.`;
  return row?.state === 'pending'
    ? `${problem} Either it is under way, or the process ended meanwhile: then the next poll waits for the quiet period of the target, and finds out what became of it before anything is sent again.`
    : `${problem} What became of the row was found out otherwise, or is for a person to decide.`;
}

/** What became of one row before, and the calls made for it. */
async function callsOf(
  arrival: Arrival,
  line: number | null,
  ledger: Ledger,
): Promise<Pick<Known, 'earlier' | 'attempts' | 'callbacks'>> {
  if (line === null) return { earlier: [], attempts: [], callbacks: [] };
  return {
    earlier: await earlierOutcomes(arrival, line, ledger),
    attempts: await ledger.attempts(arrival.id, line),
    callbacks: await ledger.callbacks(arrival.id, line),
  };
}

const notAccepted = ({ counts }: Arrival): number => counts.rejected + counts.duplicate + counts.parked;

/** With code and message as the partner reads them. */
const asAnswered = <Row extends AnswerRow>(row: Row): Row => ({ ...row, ...codeAndMessage(row) });

const rowsNotAccepted = (arrival: number, limit: number, ledger: Ledger): Promise<AnswerRow[]> =>
  ledger.answerRows(arrival, 0, limit, { states: ['rejected', 'duplicate', 'parked'] });

/** @param source has the rows, where the arrival repeats it */
async function rowIn(line: number, arrival: number, source: number, ledger: Ledger): Promise<AnswerRow[]> {
  const [row] = await ledger.answerRows(source, line - 1, 1);
  if (row?.line === line) return [row];
  throw new TidegateError('NOT_FOUND', `arrival ${arrival} has no row in line ${line}`, {
    fix: 'The header is line 1; the acknowledgement names the line of every row.',
  });
}

async function earlierOutcomes(
  { id, round: last }: Arrival,
  line: number,
  ledger: Ledger,
): Promise<Known['earlier']> {
  const found: Known['earlier'] = [];
  for (let round = 0; round <= last; round++) {
    const [row] = await ledger.answerRows(id, line - 1, 1, { round });
    if (row?.line === line) found.push({ round, ...asAnswered(row) });
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
  if (arrival.state !== 'settled' && arrival.state !== 'withdrawn') printer.line(`next: ${goesOn(arrival)}`);
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
  if (arrival.settleAs) {
    // A later round begins when the source is filed, and leaves it there.
    const isFiled = arrival.state === 'settled' || arrival.round > 0;
    printer.line(`source: ${isFiled ? '' : 'to be moved to '}${arrival.settleAs}`);
  }
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
