import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611.csv';
const create = 'Contract/createContract';
const { pragma } = Database.prototype;

describe('a ledger that takes nothing any more while the work goes on', () => {
  let exchange: Exchange;
  /** The connection of the app to its ledger. */
  let database: Database.Database;
  beforeEach(async () => {
    Database.prototype.pragma = function (this: Database.Database, ...args) {
      database = this;
      return pragma.apply(this, args);
    };
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.deadline = '1s';
      },
    });
    Database.prototype.pragma = pragma;
  });
  afterEach(async () => {
    Database.prototype.pragma = pragma;
    await exchange.stop();
  });

  const readOnly = (on: boolean) => pragma.call(database, `query_only = ${on ? 'ON' : 'OFF'}`);
  const mails = () => exchange.rehearsal.mail.messages().map(({ subject }) => subject);
  const effects = () => [...exchange.rehearsal.servify.effects.values()];
  const results = async () =>
    rowsOf(await exchange.read('/out/SalesAck_20240611.csv')).map((row) => row['Result']);

  it('lets nothing begin, mails why although it cannot record that, and goes on when it takes them again', async () => {
    await exchange.drop(name, csv([sale(1)]));
    readOnly(true);
    for (let time = 0; time < 2; time++) {
      const { waitsFor, arrivals } = await exchange.poll();
      expect([waitsFor, arrivals]).toEqual([expect.objectContaining({ code: 'LEDGER_FAILED' }), []]);
    }
    expect(mails()).toEqual(['Tidegate cannot use its ledger']);
    expect(exchange.rehearsal.mail.messages()[0]?.text).toContain('the ledger cannot be written');
    expect(exchange.rehearsal.mail.messages()[0]?.messageId).toMatch(/^<tidegate-notice-unrecorded-/);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
    readOnly(false);
    await exchange.poll();
    expect([await results(), effects()]).toEqual([['Accepted'], [1]]);
    expect(mails()).toHaveLength(1);
  });

  it('makes a call whose answer it cannot take a doubt that is cleared up, and no second effect', async () => {
    const { servify } = exchange.rehearsal;
    servify.faults.next(create, { kind: 'late', ms: 300 });
    await exchange.drop(name, csv([sale(1), sale(2), sale(3)]));
    const polling = exchange.poll();
    await expect.poll(() => servify.calls.get(create)).toBeGreaterThan(0);
    readOnly(true);
    expect((await polling).waitsFor).toMatchObject({ code: 'LEDGER_FAILED' });
    const called = servify.calls.get(create);
    await exchange.poll();
    expect(servify.calls.get(create)).toBe(called);
    readOnly(false);
    await exchange.poll();
    expect([await results(), effects()]).toEqual([
      ['Accepted', 'Accepted', 'Accepted'],
      [1, 1, 1],
    ]);
  });

  it('stops wherever its file may not grow, says so, and goes on from there to the right end', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => sale(index));
    await exchange.drop(name, csv(rows));
    const stoppedAt = new Set<string | undefined>();
    for (let pages = Number(pragma.call(database, 'page_count', { simple: true })); ; pages += 2) {
      pragma.call(database, `max_page_count = ${pages}`);
      const { waitsFor, arrivals } = await exchange.poll();
      if (waitsFor === null) break;
      expect(waitsFor).toMatchObject({
        code: 'LEDGER_FAILED',
        retry: 'later',
        message: expect.stringMatching(/full/),
      });
      stoppedAt.add(arrivals[0]?.state);
    }
    expect([...stoppedAt]).toEqual(expect.arrayContaining(['fetched', 'staged']));
    expect(effects()).toEqual(rows.map(() => 1));
    expect(await results()).toEqual(rows.map(() => 'Accepted'));
    expect(await exchange.list('/processed')).toEqual([name]);
    // Where it could be put on record that time, that it is over is told too.
    const told = mails().map((subject) => subject.replace(/^Over after [^:]*: /, ''));
    expect(new Set(told)).toEqual(new Set(['Tidegate cannot use its ledger']));
  });
});
