/**
 * What is to happen in one cycle, as data: it can be printed, kept and repeated. A cycle is a fresh partner, ledger and API; files are dropped, processes
 * work on them and are struck down, then undisturbed ones finish; and then, in some cycles, a person has what was not accepted worked off again, in the same way.
 */
import type { SftpRequest } from '../src/sandbox/sftp-faults.ts';
import type { Preference } from './person.ts';

/**
 * `hit`: the how manyth time the point is reached, from 1; with `since`, hits count from when that point was reached. `orAfter`: struck at the latest when
 * so many points in all were reached.
 */
export type Strike =
  | { how: 'kill' | 'stop'; point: string; hit: number; orAfter: number; since?: string }
  /** Killed from outside, so long after the first point was reached. */
  | { how: 'kill-at'; afterMs: number };

export type FaultOrder =
  | { side: 'sftp'; request: SftpRequest; answer: SftpAnswer; path: string; skip: number }
  | { side: 'connection'; refusals: number }
  | { side: 'api'; operation: string; kind: ApiFault }
  | { side: 'mail'; kind: MailFault };

export type SftpAnswer =
  | 'failure'
  | 'drop-bytes'
  | 'eof'
  | 'mute'
  | 'disconnect'
  | 'reply-lost'
  | 'replace'
  | 'late'
  | 'size';
export type ApiFault =
  | 'status'
  | 'throttle'
  | 'drop-before'
  | 'drop-after'
  | 'mute'
  | 'late'
  | 'twice'
  | 'garbage'
  | 'wrong-schema'
  | 'redirect'
  | 'expire-token';
export type MailFault = 'mute' | 'dripMs' | 'refuse' | 'dropAfterData' | 'refuseData';

/** A person acts on what was left rejected or parked, and the product goes on with it. What is done is decided by the seed and by what can be done. */
export interface Round {
  prefers: Preference;
  /** Put on before. */
  faults: readonly FaultOrder[];
  /** Of the person's command, which is given again when it was killed. */
  command: Strike | null;
  /** Of the processes that go on with it. */
  strikes: readonly Strike[];
}

export interface Plan {
  /** Decides the files. */
  seed: string;
  /**
   * - `kills`: one process after the other, each struck as ordered.
   * - `pause`: the first is stopped, stands still past its lease while others work, and then goes on.
   * - `two`: the first two work at the same time.
   */
  course: 'kills' | 'pause' | 'two';
  strikes: readonly Strike[];
  faults: readonly FaultOrder[];
  /** One after the other, when the files are done. */
  rounds: readonly Round[];
}
