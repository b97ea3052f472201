/** How the attempts of a call end, row by row. Pure. */
import type { BatchResults, CallResult, Operation, RowResult } from '../connectors/port.ts';
import type { CallEnd, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction, PlannedLine } from '../mapping/types.ts';
import { lostForGood } from './doubt.ts';
import type { Part } from './merge.ts';
import { outcomeOf, parked } from './outcome.ts';

/** A row as it went in a call. */
export interface Sharer extends Pick<PendingRow, 'leftOut'> {
  /** Of files, with what reads told. */
  lines: readonly PlannedLine[];
  /** `null` when the call is for this row alone. */
  part: Part | null;
}

type End = CallEnd['rows'][number];

export interface Ending {
  end: Omit<End, 'line' | 'attempt' | 'row'>;
  /** `null` when the row stays pending. */
  row: RowOutcome | null;
}

/** What the answer says of each row; `null` when it does not speak of rows. */
export function resultsIn(
  { batch }: Operation,
  { answer }: Pick<CallResult, 'answer'>,
  sharers: readonly Sharer[],
): BatchResults | null {
  const entries = sharers.flatMap(({ part }) => (part ? [part.entry] : []));
  return batch && entries.length > 0 ? batch.results(answer, entries) : null;
}

/** @param said about the row; `null` when the answer left it out */
export function answeredEnd(
  sharer: Sharer,
  action: CompiledAction,
  result: CallResult,
  said: RowResult | null,
): Ending {
  const { status, ticket } = result;
  if (said === null) {
    const message = `the answer to ${action.operation.id} does not speak of this row`;
    return {
      end: { outcome: 'in-doubt', status, code: 'CALL_IN_DOUBT', message, ticket, answer: null },
      row: hopeless(sharer, action, true),
    };
  }
  const { accepted, code, message, answer } = said;
  const outcome = accepted ? 'accepted' : 'rejected';
  return {
    end: { outcome, status, code, message, ticket, answer },
    row: outcomeOf({ ...result, ...said }, action, sharer.lines),
  };
}

/**
 * What becomes of a row in doubt that must not wait any longer. One that the answers leave out again and again must not hold up the file.
 * @param alone whether the lost or missing word was about this row and no other
 */
export function hopeless(
  { leftOut }: Pick<Sharer, 'leftOut'>,
  { operation: { id, repeat } }: CompiledAction,
  alone: boolean,
): RowOutcome | null {
  if (repeat.mode === 'never') return lostForGood(id, repeat);
  return alone && leftOut ? parked(`no answer to ${id} speaks of this row, though it was sent again`) : null;
}

/** The call had no effect; its rows go on in other ones. Its answer may be long, and is kept once. */
export const refusedWhole = (
  { status, code, message, ticket, answer }: CallResult,
  first: boolean,
): Ending => ({
  end: { outcome: 'rejected', status, code, message, ticket, answer: first ? answer : null },
  row: null,
});
