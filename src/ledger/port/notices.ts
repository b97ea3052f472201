export type NoticeKind =
  | 'preparation-failure'
  | 'transfer-failure'
  | 'rows-rejected'
  | 'rows-parked'
  | 'target-down'
  | 'unexpected-file'
  | 'folder-shared'
  | 'archive-failure'
  | 'callback';

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

/** What people are told. */
export interface NoticeLedger {
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
}
