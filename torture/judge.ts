/** Judges from outside alone: the partner's folders, the API's effects, the mails. Pure. */
import { parse } from 'csv-parse/sync';
import { cellsOf, hashOf, header, type SentFile, type SentRow, setsValues } from './files.ts';

export interface Found {
  name: string;
  bytes: Buffer;
}

/** The partner's folders, hidden files included. `in` must have been looked at first: what is gone from there must be answered by then. */
export interface Folders {
  in: readonly Found[];
  out: readonly Found[];
  processed: readonly Found[];
  errored: readonly Found[];
}

export type Offence =
  | 'lost'
  | 'duplicated'
  | 'partial'
  | 'changed'
  | 'wrong'
  | 'untold'
  | 'left-over'
  | 'damaged'
  | 'secret'
  | 'stuck';

export interface Violation {
  offence: Offence;
  what: string;
}

export interface Outcome {
  row: SentRow;
  state: 'accepted' | 'rejected' | 'duplicate' | 'parked';
  code: string;
  soldPlanCode: string;
}

/** An acknowledgement that is complete: it has the lines of the file that it answers, and an outcome for each. */
export interface Answer {
  name: string;
  bytes: Buffer;
  file: SentFile;
  outcomes: readonly Outcome[];
}

export interface Counts {
  rows: number;
  accepted: number;
  rejected: number;
  duplicate: number;
  parked: number;
}

const isHidden = ({ name }: Found): boolean => name.startsWith('.');
const visible = (found: readonly Found[]): Found[] => found.filter((one) => !isHidden(one));
const isRejects = ({ name }: Found): boolean => name.startsWith('SalesRejects_');
const violation = (offence: Offence, what: string): Violation => ({ offence, what });

/** What must hold at any moment, right after a death too. */
export function judgeMoment(
  sent: readonly SentFile[],
  folders: Folders,
  seenBefore: ReadonlyMap<string, string>,
): Violation[] {
  const violations: Violation[] = [];
  for (const found of visible(folders.out)) {
    if (!isWhole(found, sent))
      violations.push(
        violation('partial', `${found.name} (${found.bytes.length} bytes) answers no file in full`),
      );
  }
  const present = new Map(visible(folders.out).map(({ name, bytes }) => [name, hashOf(bytes)]));
  for (const [name, hash] of seenBefore)
    if (present.get(name) !== hash)
      violations.push(violation('changed', `the answer ${name} is not what it was`));
  const answers = answersIn(folders, sent);
  for (const file of sent) {
    if (lies(file, folders.in) || answers.some((answer) => answer.file === file)) continue;
    violations.push(violation('lost', `${file.name} is gone from /in and has no complete answer`));
  }
  return violations;
}

/** What must hold when everything is quiet. */
export function judgeEnd(
  sent: readonly SentFile[],
  folders: Folders,
  effects: ReadonlyMap<string, number>,
): Violation[] {
  const answers = answersIn(folders, sent);
  return [
    ...sent.flatMap((file) => judgeFile(file, answers, folders)),
    ...judgeFiling(sent, folders),
    ...judgeEffects(answers, effects),
    ...judgeOutcomes(answers),
    ...judgeRejects(folders, answers),
  ];
}

/** Everything that was written to the partner and is whole. */
export const wholeIn = (folders: Folders, sent: readonly SentFile[]): Found[] =>
  visible(folders.out).filter((found) => isWhole(found, sent));

const isWhole = (found: Found, sent: readonly SentFile[]): boolean =>
  isRejects(found) ? isWholeRejects(found, sent) : answerIn(found, sent) !== null;

export function answersIn(folders: Folders, sent: readonly SentFile[]): Answer[] {
  return visible(folders.out)
    .filter((found) => !isRejects(found))
    .flatMap((found) => answerIn(found, sent) ?? []);
}

export function countsOf(answers: readonly Answer[]): Counts {
  const outcomes = answers.filter(({ file }) => file.repeats === null).flatMap((answer) => answer.outcomes);
  const count = (state: Outcome['state']): number => outcomes.filter((one) => one.state === state).length;
  return {
    rows: outcomes.length,
    accepted: count('accepted'),
    rejected: count('rejected'),
    duplicate: count('duplicate'),
    parked: count('parked'),
  };
}

function judgeFile(file: SentFile, answers: readonly Answer[], folders: Folders): Violation[] {
  const own = answers.filter((answer) => answer.file === file);
  const violations: Violation[] = [];
  if (lies(file, folders.in)) violations.push(violation('lost', `${file.name} still lies in /in`));
  if (own.length === 0) violations.push(violation('lost', `${file.name} has no answer`));
  if (own.length > 1)
    violations.push(
      violation('duplicated', `${file.name} is answered by ${own.map(({ name }) => name).join(', ')}`),
    );
  const original = answers.find((answer) => answer.file === file.repeats);
  const [answer] = own;
  if (answer && original && !answer.bytes.equals(original.bytes))
    violations.push(
      violation('changed', `${answer.name} is not what ${original.name} says of the same bytes`),
    );
  return violations;
}

