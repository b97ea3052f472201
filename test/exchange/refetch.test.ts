import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const content = csv([sale(1)]);
const sameSize = csv([sale(2)]);

describe('a file that was fetched and lost from the spool before it was read', () => {
  let exchange: Exchange;
  afterEach(() => exchange.stop());

  /** As an earlier process left it that was killed, on a disk that was then wiped. */
  async function fetchedBefore(maxBytes?: number): Promise<void> {
    exchange = await startExchange({
      adjust: (config) => {
        if (maxBytes !== undefined) config.limits = { maxBytes: `${maxBytes}B` };
      },
    });
    await exchange.drop(name, content);
    const { ledger } = exchange.app;
    const { size, mtimeMs } = await stat(join(exchange.root, 'in', name));
    const modifiedAt = Math.floor(mtimeMs / 1000) * 1000;
    const sighting = { partner: 'acme', feed: 'acme-sales', folder: '/in', name, size, modifiedAt };
    const owner = { id: 'elsewhere/1/1', leaseMs: 1, isGone: () => false };
    const arrival = await ledger.claim(sighting, owner, 0);
    if (!arrival) throw new Error('it was not claimed');
    const sha256 = createHash('sha256').update(content).digest('hex');
    await ledger.fetched(arrival, { bytes: size, sha256 }, 0);
  }
  const arrivals = async () =>
    (await exchange.app.ledger.arrivals({ limit: 10 })).map(({ state, problem }) => [state, problem?.code]);
  const spooled = () => readdir(join(exchange.folder, 'ledger', 'spool'));

  it('is fetched again and goes on', async () => {
    await fetchedBefore();
    await exchange.poll();
    expect(await arrivals()).toEqual([['settled', undefined]]);
  });

  it('leaves nothing in the spool when the file is another one by now', async () => {
    await fetchedBefore();
    await exchange.drop(name, sameSize);
    const { arrivals: worked } = await exchange.poll();
    expect(worked.map(({ id, state }) => [id, state])).toEqual([
      [1, 'withdrawn'],
      [2, 'settled'],
    ]);
    expect(await spooled()).toEqual([]);
  });

  it('is refused when it has become too large for a lowered limit', async () => {
    await fetchedBefore(100);
    await exchange.poll();
    expect(await arrivals()).toEqual([['settled', 'FILE_TOO_LARGE']]);
    expect(await exchange.list('/errored')).toEqual([name]);
  });

  it('is withdrawn when a larger one than the limit has taken its place, which is refused by itself', async () => {
    await fetchedBefore(Buffer.byteLength(content));
    await exchange.drop(name, csv([sale(1), sale(2)]));
    await exchange.poll();
    expect(await arrivals()).toEqual([
      ['settled', 'FILE_TOO_LARGE'],
      ['withdrawn', undefined],
    ]);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
  });
});
