/** A person's word on parked rows. */
import { sql } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import { rowCodes } from '../base/row-codes.ts';
import { giveEffectBack } from './effects.ts';
import { keepDecidedLines } from './file-lines.ts';
import { followHere, reopenFollowers } from './follow.ts';
import { move } from './move.ts';
import type { Arrival, Ledger, LineRange, Verdict } from './port.ts';
import {
  demandLines,
  inLines,
  keepOutcomes,
  maxNamedLines,
  note,
  openRound,
  taken,
  type WhichRows,
} from './rounds.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';
import { countRows } from './staging.ts';

export const decideOf = (db: Db): Pick<Ledger, 'decide'> => ({
  decide: (arrival, lines, verdict, now) =>
    db.transaction().execute((trx) => decide(trx, arrival, lines, verdict, now)),
});

async function decide(
  trx: Tx,
  id: number,
  lines: readonly LineRange[],
  verdict: Verdict,
  now: number,
): Promise<Arrival> {
  const { what } = verdict;
  const sends = what === 'resend';
  const { arrival, round, joined, change } = await openRound(
    trx,
    id,
    sends ? ['staged', 'delivered'] : ['reopened', 'staged', 'delivered'],
  );
  await demandParked(trx, id, lines);
  const chosen = parkedIn(lines);
  if (sends) await demandFirst(trx, arrival, chosen);
  await setOutcomes(trx, id, chosen, round, verdict, now);
  const filed = what === 'accepted' && (await keepDecidedLines(trx, id, nowDecided(lines, round)));
  await followHere(trx, id, round, now);
  const state = sends || filed ? (joined === 'reopened' ? joined : 'staged') : (joined ?? 'delivered');
  const reopened = await move(trx, id, state, now, { ...change, ...(await countRows(trx, id)) });
  await reopenFollowers(trx, id, now);
  return reopened;
}

/** Those that repeat another follow that one. */
const parkedIn =
  (lines: readonly LineRange[]): WhichRows =>
  (eb) =>
    eb.and([inLines(lines)(eb), eb('rows.state', '=', 'parked'), eb('rows.duplicate_arrival', 'is', null)]);

/** The same rows, as they are then. */
const nowDecided =
  (lines: readonly LineRange[], round: number): WhichRows =>
  (eb) =>
    eb.and([
      inLines(lines)(eb),
      eb('rows.round', '=', round),
      eb('rows.state', '=', 'accepted'),
      eb('rows.code', '=', rowCodes.decided),
    ]);

async function setOutcomes(
  trx: Tx,
  id: number,
  chosen: WhichRows,
  round: number,
  verdict: Verdict,
  now: number,
): Promise<void> {
  const { what, by, because } = verdict;
  const rows = await trx
    .selectFrom('rows')
    .select('line')
    .where('arrival', '=', id)
    .where(chosen)
    .orderBy('line')
    .execute();
  await keepOutcomes(trx, id, chosen);
  await trx
    .updateTable('rows')
    .set({ ...taken(round), ...given(verdict, now) })
    .set((eb) => ({
      overruled: eb
        .selectFrom('attempts')
        .select(({ fn }) => fn.max('attempts.id').as('last'))
        .whereRef('attempts.arrival', '=', 'rows.arrival')
        .whereRef('attempts.line', '=', 'rows.line'),
    }))
    .where('arrival', '=', id)
    .where(chosen)
    .execute();
  for (const { line } of rows) {
    if (what === 'rejected') await giveEffectBack(trx, id, line);
    await note(trx, id, { line, round, what, by, because, at: now });
  }
}

/** The partner reads why; who decided is kept with the decision. */
const given = ({ what, because }: Verdict, now: number) =>
  what === 'resend'
    ? { state: 'pending' as const }
    : { state: what, code: rowCodes.decided, message: `decided: ${because}`, settled_at: now };

async function demandParked(trx: Tx, arrival: number, lines: readonly LineRange[]): Promise<void> {
  await demandLines(trx, arrival, lines);
  const named = trx
    .selectFrom('rows')
    .select(['line', 'state', 'duplicate_arrival', 'duplicate_line'])
    .where('arrival', '=', arrival)
    .where(inLines(lines))
    .orderBy('line')
    .limit(maxNamedLines);
  const closed = await named.where('state', '<>', 'parked').execute();
  if (closed.length > 0) {
    const said = closed.map(({ line, state }) => `line ${line} is ${state}`).join(', ');
    throw new TidegateError('NOT_OPEN', `only parked rows need a decision: ${said}`, {
      subject: `arrival ${arrival}`,
      expected: 'lines of parked rows',
      fix: '`tidegate show ARRIVAL` lists the rows that were not accepted; rejected ones are for `tidegate retry`.',
    });
  }
  const [repeat] = await named
    .where('duplicate_arrival', 'is not', null)
    .where((eb) =>
      eb.not(eb.and([eb('duplicate_arrival', '=', arrival), inLines(lines, 'rows.duplicate_line')(eb)])),
    )
    .execute();
  if (!repeat) return;
  throw new TidegateError(
    'NOT_OPEN',
    'the row only repeats another one, and follows the decision about that',
    {
      subject: `arrival ${arrival}, line ${repeat.line}`,
      fix: `Decide about ${repeat.duplicate_arrival}:${repeat.duplicate_line}.`,
    },
  );
}

/** Sent while an earlier row of its key has no outcome, it would overtake that, or only be rejected behind it. */
async function demandFirst(trx: Tx, arrival: ArrivalRecord, chosen: WhichRows): Promise<void> {
  const { id } = arrival;
  const parked = await rowBefore(trx, arrival, chosen, 'parked');
  const found = parked ?? (await rowBefore(trx, arrival, chosen, 'pending'));
  if (!found) return;
  const earlier = `${found.arrivalBefore}:${found.lineBefore}`;
  throw new TidegateError(
    'NOT_OPEN',
    `an earlier row of the same contract is ${parked ? 'parked' : 'pending'}, and must not be overtaken`,
    {
      subject: `arrival ${id}, line ${found.line}`,
      fix: parked
        ? `Decide about ${earlier} first, by itself.`
        : `Send it again when ${earlier} has its outcome.`,
    },
  );
}

/** The first row that stands before one of the chosen under its order key. */
const rowBefore = (
  trx: Tx,
  { id, partner, feed }: ArrivalRecord,
  chosen: WhichRows,
  state: 'parked' | 'pending',
) =>
  trx
    .selectFrom('rows')
    .innerJoin('rows as before', 'before.order_key', 'rows.order_key')
    .innerJoin('arrivals', 'arrivals.id', 'before.arrival')
    .select(['rows.line', 'before.arrival as arrivalBefore', 'before.line as lineBefore'])
    .where('rows.arrival', '=', id)
    .where(chosen)
    .where('arrivals.partner', '=', partner)
    .where('arrivals.feed', '=', feed)
    // As a literal, or the index of these rows is not used.
    .where('before.state', '=', sql.lit(state))
    .where('before.duplicate_arrival', 'is', null)
    .where((eb) =>
      eb.or([
        eb('before.arrival', '<', id),
        eb.and([eb('before.arrival', '=', id), eb('before.line', '<', eb.ref('rows.line'))]),
      ]),
    )
    .orderBy('before.arrival')
    .orderBy('before.line')
    .limit(1)
    .executeTakeFirst();
