import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';

export interface BreakerLimits {
  failures: number;
  pauseMs: number;
}

/** Holds calls back for a pause after so many failures in a row; then one call shows whether the target is back, and those that come meanwhile wait for it. */
export interface Breaker {
  isOpen(): boolean;
  /** Throws what `call` throws, and what `held` makes while calls are held back. */
  run<T>(call: () => Promise<T>, held: () => TidegateError): Promise<T>;
}

interface Circuit {
  /** In a row. */
  failures: number;
  /** Since when calls are held back; `null` when they are not. */
  openedAt: number | null;
  /** The call that shows whether the target is back. */
  trial: Promise<void> | null;
}

export function createBreaker({ failures, pauseMs }: BreakerLimits, clock: Clock): Breaker {
  let current = closed();
  let since = clock.steadySince();
  // A clock that was set back would make hours of the pause.
  const steady = (): Circuit => {
    if (clock.steadySince() === since) return current;
    since = clock.steadySince();
    current = closed();
    return current;
  };

  async function run<T>(call: () => Promise<T>, held: () => TidegateError): Promise<T> {
    const circuit = steady();
    if (circuit.openedAt === null) return counted(call, circuit);
    if (circuit.trial !== null) {
      await circuit.trial;
      return run(call, held);
    }
    if (clock.now() - circuit.openedAt < pauseMs) throw held();
    const trial = tried(call, circuit);
    circuit.trial = trial
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        circuit.trial = null;
      });
    return trial;
  }

  async function counted<T>(call: () => Promise<T>, circuit: Circuit): Promise<T> {
    try {
      const result = await call();
      circuit.failures = 0;
      return result;
    } catch (error) {
      if (tellsOfTrouble(error) && ++circuit.failures >= failures) circuit.openedAt ??= clock.now();
      throw error;
    }
  }

  async function tried<T>(call: () => Promise<T>, circuit: Circuit): Promise<T> {
    try {
      const result = await call();
      Object.assign(circuit, closed());
      return result;
    } catch (error) {
      if (tellsOfTrouble(error)) circuit.openedAt = clock.now();
      else Object.assign(circuit, closed());
      throw error;
    }
  }

  return { isOpen: () => steady().openedAt !== null, run };
}

const closed = (): Circuit => ({ failures: 0, openedAt: null, trial: null });

/** Failures that say something about the target; being throttled, or a request that was never sent, does not. */
function tellsOfTrouble(error: unknown): boolean {
  if (!(error instanceof TidegateError) || error.retry === 'never') return false;
  return ['TARGET_DOWN', 'CALL_FAILED', 'CALL_IN_DOUBT'].includes(error.code);
}
