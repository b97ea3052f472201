/**
 * What every later round has in common: rows are taken up again, what became of them before is kept, and the arrival is nobody's until whoever works on its
 * feed resumes it.
 */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import type { ArrivalState, Decision, LineRange } from './port.ts';
import type { ArrivalRecord, Db, Tables, Tx } from './schema.ts';

export type WhichRows = (eb: ExpressionBuilder<Tables, 'rows'>) => Expression<SqlBool>;

const outcome = [
  ...(['arrival', 'line', 'round', 'state', 'code', 'message', 'cells', 'violations'] as const),
  ...(['duplicate_arrival', 'duplicate_line', 'settled_at'] as const),
] as const;

/** Before the rows are taken up: the answer of the round that they leave is built from this. */
export async function keepOutcomes(trx: Tx, arrival: number, which: WhichRows): Promise<void> {
  await trx
    .insertInto('earlier_outcomes')
    .columns([...outcome])
    .expression(
      trx
        .selectFrom('rows')
        .select([...outcome])
        .where('arrival', '=', arrival)
        .where(which),
    )
    .execute();
}

/** What a row is while its outcome in the round is not known. */
export const taken = (round: number) => ({
  ...{ round, code: '', message: '', cells: null, violations: null, settled_at: null },
});

/** The old owner, if any process still believes to be it, can write no more. */
export const begun = ({ round, token }: ArrivalRecord): Partial<ArrivalRecord> => ({
  ...{ round: round + 1, token: token + 1, owner: '', lease_until: 0 },
});

export async function note(trx: Tx, arrival: number, decision: Omit<Decision, 'mapping'>): Promise<void> {
  await trx
    .insertInto('decisions')
    .values({ arrival, ...decision })
    .execute();
}

export const decisionsOf = (db: Db, arrival: number): Promise<Decision[]> =>
  db
    .selectFrom('decisions')
    .select(['line', 'round', 'what', 'by', 'because', 'at', 'mapping'])
    .where('arrival', '=', arrival)
    .orderBy('id')
    .execute();

/** Locks the arrival until the end of the transaction in every SQL database. */
export async function lock(trx: Tx, id: number): Promise<ArrivalRecord | undefined> {
  return await trx
    .updateTable('arrivals')
    .set((eb) => ({ token: eb.ref('token') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** A round that begins, or that rows join. */
export interface OpenRound {
  arrival: ArrivalRecord;
  round: number;
  /** In which the round was found; `null` when it begins. */
  joined: ArrivalState | null;
  /** For `move`, with the state that the round begins or goes on in. */
  change: Partial<ArrivalRecord>;
}

/**
 * Only what was answered may be reopened: what is in work may still change by itself. A round that nobody has taken up is not in work: no call was made in it.
 * @param joins states in which such a round may get more rows
 */
export async function openRound(trx: Tx, id: number, joins: readonly ArrivalState[]): Promise<OpenRound> {
  const arrival = await lock(trx, id);
  if (!arrival) {
    throw new TidegateError('NOT_FOUND', `there is no arrival ${id}`, {
      fix: '`tidegate files` lists them.',
    });
  }
  const { state, round, owner } = arrival;
  const isSettled = state === 'settled';
  if (!isSettled && owner !== '') throw inWork(arrival);
  demandRows(arrival);
  if (isSettled) return { arrival, round: round + 1, joined: null, change: begun(arrival) };
  if (joins.includes(state)) return { arrival, round, joined: state, change: {} };
  throw new TidegateError(
    'ARRIVAL_WAITS',
    `round ${round} has not been taken up yet, but rows to be sent again as they are and rows to be mapped anew do not go together`,
    {
      subject: `arrival ${id}`,
      expected: 'one of the two in a round',
      fix: 'Try again when that round is answered: run `tidegate once`, or let the service poll.',
      retry: 'later',
    },
  );
}

function inWork({ id, state }: ArrivalRecord): TidegateError {
  const subject = `arrival ${id}`;
  if (state === 'withdrawn') {
    return new TidegateError('NOT_OPEN', 'the file was withdrawn before it was read; it has no rows', {
      subject,
    });
  }
  return new TidegateError('ARRIVAL_WAITS', `the arrival is ${state}: it is still being worked on`, {
    subject,
    expected: 'an arrival that is settled, or a round that no poll has taken up yet',
    fix: 'Try again when it is settled: run `tidegate once`, or let the service poll. `tidegate show` says why it waits.',
    retry: 'later',
  });
}

function demandRows({ id, repeat_of, problem }: ArrivalRecord): void {
  const subject = `arrival ${id}`;
  if (repeat_of !== null) {
    throw new TidegateError(
      'NOT_OPEN',
      'the arrival only repeats an earlier one and has no rows of its own',
      { subject, fix: `Name arrival ${repeat_of} instead.` },
    );
  }
  if (problem !== null) {
    throw new TidegateError('NOT_OPEN', 'the file was refused as a whole and has no rows', {
      subject,
      fix: 'Correct what was at fault and put the same file into the inbound folder again: it is read anew.',
    });
  }
}

/** Rows of the arrival in one of the ranges; at most a few hundred of these, as a person types them. */
export const inLines =
  (ranges: readonly LineRange[], column: 'rows.line' | 'rows.duplicate_line' = 'rows.line'): WhichRows =>
  (eb) =>
    eb.or(ranges.map(({ from, to }) => eb.and([eb(column, '>=', from), eb(column, '<=', to)])));

/** Naming more lines than this in one sentence helps nobody. */
export const maxNamedLines = 5;

export async function demandLines(trx: Tx, arrival: number, ranges: readonly LineRange[]): Promise<void> {
  for (const range of ranges) {
    const found = await trx
      .selectFrom('rows')
      .select('line')
      .where('arrival', '=', arrival)
      .where(inLines([range]))
      .limit(1)
      .executeTakeFirst();
    if (found) continue;
    const { from, to } = range;
    const named = from === to ? `line ${from}` : `lines ${from}-${to}`;
    throw new TidegateError('NOT_FOUND', `the arrival has no row in ${named}`, {
      subject: `arrival ${arrival}`,
      fix: 'The header is line 1; the acknowledgement names the line of every row.',
    });
  }
}
