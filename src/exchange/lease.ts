import { performance } from 'node:perf_hooks';
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import type { Arrival } from '../ledger/port.ts';
import type { InboundPorts } from './types.ts';

/** The right to work on one arrival, for as long as the work goes on. */
export interface Lease {
  /** Aborted when the work is to stop, or when the lease was lost: another owner may have begun it. */
  readonly signal: AbortSignal;
  /** Throws `LEDGER_STALE` from the moment when the lease may have ended. */
  readonly permit: Permit;
  /** Gives the lease back; where that fails, it is over by itself. */
  end(): Promise<void>;
}

/** Takes the lease anew, so that its end is known, and renews it until it is given back. */
export async function keepLease(arrival: Arrival, ports: InboundPorts): Promise<Lease> {
  const { ledger, owner, clock, signal } = ports;
  const lost = new AbortController();
  let ends = { clock: 0, steady: 0 };
  const renew = async (): Promise<void> => {
    const asked = { clock: clock.now() + owner.leaseMs, steady: performance.now() + owner.leaseMs };
    await ledger.renew(arrival, owner, clock.now());
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
        subject: `arrival ${arrival.id}`,
        fix: 'Nothing to do here: whoever owns the arrival now goes on where this process stopped.',
      });
    },
    async end() {
      clearInterval(timer);
      await ledger.release(arrival).catch((error: unknown) => {
        if (!(error instanceof TidegateError)) throw error;
      });
    },
  };
}
