/** What the partner reads in `/out`: acknowledgements, their supplements and rejects files. Pure. */
import { parse } from 'csv-parse/sync';
import { cellsOf, header, type SentFile, type SentRow } from './files.ts';

export interface Found {
  name: string;
  bytes: Buffer;
}

export interface Outcome {
  row: SentRow;
  state: 'accepted' | 'rejected' | 'duplicate' | 'parked';
  code: string;
  soldPlanCode: string;
  /** It says only what became of another line. */
  repeats: boolean;
}

/** An acknowledgement that is complete: the first one has the lines of the file that it answers, a supplement some of them; each with an outcome. */
export interface Answer {
  name: string;
  bytes: Buffer;
  file: SentFile;
  /** 0 for the first answer, then the number of the supplement. */
  round: number;
  outcomes: readonly Outcome[];
}

export interface Rejects {
  name: string;
  stamp: string;
  round: number;
  /** Cells as they stand there. */
  rows: readonly (readonly string[])[];
}

/** What became of the bytes of a file, however often they came, over all rounds. */
export interface Course {
  /** The one that was sent first. */
  file: SentFile;
  /** Names under which the bytes came. */
  names: readonly string[];
  /** By round, the first answer included. */
  rounds: readonly Answer[];
  /** Of every line the last one. */
  outcomes: readonly Outcome[];
}

export const isHidden = ({ name }: Found): boolean => name.startsWith('.');
export const visible = (found: readonly Found[]): Found[] => found.filter((one) => !isHidden(one));

/** Everything that is not hidden and not whole. */
export function unfinishedIn(out: readonly Found[], sent: readonly SentFile[]): Found[] {
  const answers = new Set(answersIn(out, sent).map(({ name }) => name));
  return visible(out).filter((found) => !answers.has(found.name) && !isWholeRejects(found, sent));
}

export function answersIn(out: readonly Found[], sent: readonly SentFile[]): Answer[] {
  const found = visible(out);
  const first = found.flatMap((one) => firstAnswer(one, sent) ?? []);
  return [...first, ...found.flatMap((one) => supplement(one, first) ?? [])];
}

export const rejectsIn = (out: readonly Found[]): Rejects[] =>
  visible(out).flatMap((found) => rejectsFile(found) ?? []);

export function coursesOf(answers: readonly Answer[]): Course[] {
  return [...Map.groupBy(answers, ({ file }) => file.sha256).values()].flatMap((same) => {
    const file = (same.find((answer) => answer.file.repeats === null) ?? same[0])?.file;
    if (!file) return [];
    const rounds = [...Map.groupBy(same, ({ round }) => round).values()]
      .flatMap((copies) => copies.slice(0, 1))
      .toSorted((one, other) => one.round - other.round);
    const last = new Map(rounds.flatMap(({ outcomes }) => outcomes.map((one) => [one.row.line, one])));
    return [
      {
        file,
        names: [...new Set(same.map((answer) => answer.file.name))],
        rounds,
        outcomes: [...last.values()].toSorted((one, other) => one.row.line - other.row.line),
      },
    ];
  });
}

/** `-2` and so on: another file took the name before. */
const answerName = /^SalesAck_(\d{8}_\d{6})(?:-\d+)?\.csv$/;
const supplementName = /^(SalesAck_\d{8}_\d{6}(?:-\d+)?)_S(\d{2,})(?:-\d+)?\.csv$/;
const rejectsName = /^SalesRejects_(\d{8}_\d{6})(?:-\d+)?(?:_S(\d{2,})(?:-\d+)?)?\.csv$/;

function firstAnswer({ name, bytes }: Found, sent: readonly SentFile[]): Answer | null {
  const stamp = answerName.exec(name)?.[1];
  const rows = rowsOf(bytes);
  if (stamp === undefined || rows === null) return null;
  for (const file of sent.filter((one) => one.stamp === stamp)) {
    const refused = rows.length === 1 && rows[0]?.['Result']?.startsWith('File refused');
    if (file.refused && refused) return { name, bytes, file, round: 0, outcomes: [] };
    if (file.refused || rows.length !== file.rows.length) continue;
    const outcomes = outcomesIn(rows, file);
    if (outcomes) return { name, bytes, file, round: 0, outcomes };
  }
  return null;
}

