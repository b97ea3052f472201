/** From, and up to but without, in epoch milliseconds. */
export interface TimeWindow {
  from: number;
  to: number;
}

/** What became of a window of an export: a file; none, since there was nothing; or nobody looked, since missed windows are not made up for. */
export interface CoveredWindow extends TimeWindow {
  outcome: 'sent' | 'empty' | 'skipped';
  /** The outbound file that was made, or dropped. */
  file: number | null;
  at: number;
}

/** A round of an arrival that was settled. */
export interface SettledRound {
  /** In the order in which they were settled. */
  id: number;
  arrival: number;
  round: number;
  /** Name of its file. */
  name: string;
  /** Header of its file, as read. */
  columns: readonly string[];
  at: number;
}

/** Which windows of an export are done with, and what an export of rows reads. Windows follow each other without gap or overlap. */
export interface ExportLedger {
  /** Where the next window begins; `null` before the first one. */
  coveredTo(name: string): Promise<number | null>;
  /** Newest first. */
  coveredWindows(name: string, limit: number): Promise<CoveredWindow[]>;
  /** Records that nobody looked. As `outboundSent`; `LEDGER_STALE` when its begin is covered already. */
  skipWindow(name: string, window: TimeWindow, now: number): Promise<void>;
  /** Rounds of the feed's arrivals that were settled within the window, behind the one of this id. */
  settledRounds(
    of: { partner: string; feed: string },
    window: TimeWindow,
    after: number,
    limit: number,
  ): Promise<SettledRound[]>;
}
