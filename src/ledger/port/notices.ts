export type NoticeKind =
  | 'preparation-failure'
  | 'transfer-failure'
  | 'host-key'
  | 'storage-failure'
  | 'rows-rejected'
  | 'rows-parked'
  | 'target-down'
  | 'target-refuses'
  | 'unexpected-file'
  | 'folder-shared'
  | 'archive-failure'
  | 'callback';

/** What a notice says. */
export interface Words {
  subject: string;
  body: string;
}

/**
 * Something a person should know; never blocking a file. With a key it is an event, told once ever. With a cause it belongs to the incident of that cause:
 * it opens it, or adds to the open one, which is told by itself only when there is a key. It has at least one of the two.
 */
export interface Notice extends Words {
  /** Names the event; a second notice with the same key is not recorded again. `null` for what comes again as long as it lasts. */
  key: string | null;
  /**
   * Names what is wrong for as long as it is wrong, without a time, from the wide to the narrow with colons between: `partner:acme:REMOTE_AUTH`. `null` for news,
   * which are over once they are told.
   */
  cause: string | null;
  kind: NoticeKind;
  partner: string | null;
  feed: string | null;
  /** That it is about, or that is held up by it. */
  arrival: number | null;
}

/** What a notice is to its incident: `more` is a further event of one that is open. */
export type NoticePhase = 'opened' | 'more' | 'reminder' | 'closed';

export interface RecordedNotice extends Notice {
  id: number;
  /** Made up of the incident where the notice had none. */
  key: string;
  incident: number | null;
  /** `null` for news. */
  phase: NoticePhase | null;
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

/** What people are told. */
export interface NoticeLedger {
  /**
   * Records the notice, and opens its incident or adds to it, in one go; tells whether there is something new to be told. A key that is known
   * changes nothing.
   */
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
}
