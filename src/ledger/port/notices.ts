import type { NoticeKind } from '../../base/notice-kinds.ts';

export type { NoticeKind };

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
  /** Whom it is written for: our own people unless given. */
  audience?: 'partner';
  /** Path of an answer to the partner that may go with it. */
  attach?: string;
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
  /** Where it goes; empty before that was decided, and when it goes nowhere. */
  messages: readonly NoticeMessage[];
  /** When the first recipient has got it. */
  sentAt: number | null;
  /** Of the message that was tried most: tries that did not reach everybody. */
  tries: number;
  /** Why it did not reach somebody, or goes nowhere. */
  lastError: string | null;
}

/** One notice through one channel. */
export interface NoticeMessage extends Addressed {
  id: number;
  /** Set when at least one recipient has got it. */
  sentAt: number | null;
  tries: number;
  /** `null` when there will be none: everybody has got it, or it was given up. */
  nextTryAt: number | null;
  lastError: string | null;
  /** Recipients that were refused while others got it; `null` while nobody or everybody has. */
  left: readonly string[] | null;
}

/** A channel, by its name in the configuration, and who gets it there. */
export interface Addressed {
  channel: string;
  /** Addresses or numbers, as the channel takes them; empty where the channel is the recipient. */
  to: readonly string[];
}

/** A notice that nobody has decided about yet where it goes. */
export interface UnroutedNotice {
  notice: RecordedNotice;
  /** Where the opening of its incident went, or was to go: whoever hears that something began hears its end. */
  opening: readonly Addressed[];
}

/** Where a notice goes. */
export interface Route extends Addressed {
  /** Whether it goes at once, also at quiet hours. */
  urgent: boolean;
}

export interface DueMessage extends NoticeMessage {
  notice: RecordedNotice;
}

/** Which messages are asked for. */
export interface Due {
  channel: string;
  now: number;
  /** What is to be tried later than that counts as due: no pause is that long, so the clock was set back. */
  farthest: number;
  urgentOnly: boolean;
  limit: number;
}

/** When a message is tried again that did not reach everybody. */
export interface NextTry {
  /** With the one that is over. */
  tries: number;
  /** `null` to give up. */
  nextTryAt: number | null;
}

/** A try that reached nobody, or nobody more. */
export interface FailedMessage extends NextTry {
  id: number;
}

/** Who did not get a message that others got. */
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
  /** Oldest first. */
  unroutedNotices(limit: number): Promise<UnroutedNotice[]>;
  /**
   * Makes the messages of a notice; once, whoever else decides at the same moment.
   * @param untold why it goes nowhere, where it does
   */
  route(notice: number, routes: readonly Route[], now: number, untold: string | null): Promise<void>;
  /** Messages that wait for a channel that is not there any more are given up; what reached nobody is routed again. */
  rerouteStranded(channels: readonly string[]): Promise<void>;
  /** Those that are to be sent by now, by the time of their next try: one that keeps failing does not hold up a new one. */
  dueMessages(due: Due): Promise<DueMessage[]>;
  /** How many messages the channel took since then. */
  sentSince(channel: string, since: number): Promise<number>;
  /** @param except who of the recipients was refused, `null` when everybody got it */
  messageSent(id: number, now: number, except: LeftOut | null): Promise<void>;
  messagesFailed(failed: readonly FailedMessage[], error: string): Promise<void>;
  /** Those that wait to reach somebody, oldest first. */
  unsentNotices(limit: number): Promise<RecordedNotice[]>;
  notices(arrival: number): Promise<RecordedNotice[]>;
  /** Whether a notice of this key is on record. */
  knowsNotice(key: string): Promise<boolean>;
}
