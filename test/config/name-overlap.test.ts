import { expect, it } from 'vitest';
import { namesOverlap } from '../../src/config/name-overlap.ts';

it.each([
  ['Ack_{stamp}.csv', 'Ack_{stamp}.csv', true],
  ['Ack_{stamp}.csv', 'ACK_{stamp}*.csv', true],
  ['Ack_{stamp}.csv', '*.csv', true],
  ['Ack_{stamp}.csv', 'Ack_20*_0900*.csv', true],
  ['Ack_{stamp}.csv', 'Ack_2024*x.csv', false],
  ['{split}-Ack_{stamp}.csv', 'US-Ack_{stamp}.csv', true],
  ['{split}.csv', 'a.b.csv', false],
  ['AckSuccess_{stamp}*.csv', 'AckFailure_{stamp}*.csv', false],
  ['Ack_{stamp}.csv', 'Ack_{stamp}.csv.gz', false],
  ['Ack*', '*ck_{stamp}.csv.gz', true],
  ['a*b*c', '*bb*', true],
  ['a*b', 'a*c', false],
  ['a*', 'b*', false],
])('that %s and %s may be names of one file is %s', (one, other, may) => {
  expect(namesOverlap(one, other)).toBe(may);
  expect(namesOverlap(other, one)).toBe(may);
});
