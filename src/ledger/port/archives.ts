import type { Counts, Owner } from './arrivals.ts';
import type { TimeWindow } from './exports.ts';
import type { PackedAs } from './packing.ts';

/**
 * planned → stored → cleared. `planned`: it is decided what belongs to it. `stored`: all of it and the manifest lie in the archive. `cleared`: the
 * originals are gone. A cleared one may later be deleted.
 */
export type ArchiveState = 'planned' | 'stored' | 'cleared';

/** The files of one partner and month, or of a part of it. */
export interface Archive {
  id: number;
  partner: string;
  /** `YYYY-MM`. */
  month: string;
  /** From 1; what comes when a month is archived already makes a part of its own. */
  part: number;
  state: ArchiveState;
  form: 'folder' | 'bundle';
  /** Whose file system `path` is meant on. */
  side: 'remote' | 'local';
  /** Of the folder, or of the bundle without its ending. */
  path: string;
  /** The hash that the archive before it ends with. */
  previous: string;
  /** The hash that it ends with, once stored. */
  hash: string | null;
  manifestSha256: string | null;
  /** The one file that holds all, once stored; `null` in the form of a folder, or when nothing was left to keep. */
  bundle: Bundle | null;
  token: number;
  plannedAt: number;
  storedAt: number | null;
  clearedAt: number | null;
  /** When its files were deleted, since it was kept for as long as agreed. */
  deletedAt: number | null;
}

export interface Bundle {
  name: string;
  bytes: number;
  sha256: string;
}

/** `kept`: in the archive. `gone`: it was not there any more. `other`: other bytes lay in its place, which were left alone. */
export type ArchivedState = 'planned' | 'kept' | 'gone' | 'other';

/** `outbound`: brought out by ourselves. `companion`: beside an answer or an outbound file. The others belong to an arrival. */
export type ArchivedKind = 'source' | 'answer' | 'attachment' | 'outbound' | 'companion';

/** A file that the exchange has written or filed, and that is in no archive yet. */
export interface Archivable {
  /** Either this or `outbound`. */
  arrival: number | null;
  outbound: number | null;
  /** Of the arrival; of an outbound file the export or feed that made it. */
  feed: string;
  /** Name of the arrival, or of the outbound file before it was packed. */
  arrivalName: string;
  /** When it arrived, or was sent. */
  arrivedAt: number;
  /** That an outbound file covers. */
  window: TimeWindow | null;
  kind: ArchivedKind;
  /** Full path where it lies. */
  path: string;
  bytes: number;
  /** `null` of a source that was refused unread. */
  sha256: string | null;
  /** Of an answer or an outbound file that is packed, or has something beside it. */
  packing: PackedAs | null;
  /** Of the arrival; of an outbound file its rows alone. */
  counts: Counts;
}

export interface ArchivedFile
  extends Pick<
    Archivable,
    'arrival' | 'outbound' | 'arrivedAt' | 'kind' | 'path' | 'bytes' | 'sha256' | 'counts'
  > {
  /** From 1, in the order of the manifest. */
  seq: number;
  /** Within the archive. */
  name: string;
  state: ArchivedState;
}

export type NewArchive = Pick<Archive, 'partner' | 'month' | 'form' | 'side' | 'path' | 'previous'> & {
  part: number;
  files: readonly (Omit<Archivable, 'feed' | 'arrivalName' | 'window' | 'packing'> & { name: string })[];
};

export type ArchiveClaim = Pick<Archive, 'id' | 'token'>;

/** Monthly archives. Writes are fenced like those to an arrival. */
export interface ArchiveLedger {
  /** Files of arrivals that were settled, and outbound files that were sent, before `before`: oldest arrival first, outbound files last. */
  archivable(partner: string, before: number): Promise<Archivable[]>;
  /** Oldest first. */
  archives(partner: string): Promise<Archive[]>;
  archivedFiles(archive: number): Promise<ArchivedFile[]>;
  /** Claimed by its maker. `LEDGER_STALE` when another process has planned the same part. */
  planArchive(archive: NewArchive, owner: Owner, now: number): Promise<Archive>;
  /** Takes over the oldest unfinished archive of the partner; `null` when there is none. `ARRIVAL_WAITS` while another living owner has it. */
  resumeArchive(partner: string, owner: Owner, now: number): Promise<Archive | null>;
  renewArchive(claim: ArchiveClaim, owner: Owner, now: number): Promise<void>;
  releaseArchive(claim: ArchiveClaim): Promise<void>;
  markArchived(
    claim: ArchiveClaim,
    files: readonly Pick<ArchivedFile, 'seq' | 'state' | 'bytes' | 'sha256'>[],
  ): Promise<void>;
  archiveStored(
    claim: ArchiveClaim,
    stored: { hash: string; manifestSha256: string; bundle: Bundle | null },
    now: number,
  ): Promise<Archive>;
  archiveCleared(claim: ArchiveClaim, now: number): Promise<Archive>;
  archiveDeleted(archive: number, now: number): Promise<void>;
}
