/**
 * claimed → fetched → staged → delivered → acknowledged → settled. `withdrawn`: the file vanished or changed before it was read; it
 * will come as a new arrival. A later round leads from `settled` to `reopened` (rows are to be mapped anew), `staged` (one is to be sent again) or
 * `delivered` (one has got its outcome), and from there on as before.
 */
export type ArrivalState =
  | 'claimed'
  | 'fetched'
  | 'reopened'
  | 'staged'
  | 'delivered'
  | 'acknowledged'
  | 'settled'
  | 'withdrawn';

/** `duplicate`: repeats a row that was accepted, or one that has no outcome yet. What repeats a rejected or parked row ends in that state as well. */
export type RowState = 'pending' | 'accepted' | 'rejected' | 'duplicate' | 'parked';

/** Where the source goes. `left`: its name is no usable path, so it stays where it is and is not looked at again. */
export type Disposition = 'processed' | 'errored' | 'left';

/** Why a whole file was refused. */
export interface Problem {
  code: string;
  message: string;
  line: number | null;
  column: number | null;
  expected: string;
  fix: string;
}

export interface Counts {
  rows: number;
  pending: number;
  accepted: number;
  rejected: number;
  duplicate: number;
  parked: number;
}

/** A file as listed. */
export interface Sighting {
  partner: string;
  feed: string;
  folder: string;
  name: string;
  size: number;
  modifiedAt: number;
}

export interface Arrival extends Sighting {
  id: number;
  state: ArrivalState;
  /** The latest one; 0 while nobody has reopened it. */
  round: number;
  token: number;
  /** Lower-case hex, once fetched. */
  sha256: string | null;
  /** The earlier arrival of the same partner and feed with the same bytes; this one makes no call and gives the same answer. */
  repeatOf: number | null;
  /** The latest earlier arrival of the same partner, feed and name with other bytes that was worked off. */
  corrects: number | null;
  /** Set when the file was refused as a whole. */
  problem: Problem | null;
  disposition: Disposition | null;
  /** Full remote path that the source is moved to, decided before it moves. */
  settleAs: string | null;
  /** `name@version` of the mapping it was staged with. */
  mapping: string | null;
  /** Header of the source, as read; the rejects file repeats it. */
  columns: readonly string[];
  keyColumns: readonly string[];
  ackColumns: readonly string[];
  counts: Counts;
  claimedAt: number;
  updatedAt: number;
}

/** A state that the arrival reached, and when. */
export interface Step {
  state: ArrivalState;
  at: number;
}

/** The right to write to an arrival. */
export interface Claim {
  id: number;
  token: number;
}

export interface Owner {
  /** `host/pid/start`; unique per process life. */
  id: string;
  leaseMs: number;
  /** Whether another owner surely lives no more (its process on this host is gone); its leases need not be waited for. */
  isGone(ownerId: string): boolean;
}

export interface ArrivalFilter {
  partner?: string;
  feed?: string;
  states?: readonly ArrivalState[];
  limit: number;
}

/** Arrivals: who works on which, and what is known of them. */
export interface ArrivalLedger {
  /**
   * `null` when the sighting is already being worked on, or was left in place for good. Fails with `ARRIVAL_WAITS` while another owner has an
   * unfinished arrival of the feed: files of a feed go one after the other.
   */
  claim(sighting: Sighting, owner: Owner, now: number): Promise<Arrival | null>;
  /**
   * Takes over the oldest unfinished arrival of a feed; `null` when there is none. Fails with `ARRIVAL_WAITS` while another living owner has one of the feed.
   * A lease that would end later than twice its length from now is none: the clock was set back since.
   * @param except arrivals that are to wait
   */
  resume(
    partner: string,
    feed: string,
    owner: Owner,
    now: number,
    except?: readonly number[],
  ): Promise<Arrival | null>;
  renew(claim: Claim, owner: Owner, now: number): Promise<void>;
  /** Gives the lease back, so that the next owner need not wait. */
  release(claim: Claim): Promise<void>;
  arrival(id: number): Promise<Arrival | null>;
  arrivals(filter: ArrivalFilter): Promise<Arrival[]>;
  /** In the order in which they were taken. */
  steps(arrival: number): Promise<Step[]>;
  /** Arrivals by `partner/feed` and state, for the status page. */
  countByState(): Promise<Record<string, Partial<Record<ArrivalState, number>>>>;
}
