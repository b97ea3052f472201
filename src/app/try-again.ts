/** What is seldom due and could not be done is not left until it is due again: a month may lie between. */
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { Pause } from '../ledger/port.ts';
import type { Times } from '../schedule/times.ts';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

export interface Tried {
  /** What it has to wait for; `null` when all is done. */
  waitsFor: unknown;
  /** The pause of a person that holds it. */
  paused: Pause | null;
}

/** Runs until nothing is left that may be done later, with growing pauses, and only on days on which it may run. @param signal ends the waiting; whatever runs is awaited */
export async function untilDone(
  run: () => Promise<Tried>,
  { mayRunAt }: Pick<Times, 'mayRunAt'>,
  clock: Pick<Clock, 'now' | 'sleep'>,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (mayBeDoneLater(await run())) {
    do {
      const slept = await clock.sleep(pauseMs, signal).then(
        () => true,
        () => false,
      );
      if (!slept) return;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    } while (!mayRunAt(clock.now()));
  }
}

const mayBeDoneLater = ({ waitsFor, paused }: Tried): boolean =>
  paused !== null || (waitsFor instanceof TidegateError && waitsFor.retry === 'later');
