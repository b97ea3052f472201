import { beforeEach, describe, expect, it } from 'vitest';
import { type Clock, createClock } from '../../src/base/clock.ts';

describe('a clock', () => {
  const hour = 3_600_000;
  const start = Date.UTC(2024, 5, 11);
  let wall: number;
  let steady: number;
  let jumps: number[];
  let clock: Clock;
  beforeEach(() => {
    [wall, steady, jumps] = [start, 77, []];
    clock = createClock((byMs) => jumps.push(byMs), { wall: () => wall, steady: () => steady });
  });
  const pass = (ms: number): void => {
    wall += ms;
    steady += ms;
  };

  it('has run evenly since it was made, as long as nobody sets it', () => {
    for (let step = 0; step < 5; step++) {
      pass(hour);
      clock.now();
    }
    expect([clock.now(), clock.steadySince(), jumps]).toEqual([start + 5 * hour, start, []]);
  });

  it.each([
    ['forward', hour],
    ['back', -hour],
  ])('has run evenly only since it was set %s, and tells of that once', (_where, by) => {
    pass(1000);
    wall += by;
    expect(clock.steadySince()).toBe(start + 1000 + by);
    pass(5000);
    expect(clock.steadySince()).toBe(start + 1000 + by);
    expect([clock.now(), jumps]).toEqual([start + 6000 + by, [by]]);
  });

  it('is not upset by small corrections, but by many of them', () => {
    for (const by of [400, -300, 400]) {
      wall += by;
      clock.now();
    }
    expect(jumps).toEqual([]);
    wall += 600;
    clock.now();
    expect(jumps).toEqual([1100]);
  });

  it('runs evenly on this machine', async () => {
    const real = createClock((byMs) => jumps.push(byMs));
    const since = real.steadySince();
    await real.sleep(5);
    expect([real.steadySince(), jumps]).toEqual([since, []]);
  });
});
