import type { CsvWritten } from '../../csv/writer.ts';
import type { InboundPorts, Parcel } from '../types.ts';

export type OutboundPorts = Omit<InboundPorts, 'target' | 'host' | 'pause' | 'remoteOf'>;

/**
 * Writes the file to a local path where there is none. Called again after a kill, so it starts from the beginning; what it throws leaves the file planned.
 * @param ports while the lease on the file holds
 * @returns `null` when there is nothing to bring, and no empty file is wanted
 */
export type WriteOutbound = (draft: string, ports: OutboundPorts) => Promise<CsvWritten | null>;

/** How a file comes about. */
export interface Making {
  write: WriteOutbound;
  /** `null` where it goes out as it is written. */
  parcel: Parcel | null;
}
