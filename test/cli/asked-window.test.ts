import { expect, it } from 'vitest';
import { askedWindow } from '../../src/cli/asked-window.ts';
import type { ExportPlan } from '../../src/exchange/exports/types.ts';

/** Of a plan that reads rows: any times will do. */
const ask = (timeZone: string, from: string, to: string) => {
  const plan = { name: 'sales', windows: { timeZone }, source: { kind: 'rows' } };
  return askedWindow([plan as ExportPlan], { from, to }, Date.parse('2027-01-01T00:00:00Z'));
};

it('refuses a time over which clocks are set forward, and says the one that they show then', () => {
  expect(() => ask('Europe/Berlin', '2026-03-29T02:30', '2026-03-30')).toThrowError(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining('no clock of Europe/Berlin shows "2026-03-29T02:30"'),
      expected: expect.stringContaining('2026-03-29 03:00:00 Europe/Berlin'),
    }),
  );
});

it.each([
  ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-03-29T02:30:00Z', '2026-03-29T02:30:00Z'],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z'],
  ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00Z'],
])('on a clock of %s %s is %s', (timeZone, from, begin) => {
  expect(ask(timeZone, from, '2026-05-01')?.from).toBe(Date.parse(begin));
});
