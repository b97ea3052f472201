/**
 * The ledger: the durable record of arrivals, their rows, the calls made for them, the answers given and the notices sent. It is the audit trail and
 * the only memory; every step of the exchange starts from what it says.
 *
 * Glossary: *arrival* one received file; *row* one record of it, `pending` until an outcome is known; *attempt* one call that went out,
 * written before it goes and closed after; *effect* the claim of (partner, operation, reference) by one row; *answer* a file written to the
 * partner; *round* one working-off of an arrival: 0 is the first, each later one was begun by a decision, concerns some of its rows and has an answer of its own;
 * *notice* something a person should know, mailed once; *installation* all processes on one ledger; *claim* the right of one owner to write to an arrival, fenced by a
 * token: every write with an older token fails with `LEDGER_STALE`.
 *
 * Times are epoch milliseconds. Everything fails with `LEDGER_FAILED` when the store cannot be read or written.
 */
import type { Json, JsonObject } from '../base/json.ts';
import type { AckCells, RowPlan, Violation } from '../mapping/types.ts';

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

/** A write whose outcome is unknown. */
export interface Doubt {
  attempt: number;
  request: JsonObject;
  /** When it was given up; `null` when the process ended before it could say so. */
  givenUpAt: number | null;
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
}

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

/** The first parked row of an order key that comes before rows of an arrival: nothing of the key may overtake it. */
export interface ParkedKey {
  key: string;
  /** 0 when it stands in an earlier arrival. */
  line: number;
}

/** A row that is to be mapped anew. */
export interface RowToMap {
  line: number;
  fields: readonly string[];
}

/** A row as the answer needs it. */
export interface AnswerRow {
  line: number;
  keys: readonly string[];
  action: string;
  state: RowState;
  code: string;
  message: string;
  cells: AckCells;
  violations: readonly Violation[];
  /** Where the effect was first asked for, when this row only repeats that; `state` says what became of it. */
  duplicateOf: { arrival: number; name: string; line: number } | null;
  /** `null` while there is no outcome. */
  settledAt: number | null;
  fields: readonly string[];
}

export type AnswerKind = 'acknowledgement' | 'success' | 'failure' | 'rejects';

export interface PlannedAnswer {
  kind: AnswerKind;
  /** 0 for the first answer; a later one is a supplement, with the rows of that round. A repeat gives the answers of every round again. */
  round: number;
  /** Full remote path, decided before the upload. */
  path: string;
}

export interface Answer extends PlannedAnswer {
  /** Set once the file lies complete under its final name. */
  written: { bytes: number; sha256: string; at: number } | null;
}

export interface Attempt {
  id: number;
  line: number;
  operation: string;
  /** `read`: one that went before a write and settled the row; those that let it pass are not kept. */
  purpose: NewAttempt['purpose'] | 'read';
  request: JsonObject;
  openedAt: number;
  closedAt: number | null;
  outcome: AttemptEnd['outcome'] | null;
  status: number | null;
  code: string;
  message: string;
  ticket: string | null;
  answer: Json;
}

export type NoticeKind =
  | 'preparation-failure'
  | 'transfer-failure'
  | 'rows-rejected'
  | 'rows-parked'
  | 'target-down'
  | 'unexpected-file'
  | 'folder-shared';

/** Something a person should know; mailed once per key, never blocking a file. */
export interface Notice {
  /** Names the cause; a second notice with the same key is not recorded again. */
  key: string;
  kind: NoticeKind;
  partner: string | null;
  arrival: number | null;
  subject: string;
  body: string;
}

export interface RecordedNotice extends Notice {
  id: number;
  raisedAt: number;
  /** Set when at least one recipient has got it. */
  sentAt: number | null;
  /** Tries that did not reach everybody. */
  tries: number;
  /** `null` when there will be none: everybody has got it, or it is out of date. */
  nextTryAt: number | null;
  /** Why it was not mailed, or who of the recipients was refused. */
  lastError: string | null;
  /** Addresses that were refused while others got it; `null` while nobody or everybody has. */
  left: readonly string[] | null;
}

/** When a notice is tried again that did not reach everybody. */
export interface NextTry {
  /** With the one that is over. */
  tries: number;
  /** `null` to give up. */
  nextTryAt: number | null;
}

/** A try that reached nobody, or nobody more. */
export interface FailedNotice extends NextTry {
  id: number;
}

