import { expect, it } from 'vitest';
import { nearest } from '../../src/base/nearest.ts';

it.each([
  ['emtpy', 'empty'],
  ['mapings', 'mapping'],
  ['error-treshold', 'errorThreshold'],
  ['nothing like it', undefined],
])('for %s it suggests %s', (written, meant) => {
  expect(nearest(written, ['partner', 'mapping', 'empty', 'errorThreshold'])).toBe(meant);
});
