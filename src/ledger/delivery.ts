import { sql } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { RowPlan } from '../mapping/types.ts';
import { giveEffectBack } from './effects.ts';
import { demandCurrentClaim } from './fence.ts';
import { keepLines, linesIn, linesText } from './file-lines.ts';
import type { GroupCommit } from './group-commit.ts';
import type {
  Attempt,
  AttemptEnd,
  Claim,
  Evidence,
  Ledger,
  NewAttempt,
  ParkedKey,
  PendingRow,
  RowOutcome,
} from './port.ts';
import { prepared } from './prepared.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';

type Delivery = 'pendingRows' | 'parkedKeys' | 'openAttempt' | 'closeAttempt' | 'settleRow' | 'attempts';

export const deliveryOf = (db: Db, together: GroupCommit): Pick<Ledger, Delivery> => ({
  pendingRows: (claim, afterLine, limit) => pendingRows(db, claim, afterLine, limit),
  parkedKeys: (arrival) => parkedKeys(db, arrival),
  openAttempt: (attempt) => together.add(attempt.claim, (trx) => open(trx, attempt)),
  closeAttempt: (end) =>
    together.add(end.claim, async (trx) => {
      await close(trx, end);
      if (end.row) await settle(trx, end.claim, end.line, end.row, end.at);
    }),
  settleRow: (claim, line, outcome, now, evidence) =>
    together.add(claim, async (trx) => {
      await settle(trx, claim, line, outcome, now);
      if (evidence) await keepRead(trx, claim, line, evidence, now);
    }),
  attempts: (arrival, line) => attempts(db, arrival, line),
});

/** Rows change only while their arrival is being delivered. */
export function demandStaged(arrival: ArrivalRecord): void {
  if (arrival.state === 'staged') return;
  throw new TidegateError('LEDGER_FAILED', `the arrival is ${arrival.state}; its rows do not change now`, {
    subject: `arrival ${arrival.id}`,
    expected: 'staged',
    fix: 'Read the arrival again and go on from the state it is in.',
  });
}

export const insertAttempt = prepared<
  {
    arrival: number;
    line: number;
    operation: string;
    purpose: 'write' | 'lookup';
    request: string;
    at: number;
    call: number | null;
    lines: string | null;
  },
  { id: number }
>((db, slot) =>
  db
    .insertInto('attempts')
    .values({
      arrival: slot('arrival'),
      line: slot('line'),
      operation: slot('operation'),
      purpose: slot('purpose'),
      opened_at: slot('at'),
      request: slot('request'),
      call: slot('call'),
      lines: slot('lines'),
    })
    .returning('id'),
);

async function open(trx: Tx, attempt: NewAttempt): Promise<number> {
  const { claim, line, operation, purpose, request, lines = [], at } = attempt;
  const values = { arrival: claim.id, line, operation, purpose, request: JSON.stringify(request), at };
  const { rows } = await insertAttempt(trx, { ...values, call: null, lines: linesText(lines) });
  const made = rows[0];
  if (made) return made.id;
  throw new TidegateError('LEDGER_FAILED', 'the attempt got no id', { subject: rowName(claim, line) });
}

const updateAttempt = prepared<{
  id: number;
  arrival: number;
  line: number;
  at: number;
  outcome: AttemptEnd['outcome'];
  status: number | null;
  code: string;
  message: string;
  ticket: string | null;
  answer: string;
}>((db, slot) =>
  db
    .updateTable('attempts')
    .set({
      closed_at: slot('at'),
      outcome: slot('outcome'),
      status: slot('status'),
      code: slot('code'),
      message: slot('message'),
      ticket: slot('ticket'),
      answer: slot('answer'),
    })
    .where('id', '=', slot('id'))
    .where('arrival', '=', slot('arrival'))
    .where('line', '=', slot('line'))
    .where('closed_at', 'is', null),
);

