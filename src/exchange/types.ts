/** What the exchange is given: the feed as configured, and the ports it works through. */
import type { Clock } from '../base/clock.ts';
import type { Permit } from '../base/permit.ts';
import type { CsvLimits, Dialect } from '../csv/types.ts';
import type { Target } from '../delivery/target.ts';
import type {
  Archive,
  Arrival,
  ChangedRows,
  Ledger,
  Notice,
  OutboundFile,
  Owner,
  Pause,
  Reply,
  TimeWindow,
} from '../ledger/port.ts';
import type { CompiledMapping } from '../mapping/types.ts';
import type { ChecksumAlgorithm } from '../packing/checksum.ts';
import type { Packer, Unpacker } from '../packing/port.ts';
import type { RemoteEntry, RemoteFolder } from '../remote/port.ts';
import type { SentAgreement } from './dispatch/sent-agreement.ts';
import type { Expectation, RowsRule } from './expected.ts';
import type { Room } from './room.ts';
import type { Spool } from './spool.ts';

export interface Folders {
  in: string;
  out: string;
  processed: string;
  errored: string;
}

/**
 * When a file counts as complete: unchanged for a while, or announced by a second file (`{name}` stands for the file's own name). `beside` names another one that it
 * waits for.
 */
export type ReadyWhen = ({ kind: 'stable'; forMs: number } | { kind: 'done-file'; pattern: string }) & {
  beside?: string;
};

/** A file beside each file of a feed that says its checksum. */
export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Its name, with `{name}` for that of the file. */
  pattern: string;
  required: boolean;
  /** For how long another checksum than the stated one may mean that the partner is not done. */
  waitMs: number;
}

/** How files are packed that we write, and what lies beside them. */
export interface Parcel {
  packer: Packer;
  /** Whether `NAME.sha256` is written. */
  checksum: boolean;
  /** The name of the file that is written last, with `{name}` for that of the file. */
  doneFile: string | null;
}

export interface FileName {
  /** As written in the name, e.g. `Sales`. */
  dataType: string;
  /** `YYYYMMDD` or `YYYYMMDD_HHMMSS`. */
  stamp: string;
}

/** An outbound file of a feed: whose it is, and how it is written. */
export interface RowFileSpec {
  partner: string;
  folder: string;
  /** @param stamp date and time in the name of the source */
  nameFor(stamp: string, split: string): string;
  dialect: Pick<Dialect, 'encoding' | 'delimiter' | 'quote'>;
  /** Whether its first line names the columns. */
  header: boolean;
  /** How it is answered; `null` where it is not. */
  agreement: SentAgreement | null;
  /** `null` where it goes out as it is written. */
  parcel: Parcel | null;
}

export interface InboundFeed {
  name: string;
  partner: string;
  folders: Folders;
  /** Whether a marker in the inbound folder keeps other installations away. */
  marker: boolean;
  /** `null` when the name does not belong to this feed. What packing adds to a name plays no part. */
  parseName(name: string): FileName | null;
  /** How a right name looks, for people. */
  nameExample: string;
  dataType: string;
  readyWhen: ReadyWhen;
  maxFilesPerPoll: number;
  dialect: Dialect;
  limits: CsvLimits;
  /** `null` where the content comes as it is. */
  unpacker: Unpacker | null;
  checksum: Checksum | null;
  /** `parcel`: `null` where answers are written as they are. */
  answer: { files: 'one' | 'two'; rejects: boolean; parcel: Parcel | null };
  /** The source is filed as errored when more rows are rejected than this. */
  rejectsAllowed: { share: number } | { rows: number };
  /** Of a file that corrects an earlier one of its name. */
  changedRows: ChangedRows;
  mapping: CompiledMapping;
  /** Where outbound files go that rows are put into, by the names that the mapping has for them. */
  files: ReadonlyMap<string, RowFileSpec>;
  /** Where files lie that rows name, and how large they may be. */
  attachments: { folder: string; maxBytes: number };
  /** Whether somebody at the partner is told of what was wrong with their files. */
  tellsPartner: boolean;
  /** When files have to be there; `null` when nobody misses one. */
  expects: Expectation | null;
  expectsRows: RowsRule | null;
  /**
   * Of the feeds that share an inbound folder one answers for what belongs to none of them: tells whether an entry is expected by any: a file, the
   * done-file of one that is there, a file that a row may name, or the folder of those. `null` for the others.
   * @param all every name in the folder
   */
  expectsInFolder:
    | ((entry: Pick<RemoteEntry, 'name' | 'kind'>, all: ReadonlySet<string>) => 'itself' | 'by a row' | null)
    | null;
}

/** What happens, for logs and progress; nothing secret or personal in it. */
export type ExchangeEvent =
  | { kind: 'polled'; feed: string; listed: number; ready: number; notYet: number }
  | { kind: 'step'; arrival: Arrival; tookMs: number }
  | { kind: 'progress'; arrival: Arrival; settledRows: number }
  | { kind: 'waits'; feed: string; arrival: Arrival | null; error: unknown }
  | { kind: 'paused'; what: string; pause: Pause }
  | { kind: 'archived' | 'archive-deleted'; archive: Archive }
  | { kind: 'archive-waits'; partner: string; error: unknown }
  | { kind: 'export-waits'; name: string; partner: string; error: unknown }
  | { kind: 'export-skipped'; name: string; partner: string; window: TimeWindow }
  /** Brought out, or found to be empty. */
  | { kind: 'outbound'; file: OutboundFile }
  | { kind: 'reply'; reply: Reply }
  | { kind: 'replies-wait'; agreement: string; error: unknown }
  | { kind: 'notice'; notice: Notice }
  /** The ledger could not take it. */
  | { kind: 'unrecorded'; notice: Notice; error: unknown };

export interface InboundPorts {
  ledger: Ledger;
  remote: RemoteFolder;
  /** The folders of any partner. */
  remoteOf(partner: string): RemoteFolder;
  target: Target;
  spool: Spool;
  room: Room;
  clock: Clock;
  owner: Owner;
  /** Name of this machine, for people. */
  host: string;
  /**
   * The pause that covers the feed, if any; with a partner, the one that covers this. Asked whenever a file is about to be begun, or gone on with.
   */
  pause(partner?: string): Promise<Pause | null>;
  /** Aborted when the work is to stop: calls in flight end, nothing new begins. */
  signal: AbortSignal;
  /** Asked when something leaves that cannot be taken back; bound to the lease while an arrival is worked on. */
  permit: Permit;
  report(event: ExchangeEvent): void;
}
