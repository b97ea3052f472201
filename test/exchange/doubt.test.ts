import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { cancellation, csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const ack = '/out/SalesAck_20240611_153000.csv';
const create = 'Contract/createContract';

describe('a call whose answer was lost', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.deadline = '500ms';
      },
    });
  });
  afterEach(() => exchange.stop());

  const outcome = async (): Promise<(string | undefined)[]> => {
    await exchange.poll();
    return rowsOf(await exchange.read(ack)).map((row) => row['Result']);
  };
  const effects = (): number[] => [...exchange.rehearsal.servify.effects.values()];

  it('is looked up, found to have happened, and not sent again', async () => {
    exchange.rehearsal.servify.faults.next(create, { kind: 'drop-after' });
    await exchange.drop(name, csv([sale(1)]));
    expect(await outcome()).toEqual(['Accepted']);
    expect(effects()).toEqual([1]);
    expect(rowsOf(await exchange.read(ack))[0]?.['Created Sold Plan Code']).toMatch(/^\w+$/);
    const attempts = await exchange.app.ledger.attempts(1);
    expect(attempts.map(({ purpose, outcome: how }) => [purpose, how])).toEqual([
      ['write', 'in-doubt'],
      ['lookup', 'accepted'],
    ]);
  });

  it('is sent again once the look-up finds nothing', async () => {
    exchange.rehearsal.servify.faults.next(create, { kind: 'drop-before' });
    await exchange.drop(name, csv([sale(1)]));
    expect(await outcome()).toEqual(['Accepted']);
    expect(effects()).toEqual([1]);
    expect(exchange.rehearsal.servify.calls.get('Contract/getContractInfo')).toBe(1);
  });

  it.each<Fault>([
    { kind: 'mute' },
    { kind: 'garbage' },
    { kind: 'wrong-schema' },
    { kind: 'huge' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 500, errorCode: 'SM.WTR.500' },
  ])('is treated the same when the answer is $kind', async (fault) => {
    exchange.rehearsal.servify.faults.next(create, fault);
    await exchange.drop(name, csv([sale(1)]));
    expect(await outcome()).toEqual(['Accepted']);
    expect(effects()).toEqual([1]);
    expect(exchange.rehearsal.servify.calls.get('Contract/getContractInfo')).toBe(1);
  });

  it('waits the quiet period, so that a late commit is seen', async () => {
    await exchange.stop();
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.deadline = '200ms';
        config.targets.servify.quietPeriod = '1s';
      },
    });
    exchange.rehearsal.servify.faults.next(create, { kind: 'late', ms: 600 });
    await exchange.drop(name, csv([sale(1)]));
    expect(await outcome()).toEqual(['Accepted']);
    expect(effects()).toEqual([1]);
  });

  it('is parked where the operation can neither be looked up nor repeated, and what builds on it is rejected unsent', async () => {
    exchange.rehearsal.servify.faults.next('Contract/cancelContract', { kind: 'drop-after' });
    const reactivation = { 'External Contract ID': 'C-1', 'Action Type': 'Reactivation' };
    await exchange.drop(name, csv([sale(1), cancellation(1), reactivation, sale(2)]));
    const held = 'Held for a decision: do not send it again; the outcome follows in a supplement';
    expect(await outcome()).toEqual(['Accepted', held, 'Rejected', 'Accepted']);
    expect((await exchange.app.ledger.arrival(1))?.counts).toMatchObject({
      rows: 4,
      accepted: 2,
      parked: 1,
      rejected: 1,
    });
    expect(exchange.rehearsal.servify.calls.get('Contract/reactivate')).toBeUndefined();
    expect(
      exchange.rehearsal.mail
        .messages()
        .map(({ subject }) => subject)
        .join(),
    ).toMatch(/parked|held/i);
  });

  it('is found out about by the next process, before anything is sent', async () => {
    exchange.rehearsal.servify.faults.next(create, { kind: 'drop-after' });
    exchange.rehearsal.servify.faults.next('Contract/getContractInfo', { kind: 'status', status: 503 }, 3);
    await exchange.drop(name, csv([sale(1)]));
    const { arrivals, waitsFor } = await exchange.poll();
    expect([arrivals[0]?.state, waitsFor]).toEqual(['staged', expect.anything()]);
    await exchange.restart();
    expect(await outcome()).toEqual(['Accepted']);
    expect(effects()).toEqual([1]);
    expect(exchange.rehearsal.servify.calls.get(create)).toBe(1);
  });
});

