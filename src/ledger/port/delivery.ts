import type { Json, JsonObject } from '../../base/json.ts';
import type { AckCells, PlannedLine, RowPlan } from '../../mapping/types.ts';
import type { Claim } from './arrivals.ts';

/** A write whose outcome is unknown. */
export interface Doubt {
  attempt: number;
  request: JsonObject;
  /** Lines of files, with what reads told before the call left. */
  lines: readonly PlannedLine[];
  /** When it was given up; `null` when the process ended before it could say so. */
  givenUpAt: number | null;
  /** That it went with; `null` for a row that went alone and was to be answered at once. */
  call: CallState | null;
}

/** A call that several rows share, or whose result comes later. */
export interface CallState {
  id: number;
  /** Our own name for it, by which its result is told; `null` where nobody tells it. */
  code: string | null;
  /** What the other side calls it. */
  job: string | null;
  /** Until when its result is waited for; `null` unless it was noted as queued. */
  until: number | null;
}

export interface PendingRow {
  line: number;
  action: string;
  operation: string;
  orderKey: string;
  plan: RowPlan;
  /**
   * The last attempt that was opened and not closed, or closed in doubt, unless a person has settled that. Its outcome must be found out before anything
   * is sent again.
   */
  inDoubt: Doubt | null;
  /** Whether any write was ever in doubt, whatever came of later ones, unless a person has settled that. */
  wasInDoubt: boolean;
  /** Whether a write was in doubt although its call was answered, unless a person has settled that: the answer did not speak of this row. */
  leftOut: boolean;
  /** Whether a person has settled a doubt about it; what came of the calls until then may still be unknown. */
  overruled: boolean;
  /** Closed attempts so far. */
  attempts: number;
}

export interface NewAttempt {
  claim: Claim;
  line: number;
  operation: string;
  /** `write` may have an effect; `lookup` finds out about an earlier write. */
  purpose: 'write' | 'lookup';
  request: JsonObject;
  /** Of a write: lines of files, with what reads told; none unless given. */
  lines?: readonly PlannedLine[];
  at: number;
}

export interface AttemptEnd {
  claim: Claim;
  line: number;
  attempt: number;
  outcome: 'accepted' | 'rejected' | 'failed' | 'in-doubt';
  status: number | null;
  code: string;
  message: string;
  ticket: string | null;
  answer: Json;
  at: number;
  /** The row's outcome, when this attempt settles it; written in the same transaction. */
  row: RowOutcome | null;
}

export interface RowOutcome {
  state: 'accepted' | 'rejected' | 'parked';
  code: string;
  message: string;
  cells: AckCells;
  /** Of an accepted row: what goes into files. Nobody is told of the row before they are sent. */
  lines?: readonly PlannedLine[];
}

/** The read that decided a row, as a closed attempt keeps it. A failed one has neither status nor answer. */
export interface Evidence {
  operation: string;
  request: JsonObject;
  outcome: 'accepted' | 'rejected' | 'failed';
  status: number | null;
  code: string;
  message: string;
  ticket: string | null;
  answer: Json;
  /** When it was made, if that was for another row and its answer was kept. */
  keptSince: number | null;
}

export interface Attempt {
  id: number;
  line: number;
  operation: string;
  /**
   * `read`: one that went before a write and settled the row; those that let it pass are not kept. `kept`: the same, but made for another row, at the time that
   * stands there, and its answer served this one too.
   */
  purpose: NewAttempt['purpose'] | 'read' | 'kept';
  request: JsonObject;
  openedAt: number;
  closedAt: number | null;
  outcome: AttemptEnd['outcome'] | null;
  status: number | null;
  code: string;
  message: string;
  ticket: string | null;
  answer: Json;
  /** That it shares with attempts of other rows, or whose result came later. */
  call: number | null;
}

/** The first parked row of an order key that comes before rows of an arrival: nothing of the key may overtake it. */
export interface ParkedKey {
  key: string;
  /** 0 when it stands in an earlier arrival. */
  line: number;
}

/** Rows and their calls; writes of one moment are committed together. */
export interface DeliveryLedger {
  pendingRows(claim: Claim, afterLine: number, limit: number): Promise<PendingRow[]>;
  /** Of this arrival and earlier ones of the same partner and feed. */
  parkedKeys(arrival: number): Promise<ParkedKey[]>;
  openAttempt(attempt: NewAttempt): Promise<number>;
  closeAttempt(end: AttemptEnd): Promise<void>;
  /** An outcome without a write of its own: a read refused the row, a person or rule parked it. A rejected row gives its effect back. The read that decided is kept with it. */
  settleRow(claim: Claim, line: number, outcome: RowOutcome, now: number, evidence?: Evidence): Promise<void>;
  attempts(arrival: number, line?: number): Promise<Attempt[]>;
}
