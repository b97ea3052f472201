import type { Claim, Owner } from './arrivals.ts';
import type { TimeWindow } from './exports.ts';
import type { PackedAs } from './packing.ts';

/**
 * planned → written → uploaded → sent. `planned`: its name and what it is to hold are decided. `written`: its content is known. `uploaded`: it lies whole beside its final name, and
 * may have got that name, under which whoever it is for may take it away at once. `sent`: it has got it, with all that goes beside it. `dropped` instead: there was nothing to bring, and no empty file is wanted.
 */
export type OutboundState = 'planned' | 'written' | 'uploaded' | 'sent' | 'dropped';

/** A file that is brought to a partner by ourselves; acknowledgements are answers. */
export interface OutboundFile {
  id: number;
  partner: string;
  /** `export`: on a schedule. `rows`: the rows of an arrival. `report`: what became of a file that was sent. */
  origin: 'export' | 'rows' | 'report';
  /** Of the export, or of the feed. */
  name: string;
  /** What it holds, within its origin: no two files are ever made of one. */
  key: string;
  arrival: number | null;
  /** Full path under which it is to lie. */
  path: string;
  state: OutboundState;
  /** Of an export. */
  window: TimeWindow | null;
  /** Whether the window counts as covered by it. One that a person asked for once more does not. */
  covers: boolean;
  /** `null` of one that goes out as it is written. */
  packing: PackedAs | null;
  /** Once written. */
  contents: OutboundContents | null;
  /** Of one that is packed: what lies, or is to lie, under the path. Packing gives other bytes every time. */
  packed: Pick<OutboundContents, 'bytes' | 'sha256'> | null;
  token: number;
  plannedAt: number;
  /** When it was sent or dropped. */
  endedAt: number | null;
}

export interface OutboundContents {
  /** Without the header. */
  rows: number;
  bytes: number;
  sha256: string;
}

export type NewOutbound = Pick<
  OutboundFile,
  'partner' | 'origin' | 'name' | 'key' | 'arrival' | 'path' | 'window' | 'covers' | 'packing'
>;

export interface OutboundFilter {
  partner?: string;
  origin?: OutboundFile['origin'];
  name?: string;
  arrival?: number;
  /** Only those of which it is so. */
  covers?: boolean;
  limit: number;
}

/** Files that are brought out. Writes are fenced like those to an arrival. */
export interface OutboundLedger {
  /**
   * Claimed by its maker. What was planned for the same key is taken over instead, under the name that it has; and given as it is, when it is sent or dropped. `ARRIVAL_WAITS`
   * while another living owner works on it.
   */
  planOutbound(file: NewOutbound, owner: Owner, now: number): Promise<OutboundFile>;
  /** Takes over the oldest unfinished file; `null` when there is none. `ARRIVAL_WAITS` as above. */
  resumeOutbound(
    of: Pick<OutboundFile, 'origin' | 'name'>,
    owner: Owner,
    now: number,
  ): Promise<OutboundFile | null>;
  renewOutbound(claim: Claim, owner: Owner, now: number): Promise<void>;
  releaseOutbound(claim: Claim): Promise<void>;
  outboundUploaded(claim: Claim): Promise<OutboundFile>;
  /** Other bytes have its name; it is as `written` again. */
  outboundRenamed(claim: Claim, path: string): Promise<OutboundFile>;
  /** It is to be packed otherwise: what was packed counts no more. */
  outboundReplanned(claim: Claim, plan: Pick<OutboundFile, 'path' | 'packing'>): Promise<OutboundFile>;
  /** Also anew, as long as it is not sent; what was packed of an earlier content counts no more. */
  outboundWritten(claim: Claim, contents: OutboundContents): Promise<OutboundFile>;
  /** Before any of it comes out. */
  outboundPacked(claim: Claim, packed: NonNullable<OutboundFile['packed']>): Promise<OutboundFile>;
  /** With it, its window is covered. `LEDGER_FAILED` when that window does not begin where the ones before it end. */
  outboundSent(claim: Claim, now: number): Promise<OutboundFile>;
  /** As `outboundSent`. One that was written must have been lost before any of it came out. */
  outboundDropped(claim: Claim, now: number): Promise<OutboundFile>;
  outboundFile(id: number): Promise<OutboundFile | null>;
  /** Newest first. */
  outboundFiles(filter: OutboundFilter): Promise<OutboundFile[]>;
  /** Whether another file of the partner has this path. */
  outboundPathTaken(partner: string, path: string, exceptFile?: number): Promise<boolean>;
}
