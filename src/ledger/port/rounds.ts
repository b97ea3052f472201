import type { Violation } from '../../mapping/types.ts';
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

/** Lines of a file, both ends included. */
export interface LineRange {
  from: number;
  to: number;
}

/** Which rows of an arrival are to be worked off again. */
export interface Selection {
  states: readonly ('rejected' | 'parked')[];
  /** `null` means every line. */
  lines: readonly LineRange[] | null;
}

/** Why a round was begun. */
export interface Decision extends Reason {
  /** `null` when it concerns more than one row. */
  line: number | null;
  round: number;
  /** `follows`: rows repeat one whose outcome has changed. */
  what: Verdict['what'] | 'retry' | 'follows';
  /** `name@version` of the mapping that the rows of a `retry` were mapped anew with; `null` until then. */
  mapping: string | null;
  at: number;
}

/** A row that is to be mapped anew. */
export interface RowToMap {
  line: number;
  fields: readonly string[];
}

/**
 * Later rounds. Nobody need own the arrival to begin one: whoever works on its feed goes on with it. `ARRIVAL_WAITS` unless it is settled, or is in a round that nobody
 * has taken up yet, which more rows may join: then one answer tells about all of them. `NOT_OPEN` for what has no open question, `NOT_FOUND` for lines that are not there.
 */
export interface RoundLedger {
  /**
   * A person's word on parked rows, on all of them or none. Parked rows that repeat one of them follow, those of other arrivals in rounds of their own. A rejected one
   * gives its effect back. One to be sent again is pending, and its doubt settled; it joins no round in which rows are mapped anew. `NOT_OPEN` when one of them is not
   * parked, or repeats one that is not among them.
   */
  decide(arrival: number, lines: readonly LineRange[], verdict: Verdict, now: number): Promise<Arrival>;
  /**
   * Rejected and parked rows once more: `reopened`. Parked ones are pending with their doubt, or wait for the row they repeat; rejected ones are to be mapped anew.
   * They join no round in which a row is only to be sent again. `NOT_OPEN` when a line is named that was accepted or is a duplicate, or when nothing is left to work off.
   */
  retry(arrival: number, selection: Selection, reason: Reason, now: number): Promise<Arrival>;
  /** In the order in which they were taken. */
  decisions(arrival: number): Promise<Decision[]>;
  /** Rows of a reopened arrival that are not mapped yet, in line order. */
  rowsToMap(claim: Claim, afterLine: number, limit: number): Promise<RowToMap[]>;
  /** Keys and fields stay as they were staged. One transaction per call. */
  mapRows(claim: Claim, rows: readonly StagedRow[]): Promise<void>;
  /** Rows that cannot be mapped any more are rejected, in words for the partner. One transaction per call. */
  refuseRows(claim: Claim, lines: readonly number[], code: string, violation: Violation): Promise<void>;
  /**
   * reopened → staged, when every row is mapped or refused: repeats are decided as in `staged`, among the rows of the round.
   * @param mapping `name@version` that the rows were mapped with
   */
  restaged(claim: Claim, mapping: string, changed: ChangedRows, now: number): Promise<Arrival>;
  /** What became of the rows of a round, in that round. */
  countRound(arrival: number, round: number): Promise<Counts>;
}
