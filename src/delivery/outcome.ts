/** How the ledger is told what became of a call and of its row. */
import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import { rowCodes } from '../base/row-codes.ts';
import type { CallResult } from '../connectors/port.ts';
import type { AttemptEnd, Claim, Ledger, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction, PlannedLine } from '../mapping/types.ts';
import { linesOf } from './file-lines.ts';
import type { Target, Turn } from './target.ts';

/** The signal is aborted when nothing new is to begin. */
export interface DeliveryPorts extends Turn {
  ledger: Ledger;
  target: Target;
  clock: Clock;
}

export type Settled = RowOutcome['state'];

export const parked = (message: string): RowOutcome => ({
  state: 'parked',
  code: rowCodes.parked,
  message,
  cells: {},
});

export const rejected = (code: string, message: string): RowOutcome => ({
  state: 'rejected',
  code,
  message,
  cells: {},
});

/** @param lines of files, with what reads told */
export const outcomeOf = (
  result: CallResult,
  action: CompiledAction,
  lines: readonly PlannedLine[],
): RowOutcome => ({
  state: result.accepted ? 'accepted' : 'rejected',
  code: result.code,
  message: result.message,
  cells: action.cells(result),
  ...(result.accepted ? { lines: linesOf(lines, action, result) } : {}),
});

/** The end of an attempt that got its answer; it settles no row by itself. */
export function answered(
  claim: Claim,
  line: number,
  attempt: number,
  result: CallResult,
  at: number,
): AttemptEnd {
  const { accepted, status, code, message, ticket, answer } = result;
  const outcome = accepted ? 'accepted' : 'rejected';
  return { claim, line, attempt, outcome, status, code, message, ticket, answer, at, row: null };
}

/** What is on record of a call without an answer. */
export const noAnswer = (error: unknown) => ({
  status: null,
  code: error instanceof TidegateError ? error.code : 'CALL_IN_DOUBT',
  message: explain(error),
  ticket: null,
  answer: null,
});

/** How an attempt ends that got no answer. What is not known to have failed before it left may have had its effect. */
export function unanswered(error: unknown) {
  const surelyFailed = error instanceof TidegateError && error.retry !== 'in-doubt';
  return { ...noAnswer(error), outcome: surelyFailed ? ('failed' as const) : ('in-doubt' as const) };
}

export async function closeFailed(
  claim: Claim,
  line: number,
  attempt: number,
  error: unknown,
  { ledger, clock }: Pick<DeliveryPorts, 'ledger' | 'clock'>,
  row: RowOutcome | null = null,
): Promise<void> {
  await ledger.closeAttempt({ ...unanswered(error), claim, line, attempt, at: clock.now(), row });
}