/** Which of the lines it has to have is known only to whoever asked for it. */
function supplement({ name, bytes }: Found, first: readonly Answer[]): Answer | null {
  const [, stem, round] = supplementName.exec(name) ?? [];
  const file = first.find((answer) => answer.name === `${stem}.csv`)?.file;
  const rows = rowsOf(bytes);
  if (!file || !rows || rows.length === 0) return null;
  const outcomes = outcomesIn(rows, file);
  return outcomes && { name, bytes, file, round: Number(round), outcomes };
}

type Cells = Readonly<Record<string, string>>;

/** `null` unless each is a line of the file, in its order, with an outcome. */
function outcomesIn(rows: readonly Cells[], file: SentFile): Outcome[] | null {
  let before = 0;
  const outcomes = rows.flatMap((cells) => {
    const row = file.rows.find(({ line }) => String(line) === cells['Line']);
    if (!row || row.line <= before) return [];
    before = row.line;
    const isIt = row.contract === cells['External Contract ID'] && row.action === cells['Action Type'];
    return (isIt && outcomeOf(row, cells)) || [];
  });
  return outcomes.length === rows.length ? outcomes : null;
}

function outcomeOf(row: SentRow, cells: Cells): Outcome | null {
  const result = cells['Result'] ?? '';
  const state = stateIn(result);
  if (state === null) return null;
  return {
    row,
    state,
    code: cells['Status Code'] ?? '',
    soldPlanCode: cells['Created Sold Plan Code'] ?? '',
    repeats: result.startsWith('Duplicate of line'),
  };
}

function stateIn(result: string): Outcome['state'] | null {
  if (result === 'Accepted') return 'accepted';
  if (result === 'Rejected' || result.includes('which was rejected')) return 'rejected';
  if (result.startsWith('Held for a decision') || result.includes('which is held')) return 'parked';
  return result.startsWith('Duplicate of line') ? 'duplicate' : null;
}

/** `null` when it is none, or has not the columns of what was sent. */
function rejectsFile({ name, bytes }: Found): Rejects | null {
  const [, stamp, round = '0'] = rejectsName.exec(name) ?? [];
  const [columns, ...rows] = recordsOf(bytes) ?? [];
  if (stamp === undefined || !columns || !sameList(columns, header)) return null;
  return { name, stamp, round: Number(round), rows };
}

/** Lines of one file, each as it was sent and in their order: which of them were rejected is known when the answer is there. */
function isWholeRejects(found: Found, sent: readonly SentFile[]): boolean {
  const rejects = rejectsFile(found);
  if (rejects === null || rejects.rows.length === 0) return false;
  const lines = rejects.rows.map(lineOf);
  return sent.some(
    (file) => file.stamp === rejects.stamp && isWithin(lines, file.rows.map(cellsOf).map(lineOf)),
  );
}

/** Cells as one text, to compare lines by. */
export const lineOf = (cells: readonly string[]): string => JSON.stringify(cells);

/** Whether these are some of those, in the same order. */
function isWithin(these: readonly string[], those: readonly string[]): boolean {
  let found = 0;
  for (const one of those) if (one === these[found]) found++;
  return found === these.length;
}

function rowsOf(bytes: Buffer): Record<string, string>[] | null {
  const [columns, ...rows] = recordsOf(bytes) ?? [];
  if (!columns) return null;
  return rows.map((cells) => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ''])));
}

/** `null` when the file is cut off or is no CSV. */
function recordsOf(bytes: Buffer): string[][] | null {
  const text = bytes.toString('utf8');
  if (!text.endsWith('\n')) return null;
  try {
    return parse(text, { bom: true });
  } catch {
    return null;
  }
}

export const sameList = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);
