import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const answer = '/out/SalesAck_20240611_153000.csv';

let slept: number;
let exchange: Exchange;
beforeEach(async () => {
  slept = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + slept };
  exchange = await startExchange({
    clock,
    adjust: (config) => {
      config.storage.lease = '1m';
    },
  });
});
afterEach(() => exchange.stop());

const spooled = () => readdir(join(exchange.folder, 'ledger', 'spool'));

it('sends nothing more once it stood still for longer than its lease, and goes on later without doing anything twice', async () => {
  const { servify } = exchange.rehearsal;
  await exchange.drop(name, csv([sale(1)]));
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
  expect(rowsOf(await exchange.read(answer)).map((row) => row['Result'])).toEqual(['Accepted']);
});

it('leaves nothing of its own behind once it stood still while it wrote the answer, and nothing of others is touched', async () => {
  await exchange.drop(name, csv([sale(1)]));
  const { reached, goOn } = holdBack(exchange);
  const polling = exchange.poll();
  await reached;
  slept = 61_000;
  const others = join(exchange.folder, 'ledger', 'spool', 'arrival-1.2.acknowledgement');
  await writeFile(others, 'the draft of whoever has taken over');
  goOn();
  expect((await polling).waitsFor).toMatchObject({ code: 'LEDGER_STALE' });
  expect(await spooled()).toEqual(['arrival-1.2.acknowledgement']);
  expect(await exchange.list('/out')).not.toContain('SalesAck_20240611_153000.csv');
  await exchange.poll();
  expect(await spooled()).toEqual([]);
  expect(await exchange.list('/out')).toEqual(['SalesAck_20240611_153000.csv']);
});

it('leaves nothing behind even when it was killed after others had finished: the next start removes it', async () => {
  await exchange.drop(name, csv([sale(1)]));
  await exchange.poll();
  await writeFile(join(exchange.folder, 'ledger', 'spool', 'arrival-1.1.acknowledgement'), 'a draft');
  await exchange.restart();
  expect(await spooled()).toEqual([]);
});

/** Stands still when the answer has got its name and nothing of it is written yet. */
function holdBack({ app }: Exchange) {
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const { planAnswers } = app.ledger;
  app.ledger.planAnswers = async (...args) => {
    await planAnswers(...args);
    reached.resolve();
    await held.promise;
  };
  return { reached: reached.promise, goOn: held.resolve };
}
