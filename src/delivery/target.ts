import PQueue from 'p-queue';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Permit } from '../base/permit.ts';
import type { CallResult, Connector, Operation } from '../connectors/port.ts';
import { backoffMs, type RetryPolicy } from './backoff.ts';
import { type BreakerLimits, createBreaker } from './breaker.ts';
import { createPace, type Rate } from './pace.ts';
import { createReadCache, type ReadCache } from './read-cache.ts';

export interface TargetLimits {
  /** Calls in flight at once, over all feeds. */
  concurrency: number;
  rate: Rate | null;
  retry: RetryPolicy;
  /** How long after a call was given up the target may still be working on it. */
  quietPeriodMs: number;
  /** After so many failures in a row no call is made for `pauseMs`. */
  breaker: BreakerLimits;
  /** Of a call for many rows: how many, unless the operation takes fewer, and how large all of them together. */
  batch: { rows: number; bytes: number };
  /** Of calls that are only queued: the pause between two looks for results, how long to look at a time, and how long in all. */
  queued: { everyMs: number; waitMs: number; deadlineMs: number };
}

/** What bounds a call from outside. */
export interface Turn {
  /** Ends the wait for a turn. */
  signal: AbortSignal;
  /** Asked when the call leaves. */
  permit: Permit;
  /** What is too large to be kept with a request is put in when its turn has come. What it throws is thrown, and the call was not made. */
  complete?(operation: Operation, request: JsonObject): Promise<JsonObject>;
}

/** A connector within its limits; shared by all feeds that deliver to it. */
export interface Target {
  readonly name: string;
  readonly connector: Connector;
  readonly limits: TargetLimits;
  /** Answers of reads that serve several rows, of all feeds. */
  readonly answers: ReadCache;
  /**
   * One attempt, when the limits allow it. Throws what the connector throws, and `TARGET_DOWN` while the target failed too often in a row or has
   * asked for a longer rest than a retry may take. The signal ends the wait (`STOPPED`); a call that has left is never cut off, since its
   * outcome would be in doubt: its deadline bounds it.
   */
  call(operation: Operation, request: JsonObject, turn: Turn): Promise<CallResult>;
  /** How many calls were answered since the process began, whatever the answer was. */
  answered(): number;
  /** Whether calls are held back for now. */
  isPaused(): boolean;
  /** Waits out the back-off after the n-th failure (from 1); `false` when no further attempt is due. */
  mayRetry(failures: number, error: unknown, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

export function createTarget(name: string, connector: Connector, limits: TargetLimits, clock: Clock): Target {
  const queue = new PQueue({ concurrency: limits.concurrency });
  const pace = createPace(limits.rate, clock);
  const breaker = createBreaker(limits.breaker, clock);
  /** The target asked everybody to rest. */
  let asked = { until: 0, ms: 0 };
  // Never longer than it asked for: the clock may have been set back.
  const restMs = (): number => Math.max(0, Math.min(asked.until - clock.now(), asked.ms));
  let answered = 0;
  const rests = (): boolean => restMs() > limits.retry.mostMs;

  async function rest(signal: AbortSignal): Promise<void> {
    while (restMs() > 0) {
      if (rests()) throw resting(name, restMs());
      await clock.sleep(restMs(), signal);
    }
  }

  async function attempt(operation: Operation, request: JsonObject, permit: Permit): Promise<CallResult> {
    try {
      const result = await breaker.run(
        () => connector.call(operation, request, permit),
        () => pausing(name, limits.breaker.pauseMs),
      );
      answered++;
      return result;
    } catch (error) {
      if (error instanceof TidegateError && error.code === 'CALL_THROTTLED') {
        const ms = error.retryAfterMs ?? limits.retry.firstMs;
        if (ms > restMs()) asked = { until: clock.now() + ms, ms };
      }
      throw error;
    }
  }

  return {
    name,
    connector,
    limits,
    answers: createReadCache(clock),
    answered: () => answered,
    isPaused: () => breaker.isOpen() || rests(),
    async call(operation, request, { signal, permit, complete }) {
      let left = false;
      // p-queue gives up a task that is under way as soon as its signal aborts; ours may only end the wait.
      const waiting = new AbortController();
      const endWait = (): void => {
        if (!left) waiting.abort(signal.reason);
      };
      signal.addEventListener('abort', endWait, { once: true });
      const turn = async (): Promise<CallResult> => {
        await rest(signal);
        await pace(signal);
        const whole = complete ? await complete(operation, request) : request;
        signal.throwIfAborted();
        left = true;
        return attempt(operation, whole, permit);
      };
      try {
        signal.throwIfAborted();
        return await queue.add(turn, { signal: waiting.signal });
      } catch (error) {
        throw left || !signal.aborted ? error : stopped(operation.id, error);
      } finally {
        signal.removeEventListener('abort', endWait);
      }
    },
    async mayRetry(failures, error, signal) {
      const retryable = error instanceof TidegateError && error.retry === 'later' && !ofOurOwn(error);
      if (!retryable || breaker.isOpen() || rests() || failures >= limits.retry.attempts) return false;
      await clock.sleep(backoffMs(failures, limits.retry, error.retryAfterMs, Math.random), signal);
      return true;
    },
    async close() {
      queue.clear();
      await queue.onIdle();
      await connector.close();
    },
  };
}

/** Not the target's doing, so asking it again does not help. */
const ofOurOwn = ({ code }: TidegateError): boolean => code === 'STOPPED' || code === 'STORAGE_LOW';

/** The work was stopped while the call waited for its turn: it surely had no effect. */
function stopped(operation: string, cause: unknown): TidegateError {
  return new TidegateError('STOPPED', 'the work was stopped before the call left', {
    subject: operation,
    retry: 'later',
    cause,
  });
}

const goesOn = 'The file waits and goes on by itself once the target takes calls again.';

function pausing(name: string, pauseMs: number): TidegateError {
  return new TidegateError('TARGET_DOWN', 'calls are held back because the last ones failed in a row', {
    subject: name,
    retry: 'later',
    retryAfterMs: pauseMs,
    fix: goesOn,
  });
}

function resting(name: string, restMs: number): TidegateError {
  return new TidegateError(
    'TARGET_DOWN',
    `the target asked for no calls for another ${Math.ceil(restMs / 1000)} s`,
    {
      subject: name,
      retry: 'later',
      retryAfterMs: restMs,
      fix: goesOn,
    },
  );
}