describe('a target with limits and troubles', () => {
  let exchange: Exchange;
  afterEach(() => exchange.stop());

  it('is asked again after the time it named, and nothing is lost or done twice', async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.retry.most = '5s';
      },
    });
    exchange.rehearsal.servify.faults.next(create, { kind: 'throttle', retryAfter: '1' }, 2);
    await exchange.drop(name, csv([sale(1), sale(2), sale(3)]));
    await exchange.poll();
    expect(rowsOf(await exchange.read(ack)).map((row) => row['Result'])).toEqual([
      'Accepted',
      'Accepted',
      'Accepted',
    ]);
    expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1, 1]);
  });

  it('gets a new session when the old one is over, in the middle of a file', async () => {
    exchange = await startExchange();
    exchange.rehearsal.servify.faults.next(create, { kind: 'expire-token' });
    await exchange.drop(name, csv([sale(1), sale(2)]));
    await exchange.poll();
    expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
  });

  it('may be down: the file waits unharmed, and goes on where it stopped', async () => {
    exchange = await startExchange();
    await exchange.drop(name, csv([sale(1), sale(2)]));
    exchange.rehearsal.servify.faults.next('Contract/checkEligibility', { kind: 'status', status: 503 }, 3);
    const first = await exchange.poll();
    expect(first.arrivals[0]?.state).toBe('staged');
    expect(await exchange.list('/in')).toEqual([name]);
    expect(await exchange.list('/out')).toEqual([]);
    await vi.waitFor(async () => {
      await exchange.poll();
      expect(await exchange.list('/processed')).toEqual([name]);
    });
    expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
  });

  describe('that leads elsewhere', () => {
    let elsewhere: Server;
    let asked: string[];
    beforeEach(async () => {
      asked = [];
      elsewhere = createServer((request, response) => {
        asked.push(JSON.stringify(request.headers));
        response.end('{}');
      }).listen(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      exchange = await startExchange();
      await exchange.drop(name, csv([sale(1)]));
    });
    afterEach(() => elsewhere.close());

    const lead = (operation: string, status: number): void => {
      const { port } = elsewhere.address() as AddressInfo;
      const location = `http://127.0.0.1:${port}/${operation}`;
      exchange.rehearsal.servify.faults.next(operation, { kind: 'redirect', status, location });
    };

    it.each([301, 307, 308])(
      'for good (%i) is not followed: no key goes there, the file waits',
      async (status) => {
        lead('Contract/checkEligibility', status);
        const { waitsFor, arrivals } = await exchange.poll();
        expect(waitsFor).toMatchObject({ code: 'TARGET_REFUSES' });
        expect(arrivals).toMatchObject([{ state: 'staged', counts: { pending: 1 } }]);
        expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
        expect([asked, exchange.rehearsal.servify.effects.size]).toEqual([[], 0]);
      },
    );

    it.each([302, 303])('after a call (%i) is not followed: the call is looked up', async (status) => {
      lead(create, status);
      await exchange.poll();
      expect(exchange.rehearsal.servify.calls.get('Contract/getContractInfo')).toBe(1);
      expect(rowsOf(await exchange.read(ack))).toMatchObject([{ Result: 'Accepted' }]);
      expect([asked, ...exchange.rehearsal.servify.effects.values()]).toEqual([[], 1]);
    });
  });

  it('may refuse our credentials: no row pays for it', async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.clientId = '${file:keys/signature}';
      },
    });
    await exchange.drop(name, csv([sale(1)]));
    const { waitsFor, arrivals } = await exchange.poll();
    expect(waitsFor).toMatchObject({ code: 'TARGET_REFUSES' });
    expect(arrivals[0]).toMatchObject({ state: 'staged', counts: { pending: 1 } });
    expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
  });

  it('gets the rows of one contract in file order, each when the one before is over', async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.concurrency = 4;
      },
    });
    const updates = [1, 2, 3, 4].map((n) =>
      sale(9, { 'Action Type': 'Update', City: `City ${n}`, 'Product Unique ID': 'SERIAL-0009' }),
    );
    await exchange.drop(
      name,
      csv([sale(9, { 'Product Unique ID': 'SERIAL-0009' }), ...updates, sale(1), sale(2)]),
    );
    await exchange.poll();
    expect((await exchange.app.ledger.arrival(1))?.counts).toMatchObject({ rows: 7, accepted: 7 });
    const calls = (await exchange.app.ledger.attempts(1)).sort((a, b) => a.id - b.id);
    const ofOneContract = calls.filter(({ line }) => line <= 6);
    expect(ofOneContract.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6]);
    for (const [index, { openedAt }] of ofOneContract.entries())
      expect(openedAt).toBeGreaterThanOrEqual(ofOneContract[index - 1]?.closedAt ?? 0);
  });
});
