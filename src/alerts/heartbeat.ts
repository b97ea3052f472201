/** A sign of life to an outside watch, which tells people when it does not come: nobody else notices that this process is gone. */
import type { Clock } from '../base/clock.ts';
import { explain } from '../base/errors.ts';

export interface Heartbeat {
  /** Ends; a beat that is under way is given up. */
  stop(): Promise<void>;
}

export interface HeartbeatOptions {
  /** May hold a secret, so it is never logged. */
  url: string;
  everyMs: number;
  clock: Clock;
  deadlineMs: number;
  /** Proves that work can be done; rejects when it cannot, and then nothing is sent. */
  isAlive(): Promise<void>;
  /** Called when a beat was not sent or not taken, and once when it is over. */
  onTrouble(trouble: string | null): void;
}

/** The first beat comes at once. Never throws. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { everyMs, clock, onTrouble } = options;
  const stopping = new AbortController();
  let troubled = false;
  let beating: Promise<void> | null = null;
  const ticking = tick();

  /** One that takes longer than the pause is not joined by another. */
  async function tick(): Promise<void> {
    while (!stopping.signal.aborted) {
      beating ??= beat().finally(() => {
        beating = null;
      });
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
    }
  }

  async function beat(): Promise<void> {
    if (stopping.signal.aborted) return;
    const trouble = await send(options, stopping.signal);
    if (stopping.signal.aborted) return;
    if (trouble !== null || troubled) onTrouble(trouble);
    troubled = trouble !== null;
  }

  return {
    async stop() {
      stopping.abort();
      await ticking;
      await beating;
    },
  };
}

/** What went wrong, `null` for nothing. */
async function send(
  { url, deadlineMs, isAlive }: HeartbeatOptions,
  stopped: AbortSignal,
): Promise<string | null> {
  try {
    await isAlive();
  } catch (error) {
    return `held back, because no work can be done: ${explain(error)}`;
  }
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(deadlineMs)]);
    const answer = await fetch(url, { redirect: 'error', signal });
    await answer.body?.cancel();
    return answer.ok ? null : `refused with status ${answer.status}`;
  } catch (error) {
    // Its words may name the address.
    return `not taken: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer within the deadline';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}
