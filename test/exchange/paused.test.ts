import { expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

it('sends nothing more once it stood still for longer than its lease, and goes on later without doing anything twice', async () => {
  let slept = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + slept };
  const exchange = await startExchange({
    clock,
    adjust: (config) => {
      config.storage.lease = '1m';
    },
  });
  const { servify } = exchange.rehearsal;
  await exchange.drop('Sales_20240611_153000.csv', csv([sale(1)]));
  servify.faults.next('Contract/checkEligibility', { kind: 'late', ms: 300 });
  const polling = exchange.poll();
  await expect.poll(() => servify.calls.get('Contract/checkEligibility')).toBe(1);
  // The machine sleeps while the read that goes first is under way.
  slept = 61_000;
  expect((await polling).waitsFor).toMatchObject({ code: 'LEDGER_STALE' });
  expect(servify.calls.get('Contract/createContract')).toBeUndefined();
  expect(exchange.rehearsal.mail.messages()).toEqual([]);
  // A warning: whoever has taken over goes on, and nobody has to act.
  const said: { code?: string; level: number }[] = exchange.log.map((line) => JSON.parse(line));
  expect(said.find(({ code }) => code === 'LEDGER_STALE')?.level).toBe(40);

  await exchange.poll();
  expect([...servify.effects.values()]).toEqual([1]);
  const answer = rowsOf(await exchange.read('/out/SalesAck_20240611_153000.csv'));
  expect(answer.map((row) => row['Result'])).toEqual(['Accepted']);
  await exchange.stop();
});
