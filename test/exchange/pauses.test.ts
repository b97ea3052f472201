import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pausable } from '../../src/ledger/port.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

let exchange: Exchange;
beforeEach(async () => {
  exchange = await startExchange();
});
afterEach(() => exchange.stop());

const word = { until: null, by: 'ann', because: 'a new layout' };
const pause = (what: Pausable, name: string, until: number | null = null) =>
  exchange.app.ledger.pause({ what, name, ...word, until }, Date.now());

it.each([
  ['feed', 'acme-sales'],
  ['partner', 'acme'],
] as const)('nothing is begun while the %s is paused, and all of it afterwards', async (what, name) => {
  await pause(what, name);
  await exchange.drop('Sales_20240611_100000.csv', csv([sale(1)]));
  const paused = await exchange.poll();
  expect(paused).toMatchObject({
    arrivals: [],
    waitsFor: null,
    paused: { what, name, because: 'a new layout' },
  });
  expect(await exchange.list('/in')).toEqual(['Sales_20240611_100000.csv']);
  await exchange.app.ledger.endPause(what, name, { by: 'ann', because: 'done' }, Date.now());
  const { arrivals, paused: still } = await exchange.poll();
  expect([arrivals.map(({ state }) => state), still]).toEqual([['settled'], null]);
});

it('the file that is being worked on ends, and the next one is not begun', async () => {
  await exchange.drop('Sales_20240611_100000.csv', csv([sale(1)]));
  await exchange.drop('Sales_20240611_110000.csv', csv([sale(2)]));
  exchange.rehearsal.servify.faults.next('Contract/checkEligibility', { kind: 'late', ms: 300 });
  const polling = exchange.poll();
  await expect.poll(() => exchange.rehearsal.servify.calls.get('Contract/checkEligibility')).toBe(1);
  await pause('feed', 'acme-sales');
  const { arrivals, paused } = await polling;
  expect(arrivals.map(({ name, state }) => [name, state])).toEqual([
    ['Sales_20240611_100000.csv', 'settled'],
  ]);
  expect(paused).not.toBeNull();
  expect(await exchange.list('/in')).toEqual(['Sales_20240611_110000.csv']);
});

it('what waited when the pause began goes on when it ends by itself', async () => {
  await exchange.drop('Sales_20240611_100000.csv', csv([sale(1)]));
  exchange.rehearsal.servify.faults.next('Contract/checkEligibility', { kind: 'status', status: 503 }, 3);
  expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'CALL_FAILED' });
  const calls = exchange.rehearsal.servify.calls.get('Contract/checkEligibility');
  await pause('feed', 'acme-sales', Date.now() + 3000);
  expect((await exchange.poll()).paused).not.toBeNull();
  expect(exchange.rehearsal.servify.calls.get('Contract/checkEligibility')).toBe(calls);
  await expect
    .poll(async () => (await exchange.poll()).arrivals.at(-1)?.state, { timeout: 15_000 })
    .toBe('settled');
});
