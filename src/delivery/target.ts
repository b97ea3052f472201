import {
  type BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import PQueue from 'p-queue';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { CallResult, Connector, Operation } from '../connectors/port.ts';
import { backoffMs, type RetryPolicy } from './backoff.ts';

export interface TargetLimits {
  /** Calls in flight at once, over all feeds. */
  concurrency: number;
  rate: { calls: number; perMs: number } | null;
  retry: RetryPolicy;
  /** How long after a call was given up the target may still be working on it. */
  quietPeriodMs: number;
  /** After so many failures in a row no call is made for `pauseMs`. */
  breaker: { failures: number; pauseMs: number };
}

/** A connector within its limits; shared by all feeds that deliver to it. */
export interface Target {
  readonly name: string;
  readonly connector: Connector;
  readonly limits: TargetLimits;
  /**
   * One attempt, when the limits allow it. Throws what the connector throws, and `TARGET_DOWN` while the breaker is open. The signal ends the
   * wait for a turn; a call that has left is never cut off (its outcome would be in doubt), its deadline bounds it.
   */
  call(operation: Operation, request: JsonObject, signal: AbortSignal): Promise<CallResult>;
  /** Whether calls are held back because the target failed too often in a row. */
  isPaused(): boolean;
  /** Waits out the back-off after the n-th failure (from 1); `false` when no further attempt is due. */
  mayRetry(failures: number, error: unknown, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

export function createTarget(name: string, connector: Connector, limits: TargetLimits, clock: Clock): Target {
  const rate = limits.rate
    ? { intervalCap: limits.rate.calls, interval: limits.rate.perMs, strict: true }
    : {};
  const queue = new PQueue({ concurrency: limits.concurrency, ...rate });
  const breaker = circuitBreaker(handleWhen(tellsOfTrouble), {
    halfOpenAfter: limits.breaker.pauseMs,
    breaker: new ConsecutiveBreaker(limits.breaker.failures),
  });
  const closing = new AbortController();
  let open = false;
  breaker.onBreak(() => {
    open = true;
  });
  breaker.onReset(() => {
    open = false;
  });

  /** The other side asked everybody to slow down, not this call alone. */
  function holdBack(error: unknown): void {
    if (!(error instanceof TidegateError) || error.code !== 'CALL_THROTTLED' || queue.isPaused) return;
    queue.pause();
    const resume = (): void => {
      queue.start();
    };
    clock.sleep(error.retryAfterMs ?? limits.retry.firstMs, closing.signal).then(resume, resume);
  }

  return {
    name,
    connector,
    limits,
    isPaused: () => open,
    async call(operation, request, signal) {
      let left = false;
      const attempt = async (): Promise<CallResult> => {
        left = true;
        return breaker.execute(() => connector.call(operation, request));
      };
      try {
        return await queue.add(attempt, { signal });
      } catch (error) {
        holdBack(error);
        if (isBrokenCircuitError(error)) throw paused(name, limits.breaker.pauseMs, error);
        throw left ? error : stopped(operation.id, error);
      }
    },
    async mayRetry(failures, error, signal) {
      const retryable = error instanceof TidegateError && error.retry === 'later';
      if (!retryable || open || failures >= limits.retry.attempts) return false;
      await clock.sleep(backoffMs(failures, limits.retry, error.retryAfterMs, Math.random), signal);
      return true;
    },
    async close() {
      closing.abort();
      queue.clear();
      await queue.onIdle();
      await connector.close();
    },
  };
}

/** Failures that say something about the target; being throttled or refusing one row does not. */
function tellsOfTrouble(error: unknown): boolean {
  return (
    error instanceof TidegateError && ['TARGET_DOWN', 'CALL_FAILED', 'CALL_IN_DOUBT'].includes(error.code)
  );
}

/** The work was stopped while the call stood in the queue: it surely had no effect. */
function stopped(operation: string, cause: unknown): TidegateError {
  return new TidegateError('CALL_FAILED', 'the work was stopped before the call left', {
    subject: operation,
    retry: 'later',
    cause,
  });
}

function paused(name: string, pauseMs: number, cause: BrokenCircuitError): TidegateError {
  return new TidegateError('TARGET_DOWN', 'calls are held back because the last ones failed in a row', {
    subject: name,
    retry: 'later',
    retryAfterMs: pauseMs,
    fix: 'The file waits and goes on by itself once the target answers again.',
    cause,
  });
}