/** Each source lies in exactly one place, with its bytes. */
function judgeFiling(sent: readonly SentFile[], folders: Folders): Violation[] {
  const filed = [...visible(folders.processed), ...visible(folders.errored)].map(({ bytes }) =>
    hashOf(bytes),
  );
  return [...new Set([...filed, ...sent.map(({ sha256 }) => sha256)])].flatMap((hash) => {
    const [lie, should] = [filed, sent.map(({ sha256 }) => sha256)].map(
      (hashes) => hashes.filter((one) => one === hash).length,
    );
    const name = sent.find(({ sha256 }) => sha256 === hash)?.name ?? 'something that nobody sent';
    if (lie === should) return [];
    const offence = (lie ?? 0) < (should ?? 0) ? 'lost' : 'duplicated';
    return [violation(offence, `${name} was sent ${should} times and is filed ${lie} times`)];
  });
}

function judgeEffects(answers: readonly Answer[], effects: ReadonlyMap<string, number>): Violation[] {
  const wanted = Map.groupBy(
    answers.flatMap(({ outcomes }) => outcomes),
    ({ row }) => row.effect,
  );
  const nobodys = [...effects.keys()].filter((effect) => !wanted.has(effect));
  return [
    ...nobodys.map((effect) =>
      violation('wrong', `${effect} took effect, and no answered line asked for it`),
    ),
    ...[...wanted].flatMap(([effect, outcomes]) => judgeEffect(effect, outcomes, effects.get(effect) ?? 0)),
  ];
}

function judgeEffect(effect: string, outcomes: readonly Outcome[], times: number): Violation[] {
  const states = new Set(outcomes.map(({ state }) => state));
  const said = [...states].join(', ');
  // Done twice, it leaves the same behind.
  if (times > 1 && !setsValues(effect))
    return [violation('duplicated', `${effect} took effect ${times} times (${said})`)];
  if (states.has('accepted') || states.has('duplicate'))
    return times >= 1 ? [] : [violation('lost', `${effect} was reported as done and never took effect`)];
  if (states.has('parked')) return [];
  return times === 0 ? [] : [violation('wrong', `${effect} took effect and was reported as rejected`)];
}

/** Why a line that is right may be rejected all the same: nothing was sent for it, and it may simply come again. */
const excused: Readonly<Record<string, (row: SentRow, parked: ReadonlySet<string>) => boolean>> = {
  READ_FAILED: () => true,
  BEHIND_PARKED: ({ contract }, parked) => parked.has(contract),
};

function judgeOutcomes(answers: readonly Answer[]): Violation[] {
  const outcomes = answers.flatMap((answer) => answer.outcomes.map((outcome) => ({ ...outcome, ...answer })));
  const parked = new Set(outcomes.flatMap(({ state, row }) => (state === 'parked' ? [row.contract] : [])));
  return outcomes.flatMap(({ name, row, state, code }) => {
    const line = `${name} line ${row.line}`;
    if (row.wish === 'rejected')
      return state === 'rejected' ? [] : [violation('wrong', `${line} is wrong and was ${state}`)];
    if (state !== 'rejected' || excused[code]?.(row, parked)) return [];
    return [violation('lost', `${line} is right and was rejected: ${code}`)];
  });
}

/** Every answer with rejected lines has a rejects file with exactly these lines, and there is no other rejects file. */
function judgeRejects(folders: Folders, answers: readonly Answer[]): Violation[] {
  const left = rejectsIn(folders);
  const missing = answers.flatMap((answer): Violation[] => {
    const rejected = answer.outcomes.filter(({ state }) => state === 'rejected');
    if (rejected.length === 0) return [];
    const lines = rejected.map(({ row }) => lineOf(cellsOf(row)));
    const own = left.findIndex(
      ({ stamp, rows }) => stamp === answer.file.stamp && sameList(rows.map(lineOf), lines),
    );
    if (own >= 0) left.splice(own, 1);
    return own >= 0 ? [] : [violation('lost', `the rejected lines of ${answer.name} are in no rejects file`)];
  });
  const others = left.map(({ name }) => violation('wrong', `${name} holds other lines than were rejected`));
  return [...missing, ...others];
}

const lies = (file: SentFile, found: readonly Found[]): boolean =>
  found.some(({ name, bytes }) => name === file.name && hashOf(bytes) === file.sha256);

