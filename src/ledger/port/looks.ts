/** When the inbound folder of a feed was looked into and everything complete in it taken. What was not there then came later. */
export interface Looks {
  first: number;
  last: number;
}

/** What is known about when a file came. */
export interface Coming {
  arrival: number;
  name: string;
  /** When the folder was last seen without it; `null` when it had never been looked into. */
  absentAt: number | null;
  /** When it was taken. */
  seenAt: number;
  /** As a whole: nothing of it was delivered. */
  refused: boolean;
}

export interface LookLedger {
  looks(partner: string, feed: string): Promise<Looks | null>;
  /** Files that are claimed from now on were not there at `at`. */
  looked(partner: string, feed: string, at: number): Promise<void>;
  /** Files that were taken since, in this order; without those that vanished, and those whose bytes had come before. */
  comings(partner: string, feed: string, since: number): Promise<Coming[]>;
}
