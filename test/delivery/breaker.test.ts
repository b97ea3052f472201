import { beforeEach, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { type Breaker, createBreaker } from '../../src/delivery/breaker.ts';
import { HeldClock, unreachable } from './parts.ts';

let clock: HeldClock;
let breaker: Breaker;
beforeEach(() => {
  clock = new HeldClock();
  breaker = createBreaker({ failures: 2, pauseMs: 1000 }, clock);
});

const held = (): TidegateError => new TidegateError('STOPPED', 'held back');
const call = (outcome: () => Promise<string>) =>
  breaker.run(outcome, held).catch((error: unknown) => (error as TidegateError).code);
const good = async () => 'good';
const refused = async (): Promise<string> => {
  throw new TidegateError('CALL_FAILED', 'refused', { retry: 'never' });
};
const bad = async (): Promise<string> => {
  throw unreachable;
};
const outcomes = async (...calls: (() => Promise<string>)[]): Promise<string[]> => {
  const said: string[] = [];
  for (const each of calls) said.push(await call(each));
  return said;
};

it('holds calls back after so many failures in a row, whatever came between that says nothing', async () => {
  expect(await outcomes(bad, good, bad, refused, bad)).toEqual([
    'TARGET_DOWN',
    'good',
    'TARGET_DOWN',
    'CALL_FAILED',
    'TARGET_DOWN',
  ]);
  expect([breaker.isOpen(), await call(good)]).toEqual([true, 'STOPPED']);
});

it('lets one call show whether the target is back, and the others wait for that', async () => {
  await outcomes(bad, bad);
  clock.pass(1000);
  let made = 0;
  let answer = (_: string): void => {};
  const slow = () =>
    new Promise<string>((resolve) => {
      made++;
      answer = resolve;
    });
  const calls = [call(slow), call(good), call(good)];
  await Promise.resolve();
  expect([made, breaker.isOpen()]).toEqual([1, true]);
  answer('back');
  expect(await Promise.all(calls)).toEqual(['back', 'good', 'good']);
  expect(breaker.isOpen()).toBe(false);
});

it('holds calls back for another pause when it is not back', async () => {
  await outcomes(bad, bad);
  clock.pass(1000);
  expect(await Promise.all([call(bad), call(good)])).toEqual(['TARGET_DOWN', 'STOPPED']);
  clock.pass(999);
  expect(await call(good)).toBe('STOPPED');
  clock.pass(1);
  expect(await outcomes(refused, bad, good)).toEqual(['CALL_FAILED', 'TARGET_DOWN', 'good']);
});

it('is not opened anew by calls that had left before', async () => {
  await outcomes(bad);
  const slow: (() => void)[] = [];
  const late = () => new Promise<string>((_, reject) => slow.push(() => reject(unreachable)));
  const under = [call(late), call(late)];
  await Promise.resolve();
  slow[0]?.();
  await under[0];
  clock.pass(900);
  slow[1]?.();
  await under[1];
  clock.pass(100);
  expect(await call(good)).toBe('good');
});
