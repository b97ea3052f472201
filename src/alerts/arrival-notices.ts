/**
 * Notices about what became of an arrival and its rows, in words. Pure. Rows appear as line, column and rule, never with their values: those are
 * personal data and stay in the answer to the partner.
 */
import type { Arrival, Counts, Notice } from '../ledger/port.ts';
import { type Fact, layOut, plural, utc } from './layout.ts';
import { show } from './parts.ts';
import { oneLine } from './text.ts';

export type NotedArrival = Pick<
  Arrival,
  'id' | 'name' | 'partner' | 'feed' | 'round' | 'problem' | 'claimedAt'
> & {
  /** Of the round alone. */
  counts: Counts;
};

/** Where things lie once the arrival is answered and filed. */
export interface Whereabouts {
  /** Full remote paths of the files written to the partner. */
  answers: readonly string[];
  /** Full remote path of the one of them that has the rejected rows; `null` when there is none. */
  rejects: string | null;
  /** Full remote path that the source goes to; `null` when it stays where it is. */
  source: string | null;
}

/** A broken rule or a refusal, without the value. */
export interface RowTrouble {
  line: number;
  /** Empty when the row as a whole is meant. */
  column: string;
  rule: string;
}

/** A parked row that was sent itself: the decision about it holds for all rows that repeat it. */
export interface OpenQuestion {
  arrival: number;
  line: number;
  code: string;
  /** How many parked rows of the file in question only repeat it. */
  repeats: number;
}

const shownTroubles = 10;

/** The file was refused as a whole; `arrival.problem` says why. */
export function fileRefused(arrival: NotedArrival, whereabouts: Whereabouts): Notice {
  const { problem } = arrival;
  const place = problem && position(problem.line, problem.column);
  return {
    ...about(arrival, 'refused'),
    cause: `${badFiles(arrival)}:refused`,
    kind: 'preparation-failure',
    subject: subject(arrival, 'was refused as a whole'),
    body: layOut({
      happened: 'The file was refused as a whole. No call was made for any of its rows.',
      facts: [
        ...arrivalFacts(arrival),
        ['Reason', problem ? `${problem.code}: ${problem.message}` : ''],
        ['Place', place ?? ''],
        ['Expected', problem?.expected ?? ''],
        ['Fix', problem?.fix ?? ''],
      ],
      next: [
        ...filed(whereabouts),
        'The partner corrects the file and sends it again; nothing needs to be done here.',
      ],
      command: show(arrival),
    }),
  };
}

/**
 * Some rows were rejected; the others were worked off.
 * @param tooMany whether they are more than the feed allows: one file after another, that is an incident
 */
export function rowsRejected(
  arrival: NotedArrival,
  troubles: readonly RowTrouble[],
  whereabouts: Whereabouts,
  tooMany: boolean,
): Notice {
  const { rejected, rows } = arrival.counts;
  return {
    ...about(arrival, 'rejected'),
    cause: tooMany ? `${badFiles(arrival)}:rejected` : null,
    ...(whereabouts.rejects === null ? {} : { attach: whereabouts.rejects }),
    kind: 'rows-rejected',
    subject: subject(arrival, `has ${plural(rejected, 'rejected row')} of ${rows}${again(arrival)}`),
    body: layOut({
      happened: `${plural(rejected, 'row')} of ${rows} ${rejected === 1 ? 'was' : 'were'} rejected.`,
      facts: arrivalFacts(arrival),
      list: { title: 'First errors', items: troubleLines(troubles) },
      next: [...filed(whereabouts), 'The partner corrects the rejected rows and sends only those again.'],
      command: show(arrival),
    }),
  };
}

/** Rows whose outcome nobody can tell but a person. */
export function rowsParked(
  arrival: NotedArrival,
  questions: readonly OpenQuestion[],
  whereabouts: Whereabouts,
): Notice {
  const { parked, rows } = arrival.counts;
  return {
    ...about(arrival, 'parked'),
    cause: undecided(arrival),
    kind: 'rows-parked',
    subject: subject(
      arrival,
      `has ${plural(parked, 'parked row')} of ${rows}${again(arrival)}: please decide`,
    ),
    body: layOut({
      happened: `${plural(parked, 'row')} of ${rows} ${parked === 1 ? 'was' : 'were'} parked: whether the call had an effect could not be found out.`,
      facts: arrivalFacts(arrival),
      list: {
        title: 'To be decided, by arrival and line',
        items: questions.slice(0, shownTroubles).map((question) => questionLine(question, arrival)),
      },
      next: [
        ...filed(whereabouts),
        'Nothing more is sent for these rows. Find out at the target what became of them, then decide about each:',
        ...questions.slice(0, 1).map(decide),
      ],
      command: show(arrival),
    }),
  };
}

function questionLine({ arrival: id, line, code, repeats }: OpenQuestion, arrival: NotedArrival): string {
  const elsewhere = id === arrival.id ? '' : ' of another file';
  const rows = repeats === 1 ? '1 row of this file repeats it' : `${repeats} rows of this file repeat it`;
  return `${id}:${line}${elsewhere}: ${code}${repeats === 0 ? '' : `; ${rows}, with nothing to decide`}`;
}

const decide = ({ arrival, line }: OpenQuestion): string =>
  `tidegate resolve ${arrival}:${line} --accepted|--rejected|--resend --because "…"`;

function about(
  { id, partner, feed, round }: NotedArrival,
  what: string,
): Pick<Notice, 'key' | 'partner' | 'feed' | 'arrival'> {
  const key = `arrival:${id}:${what}`;
  return { key: round === 0 ? key : `${key}:${round}`, partner, feed, arrival: id };
}

/** Over with the next good file of the feed. */
export const badFiles = ({ partner, feed }: Pick<Arrival, 'partner' | 'feed'>): string =>
  `files:${partner}:${feed}`;

/** Over when no row of the arrival is parked any more. */
export const undecided = ({ id }: Pick<Arrival, 'id'>): string => `parked:${id}`;

/** Of a later round only its own rows are told, which are fewer than those of the file. */
const again = ({ round }: NotedArrival): string =>
  round === 0 ? '' : ` worked off again (supplement ${round})`;

const subject = ({ partner, name }: NotedArrival, what: string): string =>
  oneLine(`${partner}: ${name} ${what}`);
function arrivalFacts({ id, partner, feed, name, round, claimedAt, counts, problem }: NotedArrival): Fact[] {
  const { rows, accepted, rejected, duplicate, parked } = counts;
  const rowFact = `${rows}: ${accepted} accepted, ${rejected} rejected, ${duplicate} duplicate, ${parked} parked`;
  return [
    ['Partner', partner],
    ['Feed', feed],
    ['File', `${name} (arrival ${id})`],
    ['Received', utc(claimedAt)],
    ['Round', round === 0 ? '' : `${round}, only the rows that were worked off again`],
    ['Rows', problem ? '' : rowFact],
  ];
}

function filed({ answers, source }: Whereabouts): string[] {
  const written = answers.length > 0 ? [`The partner is answered with ${answers.join(' and ')}.`] : [];
  return [...written, source === null ? 'The source stays where it is.' : `The source goes to ${source}.`];
}

export function troubleLines(troubles: readonly RowTrouble[]): string[] {
  return troubles
    .slice(0, shownTroubles)
    .map(({ line, column, rule }) => `line ${line}${column ? `, ${column}` : ''}: ${rule}`);
}

function position(line: number | null, column: number | null): string | null {
  if (line === null) return null;
  return column === null ? `line ${line}` : `line ${line}, column ${column}`;
}
