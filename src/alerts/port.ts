/**
 * Ways to tell people. A *channel* is one of them: a mail server, a gateway for short messages, a webhook; a *message* is one notice as it goes through one
 * channel; its *recipients* are addresses or numbers, as the channel takes them.
 */
import type { Severity } from '../base/notice-kinds.ts';
import type { NoticeKind, NoticePhase, RecordedNotice } from '../ledger/port.ts';

/**
 * `sent`: at least one recipient has got it; `except` has those who were refused, `null` when nobody was. `refused`: the server is there but took this message
 * for nobody, `forGood` when it never will; others may still get through.
 */
export type Delivery =
  | { kind: 'sent'; except: { left: readonly string[]; why: string } | null }
  | { kind: 'refused'; why: string; forGood: boolean };

export interface Attachment {
  name: string;
  content: Buffer;
}

export interface Message
  extends Pick<RecordedNotice, 'raisedAt' | 'subject' | 'body' | 'partner' | 'feed' | 'arrival'> {
  /** With the time it names the message: the same for every try. */
  id: number | string;
  /** `null` for what is no notice: a test. */
  kind: NoticeKind | null;
  severity: Severity;
  phase: NoticePhase | null;
  incident: number | null;
  to: readonly string[];
  /** The recipients that it goes to, where the others have got it. */
  left: readonly string[] | null;
  attachment: Attachment | null;
}

/** A way to tell people. */
export interface Channel {
  /**
   * May be called again for the same message; people then see it once, as far as the channel can tell.
   * @throws TidegateError `MAIL_FAILED` or `CHANNEL_FAILED`, retry `later`: the channel cannot be used now, for any message
   */
  send(message: Message): Promise<Delivery>;
  /** Proves that the channel can be used, without telling anybody anything; one line of what was seen. Throws like `send`. */
  check(): Promise<string>;
  close(): void;
}

/** Who gets a message now. */
export const recipientsOf = ({ to, left }: Pick<Message, 'to' | 'left'>): readonly string[] =>
  to.filter((recipient) => left?.includes(recipient) ?? true);
