import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freeOnDisk, roomIn } from '../../src/exchange/room.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611.csv';
const low = expect.objectContaining({ code: 'STORAGE_LOW', retry: 'later' });

it('waits when the spool cannot be used, names it as what it is, and goes on when it can', async () => {
  const exchange = await startExchange();
  const inTheWay = join(exchange.folder, 'ledger', 'spool', 'arrival-1.1.acknowledgement');
  await mkdir(join(inTheWay, 'x'), { recursive: true });
  await exchange.drop(name, csv([sale(1)]));
  await exchange.poll();
  expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
    'Tidegate cannot use its spool',
  ]);
  expect(await exchange.list('/in')).toEqual([name]);
  await rm(inTheWay, { recursive: true });
  await exchange.poll();
  expect(await exchange.list('/processed')).toEqual([name]);
  const [, over, ...more] = exchange.rehearsal.mail.messages();
  expect([over?.subject, more]).toEqual(['Over after less than a minute: Tidegate cannot use its spool', []]);
  expect(over?.text).toContain(`${name} (arrival 1 of acme-sales)`);
  await exchange.stop();
});

describe('a disk with little free space', () => {
  const MB = 1024 ** 2;
  let exchange: Exchange;
  let free = Number.POSITIVE_INFINITY;
  beforeEach(async () => {
    free = Number.POSITIVE_INFINITY;
    exchange = await startExchange({
      freeSpace: () => free,
      adjust: (config) => {
        config.storage.reserve = '10MB';
        config.limits = { maxBytes: '10KB' };
        config.targets.servify.concurrency = 1;
      },
    });
  });
  afterEach(() => exchange.stop());

  const subjects = () => exchange.rehearsal.mail.messages().map(({ subject }) => subject);
  const effects = () => [...exchange.rehearsal.servify.effects.values()];
  const states = async () => (await exchange.app.ledger.arrivals({ limit: 9 })).map(({ state }) => state);

  it('lets nothing begin: no file is claimed and no call leaves; it is told about once, and work goes on by itself', async () => {
    await exchange.drop(name, csv([sale(1)]));
    free = 10 * MB - 1;
    for (let time = 0; time < 2; time++) expect((await exchange.poll()).waitsFor).toEqual(low);
    expect(await states()).toEqual([]);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
    expect(subjects()).toEqual(['Tidegate waits for free space on its disk']);
    expect(exchange.rehearsal.mail.messages()[0]?.text).toMatch(/9\.9 MB are free.*storage\.reserve/s);
    free = 11 * MB;
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect([await states(), effects()]).toEqual([['settled'], [1]]);
    expect(subjects().slice(1)).toEqual([
      'Over after less than a minute: Tidegate waits for free space on its disk',
    ]);
  });

  it('lets no further call leave when it becomes low in the middle of a file', async () => {
    await exchange.drop(name, csv([sale(1), sale(2), sale(3)]));
    const { servify } = exchange.rehearsal;
    servify.faults.next('Contract/createContract', { kind: 'late', ms: 200 });
    const polling = exchange.poll();
    await expect.poll(() => servify.calls.get('Contract/createContract')).toBe(1);
    free = 0;
    expect((await polling).waitsFor).toEqual(low);
    // The answer of the call that had left is on record all the same: that is what the reserve is for.
    expect([await states(), effects()]).toEqual([['staged'], [1]]);
    expect((await exchange.app.ledger.arrival(1))?.counts).toMatchObject({ accepted: 1, pending: 2 });
    free = 11 * MB;
    await exchange.poll();
    expect([await states(), effects()]).toEqual([['settled'], [1, 1, 1]]);
  });

  it('leaves the answer unwritten and the source where it is', async () => {
    await exchange.drop(name, csv([sale(1)]));
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' });
    await exchange.poll();
    free = 0;
    await exchange.poll();
    expect((await exchange.list('/out')).filter((file) => !file.startsWith('.'))).toEqual([]);
    expect(await exchange.list('/in')).toEqual([name]);
    free = 11 * MB;
    await exchange.poll();
    expect(rowsOf(await exchange.read('/out/SalesAck_20240611.csv'))).toHaveLength(1);
    expect(await exchange.list('/processed')).toEqual([name]);
  });

  it('holds back a file that would not fit with its rows, but not the refusal of one that is too large for the feed', async () => {
    const text = csv([sale(1)]);
    free = 10 * MB + 10 * text.length;
    await exchange.drop(name, text);
    const { waitsFor } = await exchange.poll();
    expect([waitsFor, await states()]).toEqual([low, ['claimed']]);
    expect(waitsFor).toMatchObject({ expected: expect.stringContaining('for a file of this size') });
    free = 11 * MB;
    await exchange.poll();
    free = 10 * MB;
    await exchange.drop('Sales_20240612.csv', 'x'.repeat(11 * 1024));
    await exchange.poll();
    expect(await exchange.list('/errored')).toEqual(['Sales_20240612.csv']);
  });
});

describe('the free space of a disk', () => {
  it('is what this user may take', () => {
    expect(freeOnDisk(import.meta.dirname)).toBeGreaterThan(0);
  });

  it('cannot be told of a folder that is gone', () => {
    const gone = join(import.meta.dirname, 'gone');
    expect(() => roomIn(gone, 1).demand(0)).toThrow(expect.objectContaining({ code: 'SPOOL_FAILED' }));
  });
});
