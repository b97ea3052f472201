/** The acknowledgement's rows, from what the ledger says. Pure: the same ledger gives the same bytes. */
import { rowCodes } from '../base/row-codes.ts';
import type { AnswerKind, AnswerRow, Arrival, Problem, RowState } from '../ledger/port.ts';

const CODE = 'Status Code';
const MESSAGE = 'Message';
const RESULT = 'Result';
/** Several violations of one row stand in the same order in each of these cells. */
const VIOLATION_COLUMNS = ['Column', 'Rule', 'Value', 'Fix'];
const BETWEEN = ' | ';

/** `Line`, the keys that tie the answer to what was sent, the result columns, the result in words, and what to correct. */
export function answerHeader(arrival: Pick<Arrival, 'keyColumns' | 'ackColumns'>): string[] {
  return ['Line', ...arrival.keyColumns, ...resultColumns(arrival), RESULT, ...VIOLATION_COLUMNS];
}

/** Every answer has a code and a message, also that of a file whose mapping was never reached. */
function resultColumns({ ackColumns }: Pick<Arrival, 'ackColumns'>): readonly string[] {
  return [CODE, MESSAGE].filter((name) => !ackColumns.includes(name)).concat(ackColumns);
}

export function answerCells(row: AnswerRow, arrival: Pick<Arrival, 'keyColumns' | 'ackColumns'>): string[] {
  const said = resultCells(row);
  return [
    String(row.line),
    ...row.keys,
    ...resultColumns(arrival).map((name) => said[name] ?? ''),
    resultInWords(row),
    ...(['column', 'rule', 'value', 'fix'] as const).map((part) =>
      row.violations.map((violation) => violation[part]).join(BETWEEN),
    ),
  ];
}

/** What the result columns say, by name. */
export function resultCells({
  cells,
  violations,
  code,
  message,
}: Pick<AnswerRow, 'cells' | 'violations' | 'code' | 'message'>): Record<string, string> {
  const said = codeAndMessage({
    violations,
    code: cells[CODE] ?? code,
    message: cells[MESSAGE] ?? message,
  });
  const all = { ...cells, [CODE]: said.code, [MESSAGE]: said.message };
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, onOneLine(text)]));
}

/** A line for every line that was sent, also where a target breaks its words into several. */
const onOneLine = (text: string): string => text.replace(/\s*[\n\r\v\f\u0085\u2028\u2029]\s*/g, ' ').trim();

/** A row with wrong values has neither of its own: what is wrong is in its violations. */
export function codeAndMessage({
  code,
  message,
  violations,
}: Pick<AnswerRow, 'code' | 'message' | 'violations'>): { code: string; message: string } {
  const count = violations.length;
  if (count === 0) return { code, message };
  const needed = count === 1 ? '1 correction is needed' : `${count} corrections are needed`;
  return { code: code || rowCodes.invalid, message: message || needed };
}

const whatThen = 'do not send it again; the outcome follows in a supplement';

const words: Record<RowState, string> = {
  pending: 'Not finished',
  accepted: 'Accepted',
  rejected: 'Rejected',
  duplicate: 'Duplicate',
  parked: `Held for a decision: ${whatThen}`,
};

const nothingDone = '; nothing was done again';

const wordsOfRepeated: Partial<Record<RowState, string>> = {
  duplicate: `, which was accepted${nothingDone}`,
  rejected: `, which was rejected${nothingDone}`,
  parked: `, which is held for a decision: ${whatThen}`,
};

function resultInWords({ state, duplicateOf }: AnswerRow): string {
  if (!duplicateOf) return words[state];
  const { line, name } = duplicateOf;
  return `Duplicate of line ${line} in ${name}${wordsOfRepeated[state] ?? nothingDone}`;
}

/** The one line that answers a file refused as a whole. */
export function problemCells(
  problem: Problem,
  arrival: Pick<Arrival, 'keyColumns' | 'ackColumns'>,
): string[] {
  const said: Record<string, string> = { [CODE]: problem.code, [MESSAGE]: problem.message };
  return [
    problem.line === null ? '' : String(problem.line),
    ...arrival.keyColumns.map(() => ''),
    ...resultColumns(arrival).map((name) => onOneLine(said[name] ?? '')),
    'File refused; no line was processed',
    problem.column === null ? '' : `character ${problem.column}`,
    problem.expected,
    '',
    problem.fix,
  ];
}

/** Which rows belong into which answer. */
export const statesIn: Record<AnswerKind, readonly RowState[]> = {
  acknowledgement: ['accepted', 'rejected', 'duplicate', 'parked'],
  success: ['accepted', 'duplicate'],
  failure: ['rejected', 'parked'],
  rejects: ['rejected'],
};