export async function close(trx: Tx, end: AttemptEnd): Promise<void> {
  const { claim, line, attempt, outcome, status, code, message, ticket, answer, at } = end;
  const place = { id: attempt, arrival: claim.id, line };
  const result = { outcome, status, code, message, ticket, answer: JSON.stringify(answer), at };
  const { numAffectedRows } = await updateAttempt(trx, { ...place, ...result });
  if (numAffectedRows === 1n) return;
  throw new TidegateError('LEDGER_FAILED', `attempt ${attempt} is not open`, {
    subject: rowName(claim, line),
    expected: 'an attempt of this row that was opened and not closed',
    fix: 'An attempt is closed once; read the attempts of the row.',
  });
}

async function keepRead(trx: Tx, claim: Claim, line: number, read: Evidence, now: number): Promise<void> {
  const { keptSince, request, answer, ...judged } = read;
  const at = keptSince ?? now;
  await trx
    .insertInto('attempts')
    .values({
      ...judged,
      ...{ arrival: claim.id, line, purpose: keptSince === null ? 'read' : 'kept' },
      ...{ opened_at: at, closed_at: at },
      request: JSON.stringify(request),
      answer: JSON.stringify(answer),
    })
    .execute();
}

type RowUpdate = { arrival: number; line: number; cells: string; at: number | null } & Omit<
  RowOutcome,
  'cells' | 'lines'
>;

const updateRow = prepared<RowUpdate>((db, slot) =>
  db
    .updateTable('rows')
    .set({
      state: slot('state'),
      code: slot('code'),
      message: slot('message'),
      cells: slot('cells'),
      settled_at: slot('at'),
    })
    .where('arrival', '=', slot('arrival'))
    .where('line', '=', slot('line'))
    .where('state', '=', 'pending'),
);

const countOutcome = prepared<{ id: number; accepted: number; rejected: number; parked: number }>(
  (db, slot) =>
    db
      .updateTable('arrivals')
      .set((eb) => ({
        pending: eb('pending', '-', 1),
        accepted: eb('accepted', '+', slot('accepted')),
        rejected: eb('rejected', '+', slot('rejected')),
        parked: eb('parked', '+', slot('parked')),
      }))
      .where('id', '=', slot('id')),
);

export async function settle(
  trx: Tx,
  claim: Claim,
  line: number,
  outcome: RowOutcome,
  now: number,
): Promise<void> {
  const { state, code, message, cells, lines = [] } = outcome;
  // A row that goes into files has no outcome for others before these are sent.
  const at = lines.length > 0 ? null : now;
  const { numAffectedRows } = await updateRow(trx, {
    ...{ arrival: claim.id, line, state, code, message, at },
    cells: JSON.stringify(cells),
  });
  if (numAffectedRows !== 1n) {
    throw new TidegateError('LEDGER_FAILED', 'the row is not pending', {
      subject: rowName(claim, line),
      expected: 'a row without an outcome',
      fix: 'The first outcome of a row stands; read the row.',
    });
  }
  const one = (wanted: RowOutcome['state']): number => (state === wanted ? 1 : 0);
  await countOutcome(trx, {
    id: claim.id,
    accepted: one('accepted'),
    rejected: one('rejected'),
    parked: one('parked'),
  });
  if (state === 'rejected') await giveEffectBack(trx, claim.id, line);
  await keepLines(trx, claim.id, line, lines);
}

