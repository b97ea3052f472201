import type { RecordedNotice } from '../ledger/port.ts';

/**
 * `sent`: at least one recipient has got it; `except` has those who were refused, `null` when nobody was. `refused`: the server is there but took this notice
 * for nobody; others may still get through.
 */
export type Delivery =
  | { kind: 'sent'; except: { left: readonly string[]; why: string } | null }
  | { kind: 'refused'; why: string };

/** What a person gets to see of a notice. */
export interface Message extends Pick<RecordedNotice, 'raisedAt' | 'subject' | 'body'> {
  /** With the time it names the message: the same for every try. */
  id: number | string;
  /** The addresses that it goes to, where the others have got it. */
  left?: readonly string[] | null;
}

/** A way to tell people. */
export interface Channel {
  /**
   * May be called again for the same message; people then see it once, as far as the channel can tell.
   * @throws TidegateError `MAIL_FAILED`, retry `later`: the channel cannot be used now, for any notice
   */
  send(message: Message): Promise<Delivery>;
  /** Proves that the channel can be used, without telling anybody anything; one line of what was seen. Throws like `send`. */
  check(): Promise<string>;
  close(): void;
}
