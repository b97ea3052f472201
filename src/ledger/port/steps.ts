import type { RowPlan, Violation } from '../../mapping/types.ts';
import type { Arrival, Claim, Disposition, Problem } from './arrivals.ts';

export interface StagedRow {
  line: number;
  keys: readonly string[];
  action: string;
  operation: string;
  orderKey: string;
  /** Names the effect; `null` when the operation may rightly be repeated. */
  reference: string | null;
  /** Hash over operation and plan: equal means the row asks for the same. */
  payload: string;
  fields: readonly string[];
  violations: readonly Violation[];
  /** `null` exactly when there are violations: such a row is rejected from the start. */
  plan: RowPlan | null;
}

/** The columns of the acknowledgement; kept with the arrival so that its answer can be rebuilt from the ledger alone. */
export interface AnswerLayout {
  keyColumns: readonly string[];
  ackColumns: readonly string[];
}

/** How the file was read. */
export interface Staging extends AnswerLayout {
  mapping: string;
  columns: readonly string[];
}

/** What becomes of a row that asks for something else than the file that it corrects, where no reference tells the two apart. */
export type ChangedRows = 'reject' | 'send';

/** The steps; each moves the arrival to the state it is named after and returns it. */
export interface StepLedger {
  fetched(claim: Claim, file: { bytes: number; sha256: string }, now: number): Promise<Arrival>;
  withdrawn(claim: Claim, why: string, now: number): Promise<Arrival>;
  /** Forgets rows of an earlier, unfinished staging. */
  discardRows(claim: Claim): Promise<void>;
  /** One transaction per call; the rows count for nothing until `staged`. */
  addRows(claim: Claim, rows: readonly StagedRow[]): Promise<void>;
  /**
   * In one transaction: within the file, a reference with differing payloads rejects all its rows, identical ones collapse onto the first; a reference
   * known from another arrival makes the row a duplicate (same payload) or rejects it (other payload); the rest claim their effects. Rows without a
   * reference are compared, one to one, with those of the same operation and order key in the file that this one corrects: what stands there with the same
   * payload makes a row a duplicate, what stands there with another makes it a changed one.
   * @param changed `reject` unless told
   */
  staged(claim: Claim, staging: Staging, now: number, changed?: ChangedRows): Promise<Arrival>;
  /** The file is refused as a whole: no rows, straight to `delivered`. */
  quarantined(claim: Claim, problem: Problem, layout: AnswerLayout, now: number): Promise<Arrival>;
  /**
   * Fails unless no row is pending. Duplicates take over what became of the row they repeat; `ARRIVAL_WAITS` while that has no outcome. In a later round,
   * parked rows that repeat one which has an outcome now take it over too, those of other settled arrivals in a round of their own.
   */
  delivered(claim: Claim, now: number): Promise<Arrival>;
  /** Once more in this state, when the source has to be filed under another name. */
  acknowledged(
    claim: Claim,
    disposition: Disposition,
    settleAs: string | null,
    now: number,
  ): Promise<Arrival>;
  /** `delivered` once more, in a new round, when parked rows repeat one that was decided about meanwhile. */
  settled(claim: Claim, now: number): Promise<Arrival>;
}
