import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/base/clock.ts';
import { startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

/** The sandbox turns calls away whose date is off by more than a quarter of an hour. */
const minutes = 4 * 60_000;

describe('a clock that is set', () => {
  it.each([
    ['forward', minutes],
    ['back', -minutes],
  ])(
    '%s during a quiet period does not let a call be sent twice that the server is still working on',
    async (_where, by) => {
      let ahead = 0;
      const clock = createClock(() => undefined, {
        wall: () => Date.now() + ahead,
        steady: () => performance.now(),
      });
      const exchange = await startExchange({
        clock,
        adjust: (config) => {
          config.targets.servify.deadline = '500ms';
          config.targets.servify.quietPeriod = '2500ms';
        },
      });
      const { servify } = exchange.rehearsal;
      servify.faults.next('Contract/createContract', { kind: 'late', ms: 1500 });
      await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
      const polling = exchange.poll();
      await expect
        .poll(async () => (await exchange.app.ledger.attempts(1)).map(({ outcome }) => outcome))
        .toEqual(['in-doubt']);
      exchange.app.drain();
      expect((await polling).waitsFor).toMatchObject({ code: 'STOPPED' });
      ahead = by;

      await exchange.restart();
      expect((await exchange.poll()).waitsFor).toBeNull();
      expect([...servify.effects.values()]).toEqual([1]);
      expect(servify.calls.get('Contract/createContract')).toBe(1);
      const answer = rowsOf(await exchange.read('/out/SalesAck_20240611.csv'));
      expect(answer.map((row) => row['Result'])).toEqual(['Accepted']);
      await exchange.stop();
    },
  );

  it('is told about in the log, once and with its size', async () => {
    const exchange = await startExchange();
    const { now } = Date;
    try {
      Date.now = () => now() + minutes;
      await exchange.poll();
      await exchange.poll();
    } finally {
      Date.now = now;
    }
    const jumps = exchange.log.filter((line) => line.includes('the clock jumped'));
    expect(jumps.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 40, msg: expect.stringMatching(/forward by (239\.9|240)/) }),
    ]);
    await exchange.stop();
  });
});
