import type { Claim } from './arrivals.ts';

/** A file that came with the source: one that rows name, or the checksum file. */
export interface NewAttachment {
  /** Counts from 1 within the arrival. */
  number: number;
  /** Where it was brought from. */
  folder: string;
  name: string;
  size: number;
  modifiedAt: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface Attachment extends NewAttachment {
  /** Full remote path that it is moved to, decided before it moves. */
  settleAs: string | null;
  /** When it lay there, or was found to be gone. */
  settledAt: number | null;
}

/** Files that come beside the CSV. What they hold is never here. */
export interface AttachmentLedger {
  /** By number. */
  attachments(arrival: number): Promise<Attachment[]>;
  /** From now on it is a part of the arrival, and rows that name it mean these bytes. Only while rows are read: `fetched` or `reopened`. */
  keepAttachment(claim: Claim, attachment: NewAttachment): Promise<void>;
  /** @param settledAt `null` before it moves */
  settleAttachment(claim: Claim, number: number, settleAs: string, settledAt: number | null): Promise<void>;
}
