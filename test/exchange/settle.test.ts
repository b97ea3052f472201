import { link, readdir, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const done = `${name}.done`;
const first = csv([sale(1), sale(2)]);

describe('filing the source away', () => {
  let exchange: Exchange;
  afterEach(() => exchange.stop());

  /** As far as the answer; the move of the source fails once. */
  async function answeredButNotFiled(adjust?: (config: Yaml) => void): Promise<void> {
    exchange = await startExchange(adjust ? { adjust } : {});
    await exchange.drop(name, first);
    await exchange.drop(done, '');
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' }, { path: /^\/in\/Sales/ });
    await exchange.poll();
    expect((await exchange.app.ledger.arrival(1))?.state).toBe('acknowledged');
  }
  const withDoneFile = (config: Yaml): void => {
    config.feeds['acme-sales'].stable = { doneFile: '{name}.done' };
  };
  const inFolder = (...parts: string[]): string => join(exchange.root, ...parts);
  const goneNotices = async () =>
    (await exchange.app.ledger.notices(1)).filter(({ body }) => body.includes('REMOTE_MISSING'));

  it('leaves the done-file of a new drop that came meanwhile, so that it is taken next', async () => {
    await answeredButNotFiled(withDoneFile);
    await exchange.drop(name, csv([sale(3)]));
    await exchange.drop(done, '');
    await exchange.poll();
    await exchange.poll();
    const arrivals = await exchange.app.ledger.arrivals({ limit: 10 });
    expect(arrivals.map(({ state, counts }) => [state, counts.accepted])).toEqual([
      ['settled', 1],
      ['settled', 2],
    ]);
    expect(await exchange.list('/in')).toEqual([]);
  });

  it('clears the done-file away when the source was filed in an earlier life', async () => {
    await answeredButNotFiled(withDoneFile);
    await exchange.drop(done, '');
    await rename(inFolder('in', name), inFolder('processed', name));
    await exchange.poll();
    expect(await exchange.list('/in')).toEqual([]);
    expect(await goneNotices()).toEqual([]);
  });

  it('takes the next free name when somebody took the planned one meanwhile', async () => {
    await answeredButNotFiled();
    await writeFile(inFolder('processed', name), 'of somebody else');
    await exchange.poll();
    expect((await readdir(inFolder('processed'))).sort()).toEqual([name, 'Sales_20240611_153000~1.csv']);
    expect(await exchange.read(`/processed/${name}`)).toBe('of somebody else');
    expect(await exchange.app.ledger.arrival(1)).toMatchObject({
      state: 'settled',
      settleAs: '/processed/Sales_20240611_153000~1.csv',
    });
  });

  it('clears the source away when a crash left it at both places', async () => {
    await answeredButNotFiled();
    await link(inFolder('in', name), inFolder('processed', name));
    await exchange.poll();
    expect([await exchange.list('/in'), await exchange.list('/processed')]).toEqual([[done], [name]]);
    expect(await exchange.app.ledger.arrival(1)).toMatchObject({
      state: 'settled',
      settleAs: `/processed/${name}`,
    });
  });

  it('does not stop at a second name that is taken as well', async () => {
    await answeredButNotFiled();
    for (const taken of [name, 'Sales_20240611_153000~1.csv'])
      await writeFile(inFolder('processed', taken), 'of somebody else');
    await exchange.poll();
    expect((await exchange.app.ledger.arrival(1))?.state).toBe('settled');
    expect(await exchange.list('/in')).toEqual([done]);
    expect(await exchange.list('/processed')).toHaveLength(3);
  });

  it('does not take a file of another size under the planned name for its own', async () => {
    await answeredButNotFiled();
    await unlink(inFolder('in', name));
    await writeFile(inFolder('processed', name), 'of somebody else');
    await exchange.poll();
    expect((await exchange.app.ledger.arrival(1))?.state).toBe('settled');
    expect(await goneNotices()).toHaveLength(1);
  });
});