/** Who did not get a notice that others got. */
export interface LeftOut extends NextTry {
  left: readonly string[];
  why: string;
}

/** What was found out about a partner's server. */
export interface KnownServer {
  /** The server, login and key for which it holds. */
  identity: string;
  probedAt: number;
  /** In the words of whoever found it out. */
  traits: JsonObject;
}

/** An inbound folder that this installation holds: no other one works on the files in it. */
export interface HeldFolder {
  partner: string;
  folder: string;
  /** Name of the file in the folder that tells others. */
  marker: string;
  since: number;
  /** When a person took the folder from another installation. */
  adoption: { by: string; because: string } | null;
}

export interface ArrivalFilter {
  partner?: string;
  feed?: string;
  states?: readonly ArrivalState[];
  limit: number;
}

export interface Ledger {
  // — the installation: all processes that work on this ledger
  /** Random, made once; 12 hex digits. A copy of a ledger has another one. */
  readonly installation: string;
  heldFolders(): Promise<HeldFolder[]>;
  /** Takes or renews the hold, unless another process changed it meanwhile. @param instead the marker held so far, `null` for none */
  holdFolder(held: HeldFolder, instead: string | null): Promise<boolean>;

  // — arrivals
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

  // — steps; each moves the arrival to the state it is named after and returns it
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

  // — delivery; writes of one moment are committed together
  pendingRows(claim: Claim, afterLine: number, limit: number): Promise<PendingRow[]>;
  /** Of this arrival and earlier ones of the same partner and feed. */
  parkedKeys(arrival: number): Promise<ParkedKey[]>;
  openAttempt(attempt: NewAttempt): Promise<number>;
  closeAttempt(end: AttemptEnd): Promise<void>;
  /** An outcome without a write of its own: a read refused the row, a person or rule parked it. A rejected row gives its effect back. The read that decided is kept with it. */
  settleRow(claim: Claim, line: number, outcome: RowOutcome, now: number, evidence?: Evidence): Promise<void>;
  attempts(arrival: number, line?: number): Promise<Attempt[]>;
  // — rounds; nobody need own the arrival: whoever works on its feed goes on with it. `ARRIVAL_WAITS` unless it is settled, `NOT_OPEN` for what has no open question
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

  // — answers
  /** In line order; as they are now, or of a round and as they were then. Only rows in the given states, all of them unless told. */
  answerRows(
    arrival: number,
    afterLine: number,
    limit: number,
    which?: { round?: number; states?: readonly RowState[] },
  ): Promise<AnswerRow[]>;
  /** A path may be planned anew as long as nothing was written under the old one. */
  planAnswers(claim: Claim, answers: readonly PlannedAnswer[]): Promise<void>;
  answerWritten(
    claim: Claim,
    answer: Pick<Answer, 'kind' | 'round'>,
    file: { bytes: number; sha256: string },
    now: number,
  ): Promise<void>;
  /** By round. */
  answers(arrival: number): Promise<Answer[]>;
  /** Whether another arrival of the partner has planned an answer at this path. */
  answerPathTaken(partner: string, path: string, exceptArrival: number): Promise<boolean>;

  // — notices
  /** Records the notice unless its key is known; tells whether it is new. */
  raise(notice: Notice, now: number): Promise<boolean>;
  /**
   * Those that are to be mailed by now, by the time of their next try: one that keeps failing does not hold up a new one. What is to be tried later than
   * `farthest` counts as due: no pause is that long, so the clock was set back.
   */
  dueNotices(now: number, farthest: number, limit: number): Promise<RecordedNotice[]>;
  /** Those that wait to be mailed, oldest first. */
  unsentNotices(limit: number): Promise<RecordedNotice[]>;
  /** @param except who of the recipients was refused, `null` when everybody got it */
  noticeSent(id: number, now: number, except: LeftOut | null): Promise<void>;
  noticesFailed(failed: readonly FailedNotice[], error: string): Promise<void>;
  /** Notices that were raised before and never tried wait no more; they stay on record. */
  dropOutdatedNotices(raisedBefore: number, why: string): Promise<void>;
  notices(arrival: number): Promise<RecordedNotice[]>;

  // — servers
  knownServer(partner: string): Promise<KnownServer | null>;
  /** Takes the place of what was known of the partner's server. */
  rememberServer(partner: string, server: KnownServer): Promise<void>;

  close(): Promise<void>;
}
