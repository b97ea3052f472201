import type { Arrival, Claim, Counts } from './arrivals.ts';
import type { ChangedRows, StagedRow } from './steps.ts';

export interface Reason {
  /** Who decided. */
  by: string;
  because: string;
}

/** A person's word on a parked row: the call had its effect, it had none, or it is to be sent again whatever became of it. */
export interface Verdict extends Reason {
  what: 'accepted' | 'rejected' | 'resend';
}

/** Which rows of an arrival are to be worked off again. */
export interface Selection {
  states: readonly ('rejected' | 'parked')[];
  /** Inclusive; `null` means every line. */
  lines: readonly { from: number; to: number }[] | null;
}

/** Why a round was begun. */
export interface Decision extends Reason {
  /** `null` when it concerns more than one row. */
  line: number | null;
  round: number;
  /** `follows`: rows repeat one whose outcome has changed. */
  what: Verdict['what'] | 'retry' | 'follows';
  at: number;
}

/** A row that is to be mapped anew. */
export interface RowToMap {
  line: number;
  fields: readonly string[];
}

/**
 * Later rounds. Nobody need own the arrival to begin one: whoever works on its feed goes on with it. `ARRIVAL_WAITS` unless it is settled,
 * `NOT_OPEN` for what has no open question.
 */
export interface RoundLedger {
  /**
   * Begins a round with a person's word on a parked row. Parked rows that repeat it follow, those of other arrivals in rounds of their own. A rejected one gives its
   * effect back. One to be sent again is pending, and its doubt settled. `NOT_FOUND` when the row is not parked.
   */
  decide(arrival: number, line: number, verdict: Verdict, now: number): Promise<Arrival>;
  /**
   * Begins a round with rejected and parked rows: `reopened`. Parked ones are pending with their doubt, or wait for the row they repeat; rejected ones are
   * to be mapped anew. `NOT_OPEN` when a line is named that was accepted or is a duplicate, or when nothing is left to work off; `NOT_FOUND` for a line that is not there.
   */
  retry(arrival: number, selection: Selection, reason: Reason, now: number): Promise<Arrival>;
  /** In the order in which they were taken. */
  decisions(arrival: number): Promise<Decision[]>;
  /** Rows of a reopened arrival that are not mapped yet, in line order. */
  rowsToMap(claim: Claim, afterLine: number, limit: number): Promise<RowToMap[]>;
  /** Keys and fields stay as they were staged. One transaction per call. */
  mapRows(claim: Claim, rows: readonly StagedRow[]): Promise<void>;
  /** reopened → staged, when every row is mapped: repeats are decided as in `staged`, among the rows of the round. */
  restaged(claim: Claim, changed: ChangedRows, now: number): Promise<Arrival>;
  /** What became of the rows of a round, in that round. */
  countRound(arrival: number, round: number): Promise<Counts>;
}
