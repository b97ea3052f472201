/** The way of one row to its outcome. The attempt is in the ledger before a call leaves, and is closed after. */
import { explain, TidegateError } from '../base/errors.ts';
import { rowCodes } from '../base/row-codes.ts';
import type { CallResult } from '../connectors/port.ts';
import type { Claim, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction } from '../mapping/types.ts';
import { settleDoubt } from './doubt.ts';
import { intoFiles } from './file-lines.ts';
import {
  answered,
  closeFailed,
  type DeliveryPorts,
  outcomeOf,
  parked,
  rejected,
  type Settled,
} from './outcome.ts';
import { prepare, type Ready } from './prepare.ts';

/**
 * Brings the row to an outcome, or throws when it must wait: the target is down, refuses us, or the work is being stopped.
 * @param behindParked whether an earlier row of its order key is parked: then nothing may be sent for it, only a doubt is settled
 */
export async function deliverRow(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  behindParked: boolean,
  ports: DeliveryPorts,
): Promise<Settled> {
  const ready = await readyRow(claim, row, action, behindParked, ports);
  if (typeof ready === 'string') return ready;
  if (action.calls) return sendRow(claim, row, action, ready, ports);
  const outcome = intoFiles(ready.lines, action);
  await ports.ledger.settleRow(claim, row.line, outcome, ports.clock.now());
  return outcome.state;
}

/** All that comes before the row's own call: its complete request, or the outcome that it has without one. */
export async function readyRow(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  behindParked: boolean,
  ports: DeliveryPorts,
): Promise<Settled | Ready> {
  if (row.inDoubt) {
    const settled = await settleDoubt(claim, row, action, row.inDoubt, ports);
    if (settled) return settled;
  }
  if (behindParked) {
    const why = `an earlier line for ${row.orderKey} is held for a decision; nothing was sent for this one, send it again after that`;
    const outcome = unsent(rejected(rowCodes.behindParked, why), row, action);
    await ports.ledger.settleRow(claim, row.line, outcome, ports.clock.now());
    return outcome.state;
  }
  const prepared = await prepare(row, action, ports);
  if (!('outcome' in prepared)) return prepared;
  const outcome = unsent(prepared.outcome, row, action);
  await ports.ledger.settleRow(claim, row.line, outcome, ports.clock.now(), prepared.evidence);
  return outcome.state;
}

/**
 * What becomes of a row that is not sent, or not again. Only the repetition would have told what came of an earlier call whose answer was lost: without it the
 * row cannot be called rejected.
 */
export function unsent(
  outcome: RowOutcome,
  row: Pick<PendingRow, 'wasInDoubt'>,
  { operation }: CompiledAction,
): RowOutcome {
  if (!row.wasInDoubt || operation.repeat.mode !== 'safe') return outcome;
  return parked(
    `an earlier call for this line lost its answer, and it is not sent again: ${outcome.message}`,
  );
}

/** The row alone, in as many attempts as it takes. */
export async function sendRow(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  { request, lines }: Ready,
  ports: DeliveryPorts,
): Promise<Settled> {
  const { ledger, target, clock, signal } = ports;
  const opened = {
    claim,
    line: row.line,
    operation: action.operation.id,
    purpose: 'write' as const,
    ...{ request, lines },
  };
  let sent = row;
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    const attempt = await ledger.openAttempt({ ...opened, at: clock.now() });
    let result: CallResult;
    try {
      result = await target.call(action.operation, request, ports);
    } catch (error) {
      const settled = await afterFailure(
        claim,
        sent,
        action,
        { attempt, request, lines },
        error,
        failures,
        ports,
      );
      if (settled) return settled;
      if (isInDoubt(error)) sent = { ...row, wasInDoubt: true };
      continue;
    }
    // Where the ledger cannot take this down, the attempt stays open: in doubt, never sent again unasked.
    const outcome = outcomeOf(result, action, lines);
    await ledger.closeAttempt({ ...answered(claim, row.line, attempt, result, clock.now()), row: outcome });
    return outcome.state;
  }
}

/** Closes the attempt and tells what became of the row; `null` when it is to be sent again. Throws when it has to wait. */
async function afterFailure(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  { attempt, request, lines }: Ready & { attempt: number },
  error: unknown,
  failures: number,
  ports: DeliveryPorts,
): Promise<Settled | null> {
  const givenUpAt = ports.clock.now();
  const misfit = refusedByItself(error);
  const refused = misfit && unsent(misfit, row, action);
  await closeFailed(claim, row.line, attempt, error, ports, refused);
  if (refused) return refused.state;
  if (isInDoubt(error)) {
    const doubt = { attempt, request, lines, givenUpAt, call: null };
    const settled = await settleDoubt(claim, row, action, doubt, ports);
    if (settled || failures < ports.target.limits.retry.attempts) return settled;
  } else if (await ports.target.mayRetry(failures, error, ports.signal)) return null;
  throw error;
}

export const isInDoubt = (error: unknown): boolean =>
  error instanceof TidegateError && error.retry === 'in-doubt';

/** A request that does not fit its operation was not sent, and never will be: the row is at fault, or its mapping. */
export function refusedByItself(error: unknown): RowOutcome | null {
  if (!(error instanceof TidegateError) || error.code !== 'CALL_FAILED' || error.retry !== 'never')
    return null;
  return rejected(rowCodes.invalid, explain(error));
}