function answerIn({ name, bytes }: Found, sent: readonly SentFile[]): Answer | null {
  const stamp = /^SalesAck_(\d{8}_\d{6})(?:-\d+)?\.csv$/.exec(name)?.[1];
  const rows = rowsOf(bytes);
  if (rows === null) return null;
  for (const file of sent.filter((one) => one.stamp === stamp)) {
    const lines = rows.map((row) => [row['Line'], row['External Contract ID'], row['Action Type']].join('|'));
    const refused = rows.length === 1 && rows[0]?.['Result']?.startsWith('File refused');
    if (file.refused && refused) return { name, bytes, file, outcomes: [] };
    const expected = file.rows.map(({ line, contract, action }) => [line, contract, action].join('|'));
    if (file.refused || !sameList(lines, expected)) continue;
    const outcomes = file.rows.flatMap((row, index) => outcomeOf(row, rows[index] ?? {}) ?? []);
    if (outcomes.length === rows.length) return { name, bytes, file, outcomes };
  }
  return null;
}

function outcomeOf(row: SentRow, cells: Readonly<Record<string, string>>): Outcome | null {
  const state = stateIn(cells['Result'] ?? '');
  if (state === null) return null;
  return {
    row,
    state,
    code: cells['Status Code'] ?? '',
    soldPlanCode: cells['Created Sold Plan Code'] ?? '',
  };
}

function stateIn(result: string): Outcome['state'] | null {
  if (result === 'Accepted') return 'accepted';
  if (result === 'Rejected' || result.includes('which was rejected')) return 'rejected';
  if (result.startsWith('Held for a decision') || result.includes('which is held')) return 'parked';
  return result.startsWith('Duplicate of line') ? 'duplicate' : null;
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

interface Rejects {
  name: string;
  stamp: string;
  rows: readonly (readonly string[])[];
}

const rejectsIn = (folders: Folders): Rejects[] =>
  visible(folders.out).flatMap((found) => rejectsFile(found) ?? []);

/** `null` when it is none, or has not the columns of what was sent. */
function rejectsFile({ name, bytes }: Found): Rejects | null {
  const stamp = /^SalesRejects_(\d{8}_\d{6})(?:-\d+)?\.csv$/.exec(name)?.[1];
  const [columns, ...rows] = recordsOf(bytes) ?? [];
  return stamp && columns && sameList(columns, header) ? { name, stamp, rows } : null;
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

const lineOf = (cells: readonly string[]): string => JSON.stringify(cells);

/** Whether these are some of those, in the same order. */
function isWithin(these: readonly string[], those: readonly string[]): boolean {
  let found = 0;
  for (const one of those) if (one === these[found]) found++;
  return found === these.length;
}

const sameList = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);

/** What the API remembers of a contract. */
export interface Contract {
  externalReferenceId: string;
  details: Readonly<Record<string, unknown>>;
}

/** The answer to a sale names the contract that was made for it, and an update has left its values behind. */
export function judgeContracts(
  answers: readonly Answer[],
  contracts: ReadonlyMap<string, Contract>,
): Violation[] {
  const accepted = answers.flatMap(({ outcomes }) => outcomes).filter(({ state }) => state === 'accepted');
  return accepted.flatMap(({ row, soldPlanCode }) => {
    const [operation] = row.effect.split(' ');
    if (operation === 'Contract/createContract' || operation === 'Contract/renewContract') {
      if (contracts.get(soldPlanCode)?.externalReferenceId === row.contract) return [];
      return [violation('wrong', `${row.contract} is answered with the plan of another: ${soldPlanCode}`)];
    }
    if (!setsValues(row.effect)) return [];
    const updated = [...contracts.values()].find((one) => one.externalReferenceId === row.contract);
    const consumer = updated?.details['Consumer'] as { Name?: string } | undefined;
    if (consumer?.Name === row.fields['Customer Name']) return [];
    return [violation('lost', `${row.effect} was reported as done and left nothing behind`)];
  });
}

/** What is to be gone when everything is quiet: unfinished uploads, working copies. Our own mark in the inbound folder stays. */
export function judgeLeftOvers(folders: Folders, spool: readonly Found[]): Violation[] {
  const hidden = (found: readonly Found[]): string[] => found.filter(isHidden).map(({ name }) => name);
  const marks = /^\.tidegate-(?!.*\.part$)/;
  return [
    ...hidden(folders.in).filter((name) => !marks.test(name)),
    ...hidden([...folders.out, ...folders.processed, ...folders.errored]),
    ...spool.map(({ name }) => name),
  ].map((name) => violation('left-over', `${name} was left behind`));
}
