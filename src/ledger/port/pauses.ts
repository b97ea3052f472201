import type { Reason } from './rounds.ts';

/** What can be paused; of a partner everything is. */
export type Pausable = 'feed' | 'export' | 'partner';

/** A person's word that something is to rest. */
export interface Pause extends Reason {
  id: number;
  what: Pausable;
  name: string;
  since: number;
  /** When it ends by itself; `null` for when a person ends it. */
  until: number | null;
}

export interface PauseLedger {
  /** Those that hold now, oldest first. */
  pauses(now: number): Promise<Pause[]>;
  /** Takes the place of one that holds, which ends by the same word. */
  pause(pause: Omit<Pause, 'id' | 'since'>, now: number): Promise<Pause>;
  /** Gives the one that has ended by this; `null` when none held. */
  endPause(what: Pausable, name: string, reason: Reason, now: number): Promise<Pause | null>;
}
