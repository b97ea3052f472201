import { TidegateError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { close, insertAttempt, settle } from './delivery.ts';
import { demandCurrentClaim } from './fence.ts';
import { linesIn, linesText } from './file-lines.ts';
import type { GroupCommit } from './group-commit.ts';
import type {
  CallEnd,
  CallLedger,
  CallRow,
  Claim,
  NewCall,
  OpenedCall,
  QueuedCall,
  Queueing,
  Told,
} from './port.ts';
import type { Db, Tx } from './schema.ts';

export const callsOf = (db: Db, together: GroupCommit): CallLedger => ({
  openCall: (call) => together.add(call.claim, (trx) => open(trx, call)),
  closeCall: (end) => together.add(end.claim, (trx) => closeAll(trx, end)),
  giveUpCall: (end) =>
    together.add(end.claim, async (trx) => {
      await lockCall(trx, end.call);
      if (await toldResult(trx, end.call)) return false;
      await closeAll(trx, end);
      return true;
    }),
  callQueued: (claim, call, queueing, now) =>
    together.add(claim, (trx) => noteQueued(trx, claim, call, queueing, now)),
  callRows: (claim, call) => callRows(db, claim, call),
  queuedCalls: (arrival) => queuedCalls(db, arrival),
  toldResult: (call) => toldResult(db, call),
});

async function open(trx: Tx, { claim, target, operation, code, rows, at }: NewCall): Promise<OpenedCall> {
  const { id: call } = await trx
    .insertInto('calls')
    .values({ arrival: claim.id, target, operation, code, opened_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  const attempts: number[] = [];
  for (const { line, request, lines = [] } of rows) {
    const values = { arrival: claim.id, line, operation, at, call, request: JSON.stringify(request) };
    const made = await insertAttempt(trx, { ...values, purpose: 'write', lines: linesText(lines) });
    for (const { id } of made.rows) attempts.push(id);
  }
  return { id: call, attempts };
}

/** Until the end of the transaction nobody else writes about it. */
async function lockCall(trx: Tx, id: number): Promise<void> {
  await trx
    .updateTable('calls')
    .set((eb) => ({ code: eb.ref('code') }))
    .where('id', '=', id)
    .execute();
}

async function toldResult(db: Db, call: number): Promise<Told | null> {
  const told = await db
    .selectFrom('callbacks')
    .select(['body', 'received_at as at'])
    .where('call', '=', call)
    .where('fate', '=', 'result')
    .executeTakeFirst();
  return told ?? null;
}

async function closeAll(trx: Tx, { claim, call, rows, at }: CallEnd): Promise<void> {
  for (const end of rows) {
    await close(trx, { ...end, claim, at });
    if (end.row) await settle(trx, claim, end.line, end.row, at);
  }
  const left = await trx
    .selectFrom('attempts')
    .select('line')
    .where('call', '=', call)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  if (left !== undefined) throw notWhole(claim, call, left.line);
  const { numUpdatedRows } = await trx
    .updateTable('calls')
    .set({ closed_at: at })
    .where('id', '=', call)
    .where('arrival', '=', claim.id)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw notOpen(claim, call);
}

async function noteQueued(
  trx: Tx,
  claim: Claim,
  call: number,
  { job, until }: Queueing,
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('calls')
    .set({ job, until, queued_at: now })
    .where('id', '=', call)
    .where('arrival', '=', claim.id)
    .where('closed_at', 'is', null)
    .where('queued_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw notOpen(claim, call);
}

async function callRows(db: Db, claim: Claim, call: number): Promise<CallRow[]> {
  await demandCurrentClaim(db, claim);
  const found = await db
    .selectFrom('attempts')
    .innerJoin('rows', (join) =>
      join.onRef('rows.arrival', '=', 'attempts.arrival').onRef('rows.line', '=', 'attempts.line'),
    )
    .select(['attempts.line', 'attempts.id as attempt', 'attempts.request', 'attempts.lines'])
    .select(['rows.action', 'rows.order_key as orderKey'])
    .select((eb) =>
      eb
        .selectFrom('attempts as earlier')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('earlier.arrival', '=', 'attempts.arrival')
        .whereRef('earlier.line', '=', 'attempts.line')
        .whereRef('earlier.id', '>', eb.fn.coalesce('rows.overruled', eb.lit(0)))
        .where('earlier.purpose', '=', 'write')
        .where('earlier.outcome', '=', 'in-doubt')
        .where('earlier.status', 'is not', null)
        .as('timesLeftOut'),
    )
    .where('attempts.call', '=', call)
    .where('attempts.arrival', '=', claim.id)
    .where('attempts.closed_at', 'is', null)
    .orderBy('attempts.id')
    .execute();
  return found.map(({ request, lines, timesLeftOut, ...row }) => ({
    ...row,
    lines: linesIn(lines),
    request: JSON.parse(request) as JsonObject,
    leftOut: Number(timesLeftOut) > 0,
  }));
}

async function queuedCalls(db: Db, arrival: number): Promise<QueuedCall[]> {
  const found = await db
    .selectFrom('calls')
    .innerJoin('attempts', 'attempts.call', 'calls.id')
    .innerJoin('rows', (join) =>
      join.onRef('rows.arrival', '=', 'attempts.arrival').onRef('rows.line', '=', 'attempts.line'),
    )
    .select(['calls.id', 'calls.arrival', 'calls.operation', 'calls.code', 'job'])
    .select(['queued_at as queuedAt', 'until'])
    .select((eb) => eb.fn.countAll<number>().as('rows'))
    .where('calls.arrival', '=', arrival)
    .where('calls.closed_at', 'is', null)
    .where('queued_at', 'is not', null)
    .where('rows.state', '=', 'pending')
    .groupBy(['calls.id', 'calls.arrival', 'calls.operation', 'calls.code', 'job', 'queued_at', 'until'])
    .orderBy('calls.id')
    .execute();
  return found.map(({ queuedAt, until, rows, ...call }) => ({
    ...call,
    queuedAt: queuedAt ?? 0,
    until: until ?? 0,
    rows: Number(rows),
  }));
}

function notOpen(claim: Claim, call: number): TidegateError {
  return new TidegateError('LEDGER_FAILED', `call ${call} is not open`, {
    subject: `arrival ${claim.id}`,
    expected: 'a call of this arrival that was opened and neither closed nor noted before',
    fix: 'A call is closed once; read the attempts of its rows.',
  });
}

function notWhole(claim: Claim, call: number, line: number): TidegateError {
  return new TidegateError('LEDGER_FAILED', `a row of call ${call} would stay open`, {
    subject: `arrival ${claim.id}, line ${line}`,
    expected: 'the ends of all rows of the call',
    fix: 'Close a call with what became of each of its rows.',
  });
}
