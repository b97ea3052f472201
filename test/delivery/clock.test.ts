import { afterEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { lost, type Rig, said, startRig, unreachable } from './parts.ts';

const hour = 3_600_000;
const quietPeriodMs = 5000;

describe('a clock that is set while a row is in doubt', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  /** Leaves a row in doubt: its look-up finds the target away. */
  async function inDoubt() {
    rig = await startRig(undefined, { retry: { attempts: 1, firstMs: 10, mostMs: 1000 } });
    rig.replies.set('make', [lost, said(true)]);
    rig.replies.set('find', [unreachable, said(true)]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    rig.clock.slept.length = 0;
    return arrival;
  }

  it.each([
    ['forward', hour],
    ['back', -hour],
  ])('%s: the next look-up waits one whole quiet period, no less and no more', async (_where, by) => {
    const arrival = await inDoubt();
    rig.clock.jump(by);
    await rig.deliver(arrival);
    expect(rig.clock.slept).toEqual([quietPeriodMs]);
    expect(rig.calls.map(({ operation }) => operation)).toEqual(['make', 'find', 'find']);
  });

  it('not at all: what is long ago is waited for no more', async () => {
    const arrival = await inDoubt();
    rig.clock.pass(hour);
    await rig.deliver(arrival);
    expect(rig.clock.slept).toEqual([]);
  });

  it('long before: a time that this process cannot judge counts as now', async () => {
    const arrival = await inDoubt();
    rig.clock.pass(hour);
    rig.clock.jump(0);
    rig.clock.pass(quietPeriodMs - 1);
    await rig.deliver(arrival);
    expect(rig.clock.slept).toEqual([1]);
  });
});

describe('a clock that is set back', () => {
  let rig: Rig;
  afterEach(() => rig.close());
  const made = () => rig.calls.length;

  it('makes no rest longer than the target asked for', async () => {
    rig = await startRig();
    const slow = new TidegateError('CALL_THROTTLED', 'slow', { retry: 'later', retryAfterMs: 900 });
    rig.replies.set('make', [slow, said(true)]);
    rig.during = () => {
      rig.during = () => undefined;
    };
    const arrival = await rig.stage([{ line: 2 }]);
    const sleep = rig.clock.sleep.bind(rig.clock);
    rig.clock.sleep = async (ms, signal) => {
      if (made() === 1 && rig.clock.slept.length === 0) rig.clock.jump(-hour);
      return sleep(ms, signal);
    };
    await rig.deliver(arrival);
    expect(Math.max(...rig.clock.slept)).toBeLessThanOrEqual(900);
    expect(made()).toBe(2);
  });

  it('does not hold calls back for as long as that when the target counts as down', async () => {
    rig = await startRig(undefined, {
      breaker: { failures: 1, pauseMs: 60_000 },
      retry: { attempts: 1, firstMs: 10, mostMs: 1000 },
    });
    rig.replies.set('make', [unreachable, said(true)]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    expect(made()).toBe(1);
    rig.clock.jump(-hour);
    await rig.deliver(arrival);
    expect(made()).toBe(2);
  });

  it('does not stop a rate', async () => {
    rig = await startRig(undefined, { rate: { calls: 2, perMs: 1000 }, concurrency: 1 });
    const arrival = await rig.stage([2, 3, 4, 5, 6].map((line) => ({ line })));
    rig.during = ({ at }) => {
      if (made() === 2) rig.clock.jump(-hour);
      expect(at).toBeLessThan(2_000_000);
    };
    await rig.deliver(arrival);
    expect([made(), rig.clock.slept]).toEqual([5, [1000]]);
  });
});

it('a rate lets no more calls begin within its span than it says', async () => {
  const rig = await startRig(undefined, { rate: { calls: 2, perMs: 1000 }, concurrency: 1 });
  const arrival = await rig.stage([2, 3, 4, 5, 6].map((line) => ({ line })));
  await rig.deliver(arrival);
  const times = rig.calls.map(({ at }) => at - (rig.calls[0]?.at ?? 0));
  expect(times).toEqual([0, 0, 1000, 1000, 2000]);
  await rig.close();
});
