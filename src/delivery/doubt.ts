/** What becomes of a row whose call was given up without an answer: it is found out before anything is sent again. */
import { explain, TidegateError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { CallResult, Operation, Repeat } from '../connectors/port.ts';
import type { Claim, Doubt, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction } from '../mapping/types.ts';
import { answered, closeFailed, type DeliveryPorts, outcomeOf, parked, type Settled } from './outcome.ts';
import { readWithRetries } from './read.ts';

type Lookup = Extract<Repeat, { mode: 'lookup' }>;

/** `null` when the call surely had no effect or may be repeated, so that the row is sent again. */
export async function settleDoubt(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  doubt: Doubt,
  ports: DeliveryPorts,
): Promise<Settled | null> {
  const { repeat, id } = action.operation;
  if (repeat.mode === 'never') {
    await ports.ledger.settleRow(claim, row.line, lostForGood(id, repeat), ports.clock.now());
    return 'parked';
  }
  await quietPeriod(doubt, ports);
  return repeat.mode === 'safe' ? null : lookUp(claim, row, action, doubt, repeat, ports);
}

export const lostForGood = (operation: string, { because }: Extract<Repeat, { mode: 'never' }>): RowOutcome =>
  parked(`the answer to ${operation} was lost and the call may not be repeated: ${because}`);

/**
 * The server may still be working on a call that was given up; asking earlier would find nothing and send it twice. Counted from when it was given up:
 * before that it may have waited for its turn.
 */
export async function quietPeriod(
  { givenUpAt }: Pick<Doubt, 'givenUpAt'>,
  { clock, target, signal }: DeliveryPorts,
): Promise<void> {
  const now = clock.now();
  const rest = quietRest(givenUpAt ?? now, now, clock.steadySince(), target.limits.quietPeriodMs);
  if (rest > 0) await clock.sleep(rest, signal);
}

/** A clock that was set since then makes the wait neither shorter, as if long ago, nor longer than one whole period. */
const quietRest = (givenUpAt: number, now: number, steadySince: number, periodMs: number): number =>
  Math.min(Math.max(givenUpAt, steadySince) + periodMs - now, periodMs);

async function lookUp(
  claim: Claim,
  row: PendingRow,
  action: CompiledAction,
  { request: sent, lines }: Doubt,
  repeat: Lookup,
  ports: DeliveryPorts,
): Promise<Settled | null> {
  const { ledger, clock } = ports;
  const read = lookupOperation(action, repeat, ports);
  const request = repeat.request(sent);
  const opened = { claim, line: row.line, operation: read.id, purpose: 'lookup' as const, request };
  const attempt = await ledger.openAttempt({ ...opened, at: clock.now() });
  const found = await ask(claim, row.line, attempt, read, request, ports);
  if (found instanceof TidegateError) {
    if (found.retry !== 'never') throw found;
    // Asking again would fail for ever, and hold up the file.
    await ledger.settleRow(
      claim,
      row.line,
      parked(`${read.id} cannot be asked: ${explain(found)}`),
      clock.now(),
    );
    return 'parked';
  }
  const verdict = repeat.judge(found, sent);
  const end = answered(claim, row.line, attempt, found, clock.now());
  if (verdict.kind === 'absent') {
    await ledger.closeAttempt(end);
    return null;
  }
  if (verdict.kind === 'unclear') {
    await ledger.closeAttempt({ ...end, row: parked(`${read.id} does not tell: ${verdict.why}`) });
    return 'parked';
  }
  const message = `${read.id} shows that it was done`;
  const result: CallResult = { ...found, accepted: true, code: '', message, answer: verdict.answer };
  await ledger.closeAttempt({ ...end, row: outcomeOf(result, action, lines) });
  return 'accepted';
}

async function ask(
  claim: Claim,
  line: number,
  attempt: number,
  read: Operation,
  request: JsonObject,
  ports: DeliveryPorts,
): Promise<CallResult | TidegateError> {
  let found: CallResult | TidegateError;
  try {
    found = await readWithRetries(read, request, ports);
  } catch (error) {
    await closeFailed(claim, line, attempt, error, ports);
    throw error;
  }
  if (found instanceof TidegateError) await closeFailed(claim, line, attempt, found, ports);
  return found;
}

function lookupOperation(action: CompiledAction, repeat: Lookup, { target }: DeliveryPorts): Operation {
  const read = target.connector.operations.get(repeat.operation);
  if (read) return read;
  throw new Error(
    `${action.operation.id} is looked up by ${repeat.operation}, which its system does not have`,
  );
}
