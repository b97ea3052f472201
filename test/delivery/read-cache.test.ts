import { describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import type { CallResult } from '../../src/connectors/port.ts';
import { createReadCache } from '../../src/delivery/read-cache.ts';
import { failed, HeldClock, said } from './parts.ts';

const minute = 60_000;

/** A cache, and how often it was asked for in earnest. */
function start() {
  const clock = new HeldClock();
  const cache = createReadCache(clock);
  const asked: string[] = [];
  const read = (key: string, answer: CallResult | TidegateError = said(true), lifetime = minute) =>
    cache.read(key, lifetime, async () => {
      asked.push(key);
      return answer;
    });
  return { clock, cache, asked, read };
}

describe('an answer that is kept', () => {
  it('serves whoever asks the same within its lifetime, and says when it was read', async () => {
    const { clock, asked, read } = start();
    const readAt = clock.now();
    expect(await read('a')).toEqual({ result: said(true), keptSince: null });
    clock.pass(minute - 1);
    expect(await read('a')).toEqual({ result: said(true), keptSince: readAt });
    await read('b');
    clock.pass(1);
    expect((await read('a')).keptSince).toBeNull();
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('is as old as the asker lets it be', async () => {
    const { clock, asked, read } = start();
    await read('a', said(true), 10 * minute);
    clock.pass(2 * minute);
    await read('a', said(true), minute);
    expect(asked).toEqual(['a', 'a']);
  });

  it('is forgotten when the clock was set, back or forward', async () => {
    const { clock, asked, read } = start();
    await read('a');
    clock.jump(-3_600_000);
    await read('a');
    clock.jump(1);
    await read('a');
    expect(asked).toEqual(['a', 'a', 'a']);
  });

  it('gives way to newer ones, the one that was not used for longest first', async () => {
    const { asked, read } = start();
    for (let n = 0; n < 1000; n++) await read(`${n}`);
    await read('0');
    await read('one more');
    asked.length = 0;
    await read('0');
    await read('1');
    expect(asked).toEqual(['1']);
  });

  it('gives way to newer ones when they are large, and is not kept at all when it is larger than the cache', async () => {
    const { asked, read } = start();
    const large = (mebibytes: number): CallResult => ({
      ...said(true),
      answer: 'x'.repeat(mebibytes * 1024 * 1024),
    });
    await read('a', large(15));
    await read('b', large(15));
    await read('c', large(15));
    await read('d', large(33));
    asked.length = 0;
    for (const key of ['b', 'c', 'd', 'a']) await read(key);
    expect(asked).toEqual(['d', 'a']);
  });

  it('that has expired makes room before one that has not', async () => {
    const { clock, asked, read } = start();
    const large = { ...said(true), answer: 'x'.repeat(15 * 1024 * 1024) };
    await read('a', large, 10 * minute);
    await read('b', large, minute);
    clock.pass(2 * minute);
    await read('c', large, minute);
    asked.length = 0;
    await read('a', large, 10 * minute);
    expect(asked).toEqual([]);
  });

  it('is no failure and no refusal', async () => {
    const { asked, read } = start();
    expect((await read('a', failed)).result).toBe(failed);
    expect((await read('a', said(false, 'E1'))).result).toMatchObject({ code: 'E1' });
    expect((await read('a')).result).toMatchObject({ accepted: true });
    expect(asked).toHaveLength(3);
  });
});

describe('a read that is under way', () => {
  it('serves all who ask the same meanwhile, also when it fails for what it asks', async () => {
    const { asked, read } = start();
    const answers = await Promise.all([read('a'), read('a'), read('a')]);
    expect(answers.map(({ keptSince }) => keptSince !== null)).toEqual([false, true, true]);
    const failures = await Promise.all([read('b', failed), read('b'), read('b')]);
    expect(failures.map(({ result }) => result)).toEqual([failed, failed, failed]);
    expect(asked).toEqual(['a', 'b']);
  });

  it('that is given up by its asker is made anew, once, for the others', async () => {
    const { cache, asked, read } = start();
    const stopped = new TidegateError('STOPPED', 'stopped', { retry: 'later' });
    const given = cache.read('a', minute, () => Promise.reject(stopped));
    const others = [read('a'), read('a')];
    await expect(given).rejects.toBe(stopped);
    expect((await Promise.all(others)).map(({ result }) => result)).toEqual([said(true), said(true)]);
    expect(asked).toEqual(['a']);
  });
});
