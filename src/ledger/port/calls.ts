/** Calls that several rows share, or whose result comes later. A row that goes alone and is answered at once has only its attempt. */
import type { JsonObject } from '../../base/json.ts';
import type { PlannedLine } from '../../mapping/types.ts';
import type { Claim } from './arrivals.ts';
import type { AttemptEnd, CallState } from './delivery.ts';

export interface NewCall {
  claim: Claim;
  /** By its name in the configuration. */
  target: string;
  operation: string;
  /** Our own name for the call, by which its result will be told; `null` where nobody tells it. */
  code: string | null;
  /** In the order in which they go; each with its own request. */
  rows: readonly { line: number; request: JsonObject; lines?: readonly PlannedLine[] }[];
  at: number;
}

export interface OpenedCall {
  id: number;
  /** One attempt per row, in their order. */
  attempts: readonly number[];
}

export interface CallEnd {
  claim: Claim;
  call: number;
  /** All of them. */
  rows: readonly Omit<AttemptEnd, 'claim' | 'at'>[];
  at: number;
}

/** That the other side works on a call, or may do so, and until when its result is waited for. */
export interface Queueing {
  /** What the other side calls it; `null` where it did not say. */
  job: string | null;
  until: number;
}

/** A row of a call that is still open, as it was sent. */
export interface CallRow {
  line: number;
  action: string;
  orderKey: string;
  attempt: number;
  request: JsonObject;
  /** As in `Doubt`. */
  lines: readonly PlannedLine[];
  /** As in `PendingRow`. */
  leftOut: boolean;
}

/** A call whose result is waited for. */
export interface QueuedCall extends CallState {
  arrival: number;
  operation: string;
  rows: number;
  queuedAt: number;
  until: number;
}

export interface Told {
  body: string;
  at: number;
}

export interface CallLedger {
  /** Opens an attempt for each row, in one transaction: who goes with whom, and in which order, does not change any more. */
  openCall(call: NewCall): Promise<OpenedCall>;
  /**
   * Like `closeCall`, unless the result was told meanwhile: then nothing is written, and it tells `false`.
   */
  giveUpCall(end: CallEnd): Promise<boolean>;
  /** Closes the attempts of all rows of the call in one transaction, together with the outcomes that they give. */
  closeCall(end: CallEnd): Promise<void>;
  /** Its attempts stay open. */
  callQueued(claim: Claim, call: number, queueing: Queueing, now: number): Promise<void>;
  /** In the order in which they went. */
  callRows(claim: Claim, call: number): Promise<CallRow[]>;
  /** Oldest first. */
  queuedCalls(arrival: number): Promise<QueuedCall[]>;
  /** The result that was told of an open call; `null` while there is none. */
  toldResult(call: number): Promise<Told | null>;
}
