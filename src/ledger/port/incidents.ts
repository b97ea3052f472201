import type { Notice, NoticeKind, RecordedNotice, Words } from './notices.ts';

/** Something that is wrong, from the first time it was noticed until it is over. At most one of a cause is open. */
export interface Incident extends Pick<Notice, 'kind' | 'partner' | 'feed' | 'arrival'> {
  id: number;
  cause: string;
  /** Of the notice that opened it. */
  subject: string;
  openedAt: number;
  lastSeenAt: number;
  /** How often it was noticed. */
  times: number;
  reminders: number;
  closedAt: number | null;
}

/** An arrival that an incident is about, or that it held up. */
export interface ConcernedFile {
  arrival: number;
  name: string;
  feed: string;
}

export interface Over {
  /** The cause, or what it begins with up to a colon: `partner:acme` is all that is wrong with this partner's server. */
  cause: string;
  /** Over for this feed alone: the incident closes when it is over for every feed that has noticed it. */
  feed?: string;
  /** Causes that last. */
  but?: ReadonlySet<string>;
}

/** Who is reminded when. */
export interface Reminding {
  kinds: ReadonlySet<NoticeKind>;
  /** Between the opening and the first reminder, the first and the second, and so on; the last one is repeated. In milliseconds, not empty. */
  pauses: readonly number[];
}

/** What came of one feed within a time. */
export interface Received {
  partner: string;
  feed: string;
  files: number;
  /** Files that were refused as a whole. */
  refused: number;
  rows: number;
  accepted: number;
  rejected: number;
  duplicate: number;
}

/** What lasts. An incident and what is told about it are always recorded in one go. */
export interface IncidentLedger {
  /**
   * Closes what is open of a cause, and records what is told about that. An opening that nobody was told about waits no more to be told, unless it is an
   * event with a key: the recovery note tells both.
   */
  over(
    over: Over,
    now: number,
    words: (incident: Incident, files: readonly ConcernedFile[]) => Words,
  ): Promise<RecordedNotice[]>;
  /** Records a reminder for each open incident whose pause is over. */
  remind(
    reminding: Reminding,
    now: number,
    words: (incident: Incident, files: readonly ConcernedFile[]) => Words,
  ): Promise<RecordedNotice[]>;
  /** The open ones, oldest first; or the latest of all, newest first. */
  incidents(which: 'open' | 'all', limit: number): Promise<Incident[]>;
  /** Files that were claimed from `since` on and before `until`, by feed; without those that were withdrawn. */
  received(since: number, until: number): Promise<Received[]>;
  /** Rows that wait for a decision. */
  parkedRows(): Promise<number>;
  /** What was recorded about an incident, oldest first. */
  incidentNotices(incident: number): Promise<RecordedNotice[]>;
}
