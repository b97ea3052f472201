import { describe, expect, it } from 'vitest';
import { type Tried, untilDone } from '../../src/app/try-again.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { Pause } from '../../src/ledger/port.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const done: Tried = { waitsFor: null, paused: null };
const waits = (retry: 'later' | 'never'): Tried => ({
  waitsFor: new TidegateError('REMOTE_UNREACHABLE', 'nobody answers', { retry }),
  paused: null,
});
const paused: Tried = { waitsFor: null, paused: {} as Pause };

/** Minutes after the first run at which it ran. */
async function minutes(outcomes: readonly Tried[], mayRunAt: (at: number) => boolean = () => true) {
  const clock = new SimulatedClock('2024-06-11T00:00:00Z');
  const begun = clock.now();
  const ran: number[] = [];
  const stopping = new AbortController();
  const run = async (): Promise<Tried> => {
    const outcome = outcomes[Math.min(ran.length, outcomes.length - 1)] ?? done;
    ran.push((clock.now() - begun) / 60_000);
    return outcome;
  };
  const working = untilDone(run, { mayRunAt }, clock, stopping.signal);
  await clock.passUntil('2024-06-11T01:10:00Z');
  stopping.abort();
  await working;
  return ran;
}

describe('what could not be done', () => {
  it('is tried again after pauses that grow up to a quarter of an hour, until the signal', async () => {
    expect(await minutes([waits('later')])).toEqual([0, 1, 3, 7, 15, 30, 45, 60]);
  });

  it('is tried until it is done', async () => {
    expect(await minutes([waits('later'), waits('later'), done])).toEqual([0, 1, 3]);
  });

  it('waits for its next time where trying again cannot help', async () => {
    expect(await minutes([waits('never')])).toEqual([0]);
    expect(await minutes([done])).toEqual([0]);
  });

  it('goes on when the pause of a person has ended', async () => {
    expect(await minutes([paused, paused, done])).toEqual([0, 1, 3]);
  });

  it('rests on days that its calendar leaves out', async () => {
    const from = Date.parse('2024-06-11T00:20:00Z');
    expect(await minutes([waits('later'), done], (at) => at >= from)).toEqual([0, 30]);
  });
});
