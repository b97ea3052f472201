/** What targets tell by themselves about calls that they queued. */
import type { Notice } from './notices.ts';

export interface NewCallback {
  target: string;
  /** By which it names the call; empty when it names none. */
  code: string;
  /** Of the bytes as they came, lower-case hex. */
  sha256: string;
  body: string;
  at: number;
}

/**
 * - `result`: the first for a call that waits for it.
 * - `other`: another one has come for the same call, and stands.
 * - `late`: the call is not waited for any more.
 * - `unknown`: no call of this target has the code.
 */
export type CallbackFate = 'result' | 'other' | 'late' | 'unknown';

export interface KeptCallback {
  /** As it is on record: what comes again has the fate that it had the first time. */
  fate: CallbackFate;
  /** The same bytes had come for this code before. */
  repeated: boolean;
}

/** The call that a callback is about. */
export interface CalledBack {
  arrival: number;
  partner: string;
  feed: string;
  /** Of its first row. */
  line: number;
}

export interface Callback {
  id: number;
  target: string;
  code: string;
  sha256: string;
  body: string;
  receivedAt: number;
  fate: CallbackFate;
}

export interface CallbackLedger {
  /**
   * Keeps it with the notice that it gives rise to, in one transaction. Nothing is written when the same bytes have come for this code before.
   * @param notice in words; pure. `null` when nobody need know
   */
  keepCallback(
    callback: NewCallback,
    notice: (id: number, fate: CallbackFate, about: CalledBack | null) => Notice | null,
  ): Promise<KeptCallback>;
  /** About calls of a row, in the order in which they came. */
  callbacks(arrival: number, line: number): Promise<Callback[]>;
}