async function pendingRows(db: Db, claim: Claim, afterLine: number, limit: number): Promise<PendingRow[]> {
  await demandCurrentClaim(db, claim);
  const rows = await db
    .selectFrom('rows')
    .innerJoin('contents', (join) =>
      join.onRef('contents.arrival', '=', 'rows.arrival').onRef('contents.line', '=', 'rows.line'),
    )
    .select(['rows.line', 'rows.action', 'rows.operation', 'rows.order_key as orderKey', 'contents.plan'])
    .select('rows.overruled')
    .where('rows.arrival', '=', claim.id)
    .where('rows.state', '=', 'pending')
    .where('rows.line', '>', afterLine)
    .orderBy('rows.line')
    .limit(limit)
    .execute();
  const last = rows.at(-1);
  if (last === undefined) return [];
  const found = await db
    .selectFrom('attempts')
    .leftJoin('calls', 'calls.id', 'attempts.call')
    .select(['attempts.id', 'line', 'purpose', 'request', 'attempts.closed_at', 'outcome', 'status', 'lines'])
    .select(['call', 'calls.code', 'calls.job', 'calls.until'])
    .where('attempts.arrival', '=', claim.id)
    .where('line', '>', afterLine)
    .where('line', '<=', last.line)
    .orderBy('attempts.id')
    .execute();
  const byLine = Map.groupBy(found, (attempt) => attempt.line);
  return rows.map(({ plan, overruled, ...row }) => {
    const made = byLine.get(row.line) ?? [];
    // What a person has decided about is no doubt any more.
    const open = made.filter(({ id }) => overruled === null || id > overruled);
    // A pending row was staged with a plan; only invalid rows have none.
    const parsed = JSON.parse(plan ?? '{"request":{},"reads":[]}') as RowPlan;
    return {
      ...row,
      plan: parsed,
      overruled: overruled !== null,
      inDoubt: inDoubt(open),
      wasInDoubt: open.some((attempt) => attempt.purpose === 'write' && isInDoubt(attempt)),
      leftOut: open.some(
        ({ purpose, outcome, status }) => purpose === 'write' && outcome === 'in-doubt' && status !== null,
      ),
      attempts: made.filter((attempt) => attempt.closed_at !== null).length,
    };
  });
}

type MadeAttempt = Pick<Attempt, 'id' | 'purpose' | 'outcome' | 'status' | 'call'> & {
  request: string;
  lines: string | null;
  closed_at: number | null;
  code: string | null;
  job: string | null;
  until: number | null;
};

const isInDoubt = ({ closed_at, outcome }: MadeAttempt): boolean =>
  closed_at === null || outcome === 'in-doubt';

/** Only a write can be in doubt: a lookup that was cut off had no effect, and the write it asked about stays what it was. */
function inDoubt(made: readonly MadeAttempt[]): PendingRow['inDoubt'] {
  const write = made.findLast((attempt) => attempt.purpose === 'write');
  if (write === undefined || !isInDoubt(write)) return null;
  const { id, request, lines, closed_at, call, code, job, until } = write;
  return {
    attempt: id,
    request: JSON.parse(request) as JsonObject,
    lines: linesIn(lines),
    givenUpAt: closed_at,
    call: call === null ? null : { id: call, code, job, until },
  };
}

async function parkedKeys(db: Db, arrival: number): Promise<ParkedKey[]> {
  return await db
    .selectFrom('rows')
    .innerJoin('arrivals', 'arrivals.id', 'rows.arrival')
    .innerJoin('arrivals as mine', (join) =>
      join.onRef('mine.partner', '=', 'arrivals.partner').onRef('mine.feed', '=', 'arrivals.feed'),
    )
    .select('rows.order_key as key')
    .select(sql<number>`min(case when rows.arrival = mine.id then rows.line else 0 end)`.as('line'))
    .where('mine.id', '=', arrival)
    .whereRef('rows.arrival', '<=', 'mine.id')
    // As a literal, or the index of parked rows is not used.
    .where('rows.state', '=', sql.lit('parked'))
    // What repeats a parked row waits for the decision about that row, and for none of its own.
    .where('rows.duplicate_arrival', 'is', null)
    .groupBy('rows.order_key')
    .execute();
}

async function attempts(db: Db, arrival: number, line: number | undefined): Promise<Attempt[]> {
  const found = await db
    .selectFrom('attempts')
    .select(['id', 'line', 'operation', 'purpose', 'request', 'opened_at as openedAt'])
    .select(['closed_at as closedAt', 'outcome', 'status', 'code', 'message', 'ticket', 'answer', 'call'])
    .where('arrival', '=', arrival)
    .$if(line !== undefined, (query) => query.where('line', '=', line ?? 0))
    .orderBy('id')
    .execute();
  return found.map((attempt) => ({
    ...attempt,
    request: JSON.parse(attempt.request) as JsonObject,
    answer: attempt.answer === null ? null : (JSON.parse(attempt.answer) as Json),
  }));
}

const rowName = (claim: Claim, line: number): string => `arrival ${claim.id}, line ${line}`;
