/** A person who looks after what was rejected or parked: true to what the API says, and in doubt about nothing else. Pure. */
import type { Course, Outcome } from './answers.ts';
import type { Random } from './random.ts';

/** What was written down, and which lines have to stand in the supplement that tells of it. */
export interface Decision {
  /** Of the file. */
  sha256: string;
  round: number;
  lines: readonly number[];
  what: 'accepted' | 'rejected' | 'resend' | 'retry';
}

/** An arrival as `tidegate files --json` tells it, as far as a person has to know. */
export interface Arrival {
  id: number;
  sha256: string | null;
  repeatOf: number | null;
}

/** What a person would rather do, where both can be done. */
export type Preference = 'resolve' | 'retry';

export interface Act {
  /** Of the command line. */
  args: readonly string[];
  decision: Decision;
}

interface Open {
  arrival: number;
  course: Course;
  rejected: readonly Outcome[];
  parked: readonly Outcome[];
}

/** `null` when there is nothing to decide and nothing to work off again. */
export function actOf(
  preference: Preference,
  random: Random,
  courses: readonly Course[],
  arrivals: readonly Arrival[],
  effects: ReadonlyMap<string, number>,
): Act | null {
  const open = courses.flatMap((course) => openIn(course, arrivals) ?? []);
  if (open.length === 0) return null;
  const parked = parkedFirst(open);
  if (preference === 'resolve' && parked.length > 0) return resolve(random.pick(parked), random, effects);
  return retry(random.pick(open), random);
}

function openIn(course: Course, arrivals: readonly Arrival[]): Open | null {
  const own = arrivals.find(({ sha256, repeatOf }) => sha256 === course.file.sha256 && repeatOf === null);
  const are = (state: Outcome['state']): Outcome[] => course.outcomes.filter((one) => one.state === state);
  const [rejected, parked] = [are('rejected'), are('parked')];
  return own && rejected.length + parked.length > 0 ? { arrival: own.id, course, rejected, parked } : null;
}

interface ParkedRow {
  arrival: number;
  course: Course;
  outcome: Outcome;
}

/** Of each contract the first parked row: the others are decided about after it. What only repeats one follows it. */
function parkedFirst(open: readonly Open[]): ParkedRow[] {
  const rows = open
    .toSorted((one, other) => one.arrival - other.arrival)
    .flatMap(({ arrival, course, parked }) => parked.map((outcome) => ({ arrival, course, outcome })))
    .filter(({ outcome }) => !outcome.repeats);
  return [...Map.groupBy(rows, ({ outcome }) => outcome.row.contract).values()].flatMap((of) =>
    of.slice(0, 1),
  );
}

function resolve(
  { arrival, course, outcome }: ParkedRow,
  random: Random,
  effects: ReadonlyMap<string, number>,
): Act {
  const { line, effect } = outcome.row;
  const what = (effects.get(effect) ?? 0) > 0 ? 'accepted' : random.pick(['rejected', 'resend'] as const);
  return actWith(['resolve', `${arrival}:${line}`, `--${what}`], course, [outcome], what);
}

function retry({ arrival, course, rejected, parked }: Open, random: Random): Act {
  const right = rejected.filter(({ row }) => row.wish === 'accepted');
  const named = right.map(({ row }) => row.line).join(',');
  const choices: [string[], readonly Outcome[]][] = [
    [['--rejected'], rejected],
    [['--parked'], parked],
    [[], [...rejected, ...parked]],
    [['--lines', named], right],
  ];
  const [options, taken] = random.pick(choices.filter(([, rows]) => rows.length > 0));
  return actWith(['retry', String(arrival), ...options], course, taken, 'retry');
}

const actWith = (
  args: readonly string[],
  { file, rounds }: Course,
  taken: readonly Outcome[],
  what: Decision['what'],
): Act => ({
  args: [...args, '--because', 'so says Servify'],
  decision: { sha256: file.sha256, round: rounds.length, lines: taken.map(({ row }) => row.line), what },
});
