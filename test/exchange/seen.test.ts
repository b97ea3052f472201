import { expect, it } from 'vitest';
import { Seen } from '../../src/exchange/exports/seen.ts';

it('tells entries that are new from those that came before, as they were or otherwise', () => {
  const seen = new Seen();
  const first = Array.from({ length: 5000 }, (_, n) => seen.add(`key ${n}`, `content ${n}`));
  expect(new Set(first)).toEqual(new Set(['new']));
  const again = Array.from({ length: 5000 }, (_, n) => seen.add(`key ${n}`, `content ${n - (n % 2)}`));
  expect(again.every((one, n) => one === (n % 2 === 0 ? 'same' : 'other'))).toBe(true);
  expect(seen.size).toBe(5000);
});

it('keeps a few dozen bytes for each', () => {
  const seen = new Seen();
  const before = process.memoryUsage();
  for (let n = 0; n < 200_000; n++) seen.add(`key ${n}`, 'content');
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(200_000 * 80);
  expect(seen.size).toBe(200_000);
});
