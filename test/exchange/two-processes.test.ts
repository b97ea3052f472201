import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRemote, openTarget } from '../../src/app/implementations.ts';
import { systemClock } from '../../src/base/clock.ts';
import { always } from '../../src/base/permit.ts';
import { poll } from '../../src/exchange/inbound.ts';
import { roomIn } from '../../src/exchange/room.ts';
import { openSpool } from '../../src/exchange/spool.ts';
import type { InboundFeed } from '../../src/exchange/types.ts';
import type { Owner } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { cancellation, csv, rowsOf, sale } from '../support/sales.ts';

const names = [1, 2, 3, 4].map((day) => `Sales_2024061${day}_100000.csv`);
const answerTo = (name: string): string => `/out/${name.replace('_', 'Ack_')}`;
const elsewhere: Owner = { id: 'elsewhere/1/1', leaseMs: 60_000, isGone: () => false };

describe('two processes on one ledger', () => {
  let exchange: Exchange;
  let feed: InboundFeed;
  beforeEach(async () => {
    exchange = await startExchange();
    [feed] = exchange.app.feeds as [InboundFeed];
  });
  afterEach(() => exchange.stop());

  const ledgerOfOther = () => openLedger({ file: join(exchange.folder, 'ledger', 'ledger.db') });
  const sightingOf = (name: string) => ({
    ...{ partner: feed.partner, feed: feed.name, folder: feed.folders.in, name, size: 1, modifiedAt: 1 },
  });

  it('a feed waits while the other process works on an earlier file of it, and tells nobody', async () => {
    const other = await ledgerOfOther();
    const held = await other.claim(sightingOf('Sales_20240610.csv'), elsewhere, Date.now());
    if (!held) throw new Error('not claimed');
    await exchange.drop(names[0] ?? '', csv([sale(1)]));

    const { arrivals, waitsFor } = await exchange.poll();
    expect([arrivals, waitsFor]).toEqual([[], expect.objectContaining({ code: 'ARRIVAL_WAITS' })]);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);

    await other.withdrawn(held, 'vanished', Date.now());
    await other.close();
    expect((await exchange.poll()).arrivals.map(({ state }) => state)).toEqual(['settled']);
  });

  it('goes on with a file of a process that is gone before it takes new ones', async () => {
    const other = await ledgerOfOther();
    await exchange.drop(names[0] ?? '', csv([sale(1)]));
    await other.claim(sightingOf(names[1] ?? ''), elsewhere, Date.now() - elsewhere.leaseMs);
    await other.close();
    const { arrivals } = await exchange.poll();
    expect(arrivals.map(({ name, state }) => [name, state])).toEqual([
      [names[1], 'withdrawn'],
      [names[0], 'settled'],
    ]);
  });

  it('keep the order of a contract over files, however they take turns', async () => {
    const renewed = { 'External Contract ID': 'C-1', 'Action Type': 'Reactivation' };
    const actions = [sale(1), cancellation(1), renewed, sale(2)];
    for (const [index, name] of names.entries()) await exchange.drop(name, csv([actions[index] ?? {}]));

    const { config } = exchange.app;
    const [partner, target] = [config.partners['acme'], config.targets['servify']];
    if (!partner || !target) throw new Error('the rehearsal is configured otherwise');
    const remote = await openRemote(partner, systemClock);
    const ports = {
      ledger: await ledgerOfOther(),
      ...{ remote, remoteOf: () => remote },
      target: openTarget(target, systemClock),
      spool: await openSpool(join(exchange.folder, 'ledger', 'spool')),
      room: roomIn(exchange.folder, 1),
      clock: systemClock,
      owner: elsewhere,
      host: 'elsewhere',
      pause: async () => null,
      signal: new AbortController().signal,
      permit: always,
      report: () => undefined,
    };
    for (let turn = 0; turn < 50 && (await exchange.list('/in')).length > 0; turn++)
      await Promise.all([exchange.poll(), poll(feed, new Map(), ports)]);
    await Promise.all([ports.remote.close(), ports.target.close()]);
    await ports.ledger.close();

    for (const name of names)
      expect(rowsOf(await exchange.read(answerTo(name))).map((row) => row['Result'])).toEqual(['Accepted']);
    const arrivals = await exchange.app.ledger.arrivals({ limit: 100, states: ['settled'] });
    expect(arrivals.map(({ name }) => name).reverse()).toEqual(names);
  });
});
