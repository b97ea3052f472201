/** What is agreed with somebody who answers the files that we send: where the replies lie, and how they are read. */
import type { CsvLimits, Dialect } from '../../csv/types.ts';
import type { Unpacker } from '../../packing/port.ts';
import type { RemoteFolder } from '../../remote/port.ts';
import type { OutboundPorts } from '../outbound/types.ts';
import type { InboundPorts, ReadyWhen } from '../types.ts';

export interface Agreement {
  /** Unique; the feed and the file, say. */
  name: string;
  /** Whose rows go into the files; `null` for an export. */
  feed: string | null;
  partner: string;
  folder: string;
  /** The kinds of replies, e.g. one for success and one for failure. */
  replies: readonly ReplyKind[];
  /** By which columns of the sent file a reply names its rows, and what they are called there; `LINE` for the number of the line. */
  match: readonly { sent: string; theirs: readonly string[] }[];
  dialect: Dialect;
  limits: CsvLimits;
  /** `null` where replies come as they are. */
  unpacker: Unpacker | null;
  readyWhen: ReadyWhen;
  /** When a file that was sent then must be answered. */
  dueAt(sentAt: number): number;
  /** When people are told that it is getting late; `null` when they are not. */
  warnAt(sentAt: number): number | null;
  takeAway: { kind: 'leave' } | { kind: 'delete' } | { kind: 'move'; folder: string };
  /** Where what became of every row is written down. */
  report: { partner: string; folder: string } | null;
}

export interface ReplyKind {
  /** `null` when the name is not one of this kind. */
  parseName(name: string): ReplyName | null;
  outcome: ReplyOutcome;
  /** Their column with what they call the row. */
  id: string | null;
  /** Their columns that say why; several are joined. */
  reasons: readonly string[];
}

/** What the name tells of the file that is answered; `null` where it does not. */
export interface ReplyName {
  stamp: string | null;
  split: string | null;
}

/** Either all rows of the file have the same, or a column tells. An asterisk in a value stands for anything. */
export type ReplyOutcome =
  | 'accepted'
  | 'rejected'
  | {
      column: string;
      accepted: readonly string[];
      rejected: readonly string[];
      /** Not decided yet: another reply will tell. */
      pending: readonly string[];
    };

export interface DispatchPorts extends OutboundPorts, Pick<InboundPorts, 'pause'> {
  remoteOf(partner: string): RemoteFolder;
}
