/**
 * The way of one row to its outcome. The attempt is in the ledger before a call leaves and is closed after; a call whose answer was lost is found out
 * about before anything is sent again.
 */
import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { CallResult } from '../connectors/port.ts';
import type { AttemptEnd, Claim, Ledger, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { AckCells, CompiledAction } from '../mapping/types.ts';
import type { Target } from './target.ts';

export interface DeliveryPorts {
  ledger: Ledger;
  target: Target;
  clock: Clock;
  signal: AbortSignal;
}

type Settled = RowOutcome['state'];

/** Brings the row to an outcome, or throws when it must wait: the target is down, refuses us, or the work is being stopped. */
export async function deliverRow(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  ports: DeliveryPorts,
): Promise<Settled> {
  if (row.inDoubt) {
    const settled = await settleDoubt(claim, row, action, row.inDoubt, ports);
    if (settled) return settled;
  }
  const prepared = await prepare(claim, row, action, ports);
  return 'settled' in prepared ? prepared.settled : send(claim, row, action, prepared.request, ports);
}

/** Makes the reads and completes the request, unless a read settled the row. */
async function prepare(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  ports: DeliveryPorts,
): Promise<{ request: JsonObject } | { settled: Settled }> {
  const given: Record<string, Json> = {};
  for (const read of action.reads) {
    const planned = row.plan.reads.find(({ name }) => name === read.name);
    const result = await readOnce(read.operation, planned?.request ?? {}, ports);
    if (result instanceof TidegateError) {
      return {
        settled: await park(claim, row, `${read.operation.id} could not be read: ${explain(result)}`, ports),
      };
    }
    const refusal = read.refusal(result);
    if (refusal) {
      await ports.ledger.settleRow(claim, row.line, { state: 'rejected', ...refusal }, ports.clock.now());
      return { settled: 'rejected' };
    }
    given[read.name] = result.answer;
  }
  return { request: action.finish(row.plan.request, given) };
}

/**
 * A read with its retries. What it still fails with is given back when it concerns this row alone (the target answers others), and
 * thrown when the target is the trouble.
 */
async function readOnce(
  operation: CompiledAction['operation'],
  request: JsonObject,
  { target, signal }: DeliveryPorts,
): Promise<CallResult | TidegateError> {
  for (let failures = 1; ; failures++) {
    try {
      return await target.call(operation, request, signal);
    } catch (error) {
      if (await target.mayRetry(failures, error, signal)) continue;
      if (error instanceof TidegateError && error.code === 'CALL_FAILED' && !target.isPaused()) return error;
      throw error;
    }
  }
}

async function send(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  request: JsonObject,
  ports: DeliveryPorts,
): Promise<Settled> {
  const { ledger, target, clock, signal } = ports;
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    const openedAt = clock.now();
    const attempt = await ledger.openAttempt({
      claim,
      line: row.line,
      operation: action.operation.id,
      purpose: 'write',
      request,
      at: openedAt,
    });
    try {
      const result = await target.call(action.operation, request, signal);
      await ledger.closeAttempt(
        answered(claim, row.line, attempt, result, action.cells(result), clock.now()),
      );
      return result.accepted ? 'accepted' : 'rejected';
    } catch (error) {
      const doubt = { attempt, request, openedAt };
      const settled = await afterFailure(claim, row, action, doubt, error, failures, ports);
      if (settled) return settled;
    }
  }
}

/** Closes the attempt and tells what became of the row; `null` when it is to be sent again. Throws when it has to wait. */
async function afterFailure(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  doubt: NonNullable<PendingRow['inDoubt']>,
  error: unknown,
  failures: number,
  ports: DeliveryPorts,
): Promise<Settled | null> {
  const refused = refusedByItself(error);
  await closeFailed(claim, row.line, doubt.attempt, error, ports, refused);
  if (refused) return 'rejected';
  if (error instanceof TidegateError && error.retry === 'in-doubt') {
    const settled = await settleDoubt(claim, row, action, doubt, ports);
    if (settled || failures < ports.target.limits.retry.attempts) return settled;
  } else if (await ports.target.mayRetry(failures, error, ports.signal)) return null;
  throw error;
}

/** A request that does not fit its operation was not sent, and never will be: the row is at fault, or its mapping. */
function refusedByItself(error: unknown): RowOutcome | null {
  if (!(error instanceof TidegateError) || error.code !== 'CALL_FAILED' || error.retry !== 'never')
    return null;
  return {
    state: 'rejected',
    code: 'INVALID_ROW',
    message: `${error.message}. ${error.fix ?? ''}`.trim(),
    cells: {},
  };
}

