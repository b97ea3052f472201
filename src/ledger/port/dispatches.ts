/**
 * The partner's side. *Dispatch*: a file that was sent to somebody who answers it. *Reply*: the file that they answer with; there may be several. *Said*: what a line of a reply says of
 * a row that was sent. *Finding*: something said that cannot be taken as it stands.
 */
import type { Claim, Owner, Problem } from './arrivals.ts';
import type { OutboundFile } from './outbound.ts';

/** `awaited` also where replies came that left the row out. */
export type SentRowState = 'awaited' | 'accepted' | 'rejected';

/** Rows of a dispatch by what is known of them. */
export interface DispatchCounts {
  rows: number;
  awaited: number;
  accepted: number;
  rejected: number;
}

export interface NewDispatch {
  /** What says how it is answered, as the configuration names it. */
  agreement: string;
  /** Date and time in its name. */
  stamp: string;
  split: string;
}

export interface Dispatch extends NewDispatch {
  outbound: number;
  file: OutboundFile;
  counts: DispatchCounts;
  /** Replies that spoke of it so far. */
  replies: number;
  /** When the last row got its word, at once where it has no rows; `null` while one is awaited. */
  closedAt: number | null;
  /** The last of it that people were told. */
  told: DispatchNews | null;
}

/** That it was not answered in time, or that every row has its word. */
export type DispatchNews = 'overdue' | 'closed';

export interface SentRow {
  /** Of the file that was sent. */
  line: number;
  /** What a reply names it by. */
  match: string;
}

export interface DispatchRow extends SentRow {
  outbound: number;
  state: SentRowState;
  /** What the other side calls it. */
  theirId: string;
  reason: string;
  /** Which line of which reply said so. */
  reply: number | null;
  replyLine: number | null;
}

/** `unclear`: neither accepted nor rejected. */
export interface Said {
  line: number;
  match: string;
  verdict: 'accepted' | 'rejected' | 'pending' | 'unclear';
  theirId: string;
  reason: string;
}

/**
 * `unknown`: of a row that was not sent. `contradiction`: other than what was said before, which stands. `unclear`: a word that was not agreed.
 */
export type FindingKind = 'unknown' | 'contradiction' | 'unclear';

export interface Finding {
  kind: FindingKind;
  reply: number;
  /** Of the reply. */
  line: number;
  match: string;
  outbound: number | null;
  verdict: Said['verdict'];
  theirId: string;
  reason: string;
}

export interface NewReply {
  agreement: string;
  partner: string;
  folder: string;
  name: string;
  size: number;
  modifiedAt: number;
}

/** reading → read, or refused as a whole; then taken away where that was agreed. */
export interface Reply extends NewReply {
  id: number;
  token: number;
  state: 'reading' | 'read' | 'refused';
  sha256: string | null;
  rows: number;
  /** How far it was taken in. */
  readTo: number;
  problem: Problem | null;
  foundAt: number;
  endedAt: number | null;
  takenAwayAt: number | null;
}

export interface DispatchFilter {
  /** Only those of outbound files with lower numbers. */
  before?: number;
  agreement?: string;
  arrival?: number;
  /** Only those with rows that are awaited. */
  open?: boolean;
  /** Only those of which there may be something to tell. */
  untold?: boolean;
  limit: number;
}

/** What is noted of a file while it is made takes the claim to that outbound file. */
export interface DispatchLedger {
  /** Before the file leaves: forgets the rows of an earlier note, since the file may have been made anew. `false` when replies have spoken of it already. */
  beginDispatch(file: Claim, dispatch: NewDispatch): Promise<boolean>;
  addSentRows(file: Claim, rows: readonly SentRow[]): Promise<void>;
  /** With it the rows count. Where there are none, every row has its word. */
  dispatchNoted(file: Claim, now: number): Promise<void>;

  dispatchTold(outbound: number, news: DispatchNews): Promise<void>;
  dispatch(outbound: number): Promise<Dispatch | null>;
  /** Of files that were sent; newest first. */
  dispatches(filter: DispatchFilter): Promise<Dispatch[]>;
  /**
   * Which dispatches a reply may speak of, newest first; also those of which it is not on record yet that they were sent.
   * @param stamp `null` for any, and so `split`
   */
  dispatchesNamed(
    agreement: string,
    stamp: string | null,
    split: string | null,
    limit: number,
  ): Promise<number[]>;
  dispatchRows(
    outbound: number,
    afterLine: number,
    limit: number,
    states?: readonly SentRowState[],
  ): Promise<DispatchRow[]>;
}

export interface ReplyLedger {
  /** Claimed by its finder. `null` when it was read or refused before. `ARRIVAL_WAITS` while another living owner reads it. */
  beginReply(reply: NewReply, owner: Owner, now: number): Promise<Reply | null>;
  renewReply(claim: Claim, owner: Owner, now: number): Promise<void>;
  releaseReply(claim: Claim): Promise<void>;
  /** Its bytes are known. Other ones than before begin at the first line, and what was odd about those is forgotten. */
  replyFetched(claim: Claim, sha256: string): Promise<Reply>;
  /**
   * Takes in lines that follow those before, in one transaction. A line goes to the first row that is named so, still awaited and not spoken of by this reply yet. Where all were
   * spoken of, it goes to one that is still awaited, and else must say the same again of the last.
   * @param candidates dispatches that the reply may speak of
   */
  takeSaid(claim: Claim, candidates: readonly number[], said: readonly Said[], now: number): Promise<void>;
  replyRead(claim: Claim, rows: number, now: number): Promise<Reply>;
  replyRefused(claim: Claim, problem: Problem, now: number): Promise<Reply>;
  /** A reply that was read, to be taken away. `null` when it is away; `ARRIVAL_WAITS` while another living owner is about it. */
  claimReply(reply: number, owner: Owner, now: number): Promise<Reply | null>;
  replyTakenAway(claim: Claim, now: number): Promise<void>;
  /** Newest first; those that spoke of a dispatch, or all of an agreement. */
  replies(of: { outbound: number } | { agreement: string }, limit: number): Promise<Reply[]>;
  /** That were read and are not taken away yet, oldest first. */
  repliesToTakeAway(agreement: string, after: number, limit: number): Promise<Reply[]>;
  findings(of: { reply: number } | { outbound: number }, limit: number): Promise<Finding[]>;
}
