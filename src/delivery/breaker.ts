import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';

export interface BreakerLimits {
  failures: number;
  pauseMs: number;
}

/** Holds calls back for a pause after so many failures in a row; then one call shows whether the target is back. */
export interface Breaker {
  isOpen(): boolean;
  /** Throws what `call` throws, and what `held` makes while calls are held back. */
  run<T>(call: () => Promise<T>, held: (cause: unknown) => TidegateError): Promise<T>;
}

export function createBreaker(limits: BreakerLimits, clock: Clock): Breaker {
  let current = circuit(limits);
  let since = clock.steadySince();
  // It takes its pause from the clock on the wall, and one that was set back would make hours of it.
  const steady = (): Circuit => {
    if (clock.steadySince() === since) return current;
    since = clock.steadySince();
    current = circuit(limits);
    return current;
  };
  return {
    isOpen: () => steady().open,
    async run(call, held) {
      try {
        return await steady().policy.execute(call);
      } catch (error) {
        throw error instanceof BrokenCircuitError ? held(error) : error;
      }
    },
  };
}

interface Circuit {
  policy: CircuitBreakerPolicy;
  open: boolean;
}

function circuit({ failures, pauseMs }: BreakerLimits): Circuit {
  const policy = circuitBreaker(handleWhen(tellsOfTrouble), {
    halfOpenAfter: pauseMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  const made: Circuit = { policy, open: false };
  policy.onBreak(() => {
    made.open = true;
  });
  policy.onReset(() => {
    made.open = false;
  });
  return made;
}

/** Failures that say something about the target; being throttled, or a request that was never sent, does not. */
function tellsOfTrouble(error: unknown): boolean {
  if (!(error instanceof TidegateError) || error.retry === 'never') return false;
  return ['TARGET_DOWN', 'CALL_FAILED', 'CALL_IN_DOUBT'].includes(error.code);
}
