import { performance } from 'node:perf_hooks';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import type { Owner } from '../ledger/port.ts';

/** What is worked on, as the ledger leases it. */
export interface Leased {
  /** Names it for people. */
  subject: string;
  renew(now: number): Promise<void>;
  release(): Promise<void>;
}

/** The right to work on something, for as long as the work goes on. */
export interface Lease {
  /** Aborted when the work is to stop, or when the lease was lost: another owner may have begun it. */
  readonly signal: AbortSignal;
  /** Throws `LEDGER_STALE` from the moment when the lease may have ended. */
  readonly permit: Permit;
  /** Gives the lease back; where that fails, it is over by itself. */
  end(): Promise<void>;
}

/** Whether somebody else may have gone on with it. */
export const isStale = (error: unknown): boolean =>
  error instanceof TidegateError && error.code === 'LEDGER_STALE';

/** Takes the lease anew, so that its end is known, and renews it until it is given back. */
export async function keepLease(
  leased: Leased,
  { owner, clock, signal }: { owner: Owner; clock: Clock; signal: AbortSignal },
): Promise<Lease> {
  const lost = new AbortController();
  let ends = { clock: 0, steady: 0 };
  const renew = async (): Promise<void> => {
    const asked = { clock: clock.now() + owner.leaseMs, steady: performance.now() + owner.leaseMs };
    await leased.renew(clock.now());
    ends = asked;
  };
  await renew();
  const timer = setInterval(() => {
    renew().catch((error: unknown) => lost.abort(error));
  }, owner.leaseMs / 3);
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    permit() {
      // The steady clock alone would not do: it stands still while a machine sleeps. The other may have been set back.
      if (clock.now() < ends.clock && performance.now() < ends.steady) return;
      throw new TidegateError('LEDGER_STALE', 'this process stood still for longer than its lease', {
        subject: leased.subject,
        fix: 'Nothing to do here: whoever owns it now goes on where this process stopped.',
      });
    },
    async end() {
      clearInterval(timer);
      await leased.release().catch((error: unknown) => {
        if (!(error instanceof TidegateError)) throw error;
      });
    },
  };
}