/** Finds out what became of a call whose answer was lost; `null` when it surely had no effect or may be repeated, so that it is sent again. */
async function settleDoubt(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  doubt: NonNullable<PendingRow['inDoubt']>,
  ports: DeliveryPorts,
): Promise<Settled | null> {
  const { repeat, id } = action.operation;
  if (repeat.mode === 'never') {
    return park(
      claim,
      row,
      `the answer to ${id} was lost and the call may not be repeated: ${repeat.because}`,
      ports,
    );
  }
  const { clock, target, signal } = ports;
  // The server may still be working on the call we gave up; asking earlier would find nothing and send it twice.
  const quietUntil = doubt.openedAt + target.limits.quietPeriodMs;
  if (clock.now() < quietUntil) await clock.sleep(quietUntil - clock.now(), signal);
  if (repeat.mode === 'safe') return null;
  return lookUp(claim, row, action, doubt.request, repeat, ports);
}

async function lookUp(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  sent: JsonObject,
  repeat: Extract<CompiledAction['operation']['repeat'], { mode: 'lookup' }>,
  ports: DeliveryPorts,
): Promise<Settled | null> {
  const { ledger, target, clock } = ports;
  const read = target.connector.operations.get(repeat.operation);
  if (!read)
    throw new Error(`${action.operation.id} is looked up by ${repeat.operation}, which does not exist`);
  const request = repeat.request(sent);
  const attempt = await ledger.openAttempt({
    claim,
    line: row.line,
    operation: read.id,
    purpose: 'lookup',
    request,
    at: clock.now(),
  });
  let found: CallResult | TidegateError;
  try {
    found = await readOnce(read, request, ports);
    if (found instanceof TidegateError) throw found;
  } catch (error) {
    await closeFailed(claim, row.line, attempt, error, ports);
    throw error;
  }
  const verdict = repeat.judge(found, sent);
  const end = answered(claim, row.line, attempt, found, {}, clock.now());
  if (verdict.kind === 'absent') {
    await ledger.closeAttempt({ ...end, row: null });
    return null;
  }
  if (verdict.kind === 'unclear') {
    await ledger.closeAttempt({ ...end, row: parkedOutcome(`${read.id} does not tell: ${verdict.why}`) });
    return 'parked';
  }
  const result: CallResult = { ...found, accepted: true, answer: verdict.answer };
  await ledger.closeAttempt({ ...end, row: outcome(result, action.cells(result)) });
  return 'accepted';
}

async function park(
  claim: Claim,
  row: PendingRow,
  why: string,
  { ledger, clock }: DeliveryPorts,
): Promise<Settled> {
  await ledger.settleRow(claim, row.line, parkedOutcome(why), clock.now());
  return 'parked';
}

const parkedOutcome = (message: string): RowOutcome => ({
  state: 'parked',
  code: 'PARKED',
  message,
  cells: {},
});

function answered(
  claim: Claim,
  line: number,
  attempt: number,
  result: CallResult,
  cells: AckCells,
  at: number,
): AttemptEnd {
  const { accepted, status, code, message, ticket, answer } = result;
  const verdict = accepted ? 'accepted' : 'rejected';
  return {
    claim,
    line,
    attempt,
    outcome: verdict,
    status,
    code,
    message,
    ticket,
    answer,
    at,
    row: outcome(result, cells),
  };
}

const outcome = (result: CallResult, cells: AckCells): RowOutcome => ({
  state: result.accepted ? 'accepted' : 'rejected',
  code: result.code,
  message: result.message,
  cells,
});

async function closeFailed(
  claim: Claim,
  line: number,
  attempt: number,
  error: unknown,
  { ledger, clock }: DeliveryPorts,
  row: RowOutcome | null = null,
): Promise<void> {
  // What is not known to have failed before it left may have had its effect.
  const known = error instanceof TidegateError && error.retry !== 'in-doubt';
  await ledger.closeAttempt({
    claim,
    line,
    attempt,
    outcome: known ? 'failed' : 'in-doubt',
    status: null,
    code: error instanceof TidegateError ? error.code : 'CALL_IN_DOUBT',
    message: explain(error),
    ticket: null,
    answer: null,
    at: clock.now(),
    row,
  });
}
