/**
 * What every later round has in common: rows are taken up again, what became of them before is kept, and the arrival is nobody's until whoever works on its
 * feed resumes it.
 */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import type { Decision } from './port.ts';
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

/** For `move`, with the state that the round begins in. The old owner, if any process still believes to be it, can write no more. */
export const begun = ({ round, token }: ArrivalRecord): Partial<ArrivalRecord> => ({
  ...{ round: round + 1, token: token + 1, owner: '', lease_until: 0 },
});

export async function note(trx: Tx, arrival: number, decision: Decision): Promise<void> {
  await trx
    .insertInto('decisions')
    .values({ arrival, ...decision })
    .execute();
}

export const decisionsOf = (db: Db, arrival: number): Promise<Decision[]> =>
  db
    .selectFrom('decisions')
    .select(['line', 'round', 'what', 'by', 'because', 'at'])
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

/** Only what was answered may be reopened: what is in work may still change by itself. */
export async function demandSettled(trx: Tx, id: number): Promise<ArrivalRecord> {
  const arrival = await lock(trx, id);
  const subject = `arrival ${id}`;
  if (!arrival) {
    throw new TidegateError('NOT_FOUND', `there is no arrival ${id}`, {
      fix: '`tidegate files` lists them.',
    });
  }
  if (arrival.state === 'withdrawn') {
    throw new TidegateError('NOT_OPEN', 'the file was withdrawn before it was read; it has no rows', {
      subject,
    });
  }
  if (arrival.state !== 'settled') {
    throw new TidegateError('ARRIVAL_WAITS', `the arrival is ${arrival.state}: it is still being worked on`, {
      subject,
      expected: 'settled',
      fix: 'Try again when it is: run `tidegate once`, or let the service poll. `tidegate show` says why it waits.',
      retry: 'later',
    });
  }
  if (arrival.repeat_of !== null) {
    throw new TidegateError(
      'NOT_OPEN',
      'the arrival only repeats an earlier one and has no rows of its own',
      {
        subject,
        fix: `Name arrival ${arrival.repeat_of} instead.`,
      },
    );
  }
  if (arrival.problem !== null) {
    throw new TidegateError('NOT_OPEN', 'the file was refused as a whole and has no rows', {
      subject,
      fix: 'Correct what was at fault and put the same file into the inbound folder again: it is read anew.',
    });
  }
  return arrival;
}
