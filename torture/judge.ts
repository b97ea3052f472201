/** Judges from outside alone: the partner's folders, the API's effects, the mails. Pure. */
import {
  type Answer,
  answersIn,
  type Course,
  coursesOf,
  type Found,
  isHidden,
  lineOf,
  type Outcome,
  rejectsIn,
  sameList,
  unfinishedIn,
  visible,
} from './answers.ts';
import { cellsOf, hashOf, type SentFile, setsValues } from './files.ts';
import { type Violation, violation } from './offence.ts';
import { judgeOutcomes } from './outcomes.ts';
import type { Decision } from './person.ts';

/** The partner's folders, hidden files included. `in` must have been looked at first: what is gone from there must be answered by then. */
export interface Folders {
  in: readonly Found[];
  out: readonly Found[];
  processed: readonly Found[];
  errored: readonly Found[];
}

export interface Counts {
  rows: number;
  accepted: number;
  rejected: number;
  duplicate: number;
  parked: number;
}

/** What must hold at any moment, right after a death too. */
export function judgeMoment(
  sent: readonly SentFile[],
  folders: Folders,
  seenBefore: ReadonlyMap<string, string>,
  decisions: readonly Decision[] = [],
): Violation[] {
  const answers = answersIn(folders.out, sent);
  const violations = unfinishedIn(folders.out, sent).map(({ name, bytes }) =>
    violation('partial', `${name} (${bytes.length} bytes) answers nothing in full`),
  );
  const present = new Map(visible(folders.out).map(({ name, bytes }) => [name, hashOf(bytes)]));
  for (const [name, hash] of seenBefore)
    if (present.get(name) !== hash) violations.push(violation('changed', `${name} is not what it was`));
  for (const file of sent) {
    if (lies(file, folders.in) || answers.some((answer) => answer.file === file)) continue;
    violations.push(violation('lost', `${file.name} is gone from /in and has no complete answer`));
  }
  return [
    ...violations,
    ...decisions.flatMap((decision) => judgeSupplement(decision, coursesOf(answers), 'partial')),
    ...judgeRejects(folders, answers).missing,
  ];
}

/** What must hold when everything is quiet. */
export function judgeEnd(
  sent: readonly SentFile[],
  folders: Folders,
  effects: ReadonlyMap<string, number>,
  decisions: readonly Decision[] = [],
): Violation[] {
  const answers = answersIn(folders.out, sent);
  const courses = coursesOf(answers);
  const { missing, others } = judgeRejects(folders, answers);
  return [
    ...sent.flatMap((file) => judgeFile(file, answers, folders)),
    ...judgeFiling(sent, folders),
    ...judgeEffects(courses, effects),
    ...courses.flatMap((course) => judgeRounds(course, decisions)),
    ...judgeOutcomes(courses, decisions),
    ...missing,
    ...others,
  ];
}

export function countsOf(courses: readonly Course[]): Counts {
  const outcomes = courses.flatMap((course) => course.outcomes);
  const count = (state: Outcome['state']): number => outcomes.filter((one) => one.state === state).length;
  return {
    rows: outcomes.length,
    accepted: count('accepted'),
    rejected: count('rejected'),
    duplicate: count('duplicate'),
    parked: count('parked'),
  };
}

/** Answered once a round, by the same bytes whenever the file comes. */
function judgeFile(file: SentFile, answers: readonly Answer[], folders: Folders): Violation[] {
  const own = answers.filter((answer) => answer.file === file);
  const violations: Violation[] = [];
  if (lies(file, folders.in)) violations.push(violation('lost', `${file.name} still lies in /in`));
  if (!own.some(({ round }) => round === 0)) violations.push(violation('lost', `${file.name} has no answer`));
  for (const [round, copies] of Map.groupBy(own, (answer) => answer.round)) {
    const names = copies.map(({ name }) => name).join(', ');
    if (copies.length > 1)
      violations.push(violation('duplicated', `${file.name} is answered in round ${round} by ${names}`));
    const original = answers.find((answer) => answer.file === file.repeats && answer.round === round);
    if (original && copies.some(({ bytes }) => !bytes.equals(original.bytes)))
      violations.push(violation('changed', `${names} is not what ${original.name} says of the same bytes`));
  }
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

function judgeEffects(courses: readonly Course[], effects: ReadonlyMap<string, number>): Violation[] {
  const wanted = Map.groupBy(
    courses.flatMap(({ outcomes }) => outcomes),
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

/** Over all rounds: a call is sent again on a person's word only when the API has shown no effect of it. */
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

/** Supplements are numbered without a gap, each was asked for or follows another file, and none takes up again what is done. */
function judgeRounds(course: Course, decisions: readonly Decision[]): Violation[] {
  const violations = decisions.flatMap((decision) => judgeSupplement(decision, [course], 'lost'));
  const last = new Map<number, Outcome>();
  for (const [index, { name, round, outcomes }] of course.rounds.entries()) {
    if (round !== index) violations.push(violation('lost', `there is no supplement ${index} before ${name}`));
    const asked = decisions.some((one) => one.sha256 === course.file.sha256 && one.round === round);
    for (const outcome of outcomes) {
      const { line } = outcome.row;
      const before = last.get(line);
      last.set(line, outcome);
      if (round === 0 || !before) continue;
      if (before.state === 'accepted' || before.state === 'duplicate')
        violations.push(
          violation('duplicated', `${name} line ${line} was ${before.state} and taken up again`),
        );
      else if (!asked && !(before.state === 'parked' && before.repeats))
        violations.push(
          violation('wrong', `${name} line ${line} was taken up again, and nobody asked for it`),
        );
    }
  }
  return violations;
}

/** A decision is told of in the supplement of its round, which has every line that it concerns. */
function judgeSupplement(
  { sha256, round, lines, what }: Decision,
  courses: readonly Course[],
  offence: 'lost' | 'partial',
): Violation[] {
  const course = courses.find(({ file }) => file.sha256 === sha256);
  if (!course) return [];
  const supplement = course.rounds.find((one) => one.round === round);
  // While work goes on it may not be there yet.
  if (!supplement && offence === 'partial') return [];
  const told = new Set(supplement?.outcomes.map(({ row }) => row.line));
  const missing = lines.filter((line) => !told.has(line));
  if (missing.length === 0) return [];
  const where = `supplement ${round} of ${course.file.name}`;
  return [violation(offence, `${where} has no lines ${missing.join(', ')}, for which "${what}" was decided`)];
}

/** Every answer with rejected lines has a rejects file with exactly these lines, written before it; in the end there is no other rejects file. */
function judgeRejects(folders: Folders, answers: readonly Answer[]) {
  const left = rejectsIn(folders.out);
  const missing = answers.flatMap(({ name, file, round, outcomes }): Violation[] => {
    const rejected = outcomes.filter(({ state }) => state === 'rejected');
    if (rejected.length === 0) return [];
    const lines = rejected.map(({ row }) => lineOf(cellsOf(row)));
    const own = left.findIndex(
      (one) => one.stamp === file.stamp && one.round === round && sameList(one.rows.map(lineOf), lines),
    );
    if (own >= 0) left.splice(own, 1);
    return own >= 0 ? [] : [violation('lost', `the rejected lines of ${name} are in no rejects file`)];
  });
  const others = left.map(({ name }) => violation('wrong', `${name} holds other lines than were rejected`));
  return { missing, others };
}

const lies = (file: SentFile, found: readonly Found[]): boolean =>
  found.some(({ name, bytes }) => name === file.name && hashOf(bytes) === file.sha256);

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
