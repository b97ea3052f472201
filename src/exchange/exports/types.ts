/** What an export is given: as configured, and the ports it works through. */
import type { Dialect } from '../../csv/types.ts';
import type { Target } from '../../delivery/target.ts';
import type { OutboundFile, Pause } from '../../ledger/port.ts';
import type { ListSource, RowSource } from '../../mapping/export/types.ts';
import type { SentAgreement } from '../dispatch/sent-agreement.ts';
import type { OutboundPorts } from '../outbound/types.ts';
import type { Parcel } from '../types.ts';
import type { WindowPolicy } from './windows.ts';

export interface ExportPlan {
  name: string;
  partner: string;
  /** Where its files are brought. */
  folder: string;
  /** First part of their names. */
  dataType: string;
  windows: WindowPolicy;
  /** Whether a window without a line gives a file with a header alone, or none. */
  empty: 'header' | 'none';
  dialect: Pick<Dialect, 'encoding' | 'delimiter' | 'quote'>;
  header: readonly string[];
  source: ExportSource;
  /** How its files are answered; `null` where they are not. */
  agreement: SentAgreement | null;
  /** `null` where they go out as they are written. */
  parcel: Parcel | null;
}

export type ExportSource =
  | { kind: 'list'; list: ListSource; target: string }
  | { kind: 'rows'; rows: RowSource; feed: FeedRows };

/** Whose rows are exported. */
export interface FeedRows {
  partner: string;
  feed: string;
  /** Names of columns by how files may write them. */
  columns: ReadonlyMap<string, string>;
}

export interface ExportPorts extends OutboundPorts {
  /** The pause of a person that holds; asked before anything begins. */
  pause(): Promise<Pause | null>;
  /** Of an export that reads a target. */
  target: Target | null;
}

export interface ExportRun {
  /** Files that were sent, and windows without one, in their order. */
  files: OutboundFile[];
  /** What it has to wait for; `null` when all that is due is done. */
  waitsFor: unknown;
  /** Set when a person has paused it: nothing more was begun. */
  paused: Pause | null;
}
