/**
 * Notices in words. Pure. Each says what happened, to which partner and file, what happens next and which command shows more. Rows appear as line,
 * column and rule, never with their values: those are personal data and stay in the answer to the partner.
 *
 * Keys name the cause, so that it is told once. What can go on for long has the hour in its key: a person is reminded every hour at most.
 */
import { formatPlace, TidegateError } from '../base/errors.ts';
import type { Arrival, Counts, Notice } from '../ledger/port.ts';
import { type Fact, layOut, plural, utc } from './layout.ts';
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

/** Some rows were rejected; the others were worked off. */
export function rowsRejected(
  arrival: NotedArrival,
  troubles: readonly RowTrouble[],
  whereabouts: Whereabouts,
): Notice {
  const { rejected, rows } = arrival.counts;
  return {
    ...about(arrival, 'rejected'),
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

export interface TransferTrouble {
  partner: string;
  feed: string;
  /** The file that is held up; `null` when the trouble came before any. */
  arrival: Pick<Arrival, 'id' | 'name'> | null;
  /** What was being done, as the end of "Tidegate could not …". */
  what: string;
  error: unknown;
  /** Epoch milliseconds. */
  now: number;
}

/** Trouble with the partner's server: connection, login, host key, reading, writing, moving. */
export function transferFailure({ partner, feed, arrival, what, error, now }: TransferTrouble): Notice {
  return {
    key: `partner:${partner}:${codeOf(error)}:${hourOf(now)}`,
    kind: 'transfer-failure',
    partner,
    arrival: arrival?.id ?? null,
    subject: oneLine(`${partner}: Tidegate could not ${what}`),
    body: layOut({
      happened: `Tidegate could not ${what}.`,
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ...heldUp(arrival),
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [nextOf(error)],
      command: arrival ? show(arrival) : 'tidegate check',
    }),
  };
}

export interface LongWait extends Omit<TransferTrouble, 'what'> {
  /** Epoch milliseconds; since when nothing has moved. */
  since: number;
}

/** A file waits for another one, which the error names, and that has not gone on for long. */
export function longWait({ partner, feed, arrival, error, since, now }: LongWait): Notice {
  const what = arrival ? arrival.name : `feed ${feed}`;
  return {
    key: `waits:${partner}:${feed}:${arrival?.id ?? ''}:${hourOf(now)}`,
    kind: 'transfer-failure',
    partner,
    arrival: arrival?.id ?? null,
    subject: oneLine(`${partner}: ${what} has been waiting for another file for more than an hour`),
    body: layOut({
      happened: 'Nothing has moved for more than an hour: a file waits for another one.',
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ...heldUp(arrival),
        ['Since', utc(since)],
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [
        nextOf(error),
        'A file of a feed that is disabled, or no longer in the configuration, goes on when that is undone.',
      ],
      command: 'tidegate status',
    }),
  };
}

const storageTroubles: Readonly<Record<string, string>> = {
  SPOOL_FAILED: 'Tidegate cannot use its spool',
  STORAGE_LOW: 'Tidegate waits for free space on its disk',
};

/** Trouble on our own side: the ledger or the spool cannot be used, or their disk is nearly full. It concerns every partner alike. */
export function storageFailure({
  partner,
  feed,
  arrival,
  error,
  now,
}: Omit<TransferTrouble, 'what'>): Notice {
  const happened = storageTroubles[codeOf(error)] ?? 'Tidegate cannot use its ledger';
  return {
    key: `storage:${codeOf(error)}:${hourOf(now)}`,
    kind: 'transfer-failure',
    partner,
    arrival: arrival?.id ?? null,
    subject: happened,
    body: layOut({
      happened: `${happened}. Files wait meanwhile.`,
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ...heldUp(arrival),
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [nextOf(error)],
      command: 'tidegate check',
    }),
  };
}

/** Ledger or spool cannot even be opened: the process that was to work has ended. */
export function cannotStart(error: unknown, now: number): Notice {
  const trouble = storageTroubles[codeOf(error)] ?? 'Tidegate cannot use its ledger';
  return {
    key: `start:${codeOf(error)}:${hourOf(now)}`,
    kind: 'transfer-failure',
    partner: null,
    arrival: null,
    subject: `${trouble} and did not start`,
    body: layOut({
      happened: `${trouble} and did not start. Every file waits meanwhile.`,
      facts: [['Noticed', utc(now)], ...errorFacts(error)],
      next: [
        'Nothing is lost and nothing is done twice: the next start that succeeds goes on where work stopped. Where nobody else starts it (a schedule, the service manager), start it when the reason is gone.',
      ],
      command: 'tidegate check',
    }),
  };
}

export interface TargetTrouble extends Omit<TransferTrouble, 'what'> {
  target: string;
}

/** The target does not take calls, or refuses us as a whole; the file waits. */
export function targetTrouble({ target, partner, feed, arrival, error, now }: TargetTrouble): Notice {
  const refuses = error instanceof TidegateError && error.code === 'TARGET_REFUSES';
  const happened = refuses ? `${target} refuses our calls` : `${target} does not take calls now`;
  return {
    key: `target:${target}:${codeOf(error)}:${hourOf(now)}`,
    kind: 'target-down',
    partner,
    arrival: arrival?.id ?? null,
    subject: oneLine(happened),
    body: layOut({
      happened: `${happened}. No row is rejected because of it.`,
      facts: [
        ['Target', target],
        ['Partner', partner],
        ['Feed', feed],
        ...heldUp(arrival),
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [nextOf(error)],
      command: refuses || !arrival ? 'tidegate check' : show(arrival),
    }),
  };
}

export interface UnexpectedEntry {
  partner: string;
  folder: string;
  name: string;
  kind: 'file' | 'folder' | 'other';
  /** How a name looks that would be taken. */
  example: string;
}

/** Something in the inbound folder that no feed takes. */
export function unexpectedEntry({ partner, folder, name, kind, example }: UnexpectedEntry): Notice {
  const what = { file: 'A file that no feed expects', folder: 'A folder', other: 'A link or special file' }[
    kind
  ];
  return {
    key: `unexpected:${partner}:${folder}/${name}`,
    kind: 'unexpected-file',
    partner,
    arrival: null,
    subject: oneLine(`${partner}: ${name} in ${folder} is left alone`),
    body: layOut({
      happened: `${what} lies in ${folder}.`,
      facts: [
        ['Partner', partner],
        ['Name', name],
        ['Expected', `names such as ${example}`],
      ],
      next: [
        'It is left where it is and not looked at again. Ask the partner to remove it, or to send the file under the agreed name.',
      ],
      command: 'tidegate files',
    }),
  };
}

export interface WaitingFile {
  partner: string;
  feed: string;
  folder: string;
  name: string;
  /** Epoch milliseconds of the first sighting. */
  since: number;
  /** What it has to be complete, as the end of "It waits for …". */
  waitsFor: string;
}

/** A file that was seen long ago and is still not complete. */
export function fileWaits({ partner, feed, folder, name, since, waitsFor }: WaitingFile): Notice {
  return {
    // The day is in it, because another file may come under the same name.
    key: `waiting:${partner}:${folder}/${name}:${new Date(since).toISOString().slice(0, 10)}`,
    kind: 'unexpected-file',
    partner,
    arrival: null,
    subject: oneLine(`${partner}: ${name} in ${folder} is not complete after more than an hour`),
    body: layOut({
      happened: `A file has been lying in ${folder} for more than an hour and does not count as complete yet.`,
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ['Name', name],
        ['First seen', utc(since)],
        ['Waits for', waitsFor],
      ],
      next: [
        'It is taken as soon as it is complete. Ask the partner whether the upload broke off or is still going on.',
      ],
      command: 'tidegate files',
    }),
  };
}

function about(
  { id, partner, round }: NotedArrival,
  cause: string,
): Pick<Notice, 'key' | 'partner' | 'arrival'> {
  const key = `arrival:${id}:${cause}`;
  return { key: round === 0 ? key : `${key}:${round}`, partner, arrival: id };
}

/** Of a later round only its own rows are told, which are fewer than those of the file. */
const again = ({ round }: NotedArrival): string =>
  round === 0 ? '' : ` worked off again (supplement ${round})`;

const subject = ({ partner, name }: NotedArrival, what: string): string =>
  oneLine(`${partner}: ${name} ${what}`);
const show = ({ id }: Pick<Arrival, 'id'>): string => `tidegate show ${id}`;
export const hourOf = (now: number): string => new Date(now).toISOString().slice(0, 13);
export const codeOf = (error: unknown): string => (error instanceof TidegateError ? error.code : 'UNKNOWN');

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

function heldUp(arrival: TransferTrouble['arrival']): Fact[] {
  return arrival ? [['File', `${arrival.name} (arrival ${arrival.id})`]] : [];
}

export function errorFacts(error: unknown): Fact[] {
  // An error that is not ours may carry anything in its text: it stays in the log.
  if (!(error instanceof TidegateError)) return [['Reason', 'an unexpected error; the log has it']];
  return [
    ['Reason', `${error.code}: ${error.message}`],
    ['Where', error.place ? formatPlace(error.place) : (error.subject ?? '')],
    ['Expected', error.expected ?? ''],
    ['Fix', error.fix ?? ''],
  ];
}

export function nextOf(error: unknown): string {
  const helps = error instanceof TidegateError && error.retry !== 'never';
  if (helps)
    return 'It is tried again at the next poll and goes on where it stopped. Nothing is lost and nothing is done twice.';
  return 'It is tried again at every poll, but will hardly succeed until something is changed. Nothing is lost and nothing is done twice.';
}

function filed({ answers, source }: Whereabouts): string[] {
  const written = answers.length > 0 ? [`The partner is answered with ${answers.join(' and ')}.`] : [];
  return [...written, source === null ? 'The source stays where it is.' : `The source goes to ${source}.`];
}

function troubleLines(troubles: readonly RowTrouble[]): string[] {
  return troubles
    .slice(0, shownTroubles)
    .map(({ line, column, rule }) => `line ${line}${column ? `, ${column}` : ''}: ${rule}`);
}

function position(line: number | null, column: number | null): string | null {
  if (line === null) return null;
  return column === null ? `line ${line}` : `line ${line}, column ${column}`;
}
