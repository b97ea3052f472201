import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

const hour = 3_600_000;

describe('a feed that waits for a file in the hands of another process', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange();
    await exchange.drop('Sales_20240612.csv', csv([sale(1)]));
  });
  afterEach(() => exchange.stop());

  /** A process on another host has had a file for so long, and lives. */
  const heldFor = async (ms: number): Promise<void> => {
    const ledger = await openLedger({ file: join(exchange.folder, 'ledger', 'ledger.db') });
    const sighting = { partner: 'acme', feed: 'acme-sales', folder: '/in', size: 1, modifiedAt: 1 };
    const owner = { id: 'elsewhere/1/1', leaseMs: ms + 30_000, isGone: () => false };
    await ledger.claim({ ...sighting, name: 'Sales_20240611.csv' }, owner, Date.now() - ms);
    await ledger.close();
  };
  const mails = () => exchange.rehearsal.mail.messages();

  it('says nothing while that is a matter of course', async () => {
    await heldFor(hour / 2);
    expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'ARRIVAL_WAITS' });
    expect(mails()).toEqual([]);
  });

  it('tells people after an hour for which one, and what to look at', async () => {
    await heldFor(hour + 60_000);
    await exchange.poll();
    await exchange.poll();
    expect(mails().map(({ subject }) => subject)).toEqual([
      'acme: feed acme-sales has been waiting for another file for more than an hour',
    ]);
    expect(mails()[0]?.text).toMatch(/arrival 1\b[\s\S]*tidegate show 1\b/);
  });
});
