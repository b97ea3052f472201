import type { Clock } from '../../base/clock.ts';
import type { Identity, Outgoing } from '../rest.ts';

export interface Login {
  /** Headers, in lower case. Fails as a call does that had no effect. */
  identify(outgoing: Outgoing): Promise<Identity> | Identity;
  /** The target answered 401 to this identity: whether the next one will be another. */
  renew(identity: Identity): boolean;
  close(): Promise<void>;
}

export interface LoginContext {
  /** For messages. */
  system: string;
  deadlineMs: number;
  clock: Clock;
}
