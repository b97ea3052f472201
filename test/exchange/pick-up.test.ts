import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

describe('what is picked up', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange();
  });
  afterEach(() => exchange.stop());

  const names = async () =>
    (await exchange.app.ledger.arrivals({ limit: 100 })).map(({ name }) => name).reverse();

  it('goes by the stamp in the name, with or without a time, not more than the limit in one poll', async () => {
    await exchange.stop();
    exchange = await startExchange({
      adjust: (config) => {
        config.limits = { maxFilesPerPoll: 2 };
      },
    });
    for (const stamp of ['20240612', '20240611_090000', '20240610_235959']) {
      await exchange.drop(`Sales_${stamp}.csv`, csv([sale(Number(stamp.slice(6, 8)))]));
    }
    await exchange.poll();
    expect(await names()).toEqual(['Sales_20240610_235959.csv', 'Sales_20240611_090000.csv']);
    await exchange.poll();
    expect(await names()).toHaveLength(3);
  });

  it('goes by an own pattern, which may use what Unicode knows of letters', async () => {
    await exchange.stop();
    exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].pattern = String.raw`^\p{Lu}\p{Ll}+ (?<date>\d{8})\.csv$`;
      },
    });
    await exchange.drop('Verkäufe 20240611.csv', csv([sale(1)]));
    await exchange.poll();
    expect(await exchange.list('/processed')).toEqual(['Verkäufe 20240611.csv']);
  });

  it('leaves a file alone that is still growing, and takes it when it has settled', async () => {
    await exchange.stop();
    const whole = csv([sale(1), sale(2)]);
    // Between the two looks at the folder the partner goes on writing.
    let growing = true;
    const clock: Clock = {
      ...systemClock,
      async sleep(ms, signal) {
        if (growing) await exchange.drop('Sales_20240611.csv', whole);
        else await systemClock.sleep(ms, signal);
      },
    };
    exchange = await startExchange({ clock });
    await exchange.drop('Sales_20240611.csv', whole.slice(0, 600));
    await exchange.poll();
    expect(await names()).toEqual([]);
    growing = false;
    await exchange.poll();
    expect(await exchange.list('/processed')).toEqual(['Sales_20240611.csv']);
    expect((await exchange.app.ledger.arrivals({ limit: 1 }))[0]?.counts.accepted).toBe(2);
  });

  it('waits for the done-file where one was agreed, and clears it away afterwards', async () => {
    await exchange.stop();
    exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].stable = { doneFile: '{name}.done' };
      },
    });
    await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
    await exchange.poll();
    expect(await names()).toEqual([]);
    await exchange.drop('Sales_20240611.csv.done', '');
    await exchange.poll();
    expect(await names()).toEqual(['Sales_20240611.csv']);
    expect(await exchange.list('/in')).toEqual([]);
  });

  it('tells a person once about a file whose done-file does not come within an hour', async () => {
    await exchange.stop();
    let later = 0;
    exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].stable = { doneFile: '{name}.done' };
      },
      clock: { ...systemClock, now: () => systemClock.now() + later },
    });
    await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
    await exchange.poll();
    later = 59 * 60_000;
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
    later = 61 * 60_000;
    await exchange.poll();
    await exchange.poll();
    const mails = exchange.rehearsal.mail.messages();
    expect(mails.map(({ subject }) => subject)).toEqual([
      'acme: Sales_20240611.csv in /in is not complete after more than an hour',
    ]);
    expect(mails[0]?.text).toContain('its done-file Sales_20240611.csv.done');
  });

  it('lets names wait that say the upload is not finished', async () => {
    await exchange.drop('Sales_20240611.csv.part', csv([sale(1)]));
    await exchange.drop('.Sales_20240611.csv', csv([sale(1)]));
    await exchange.poll();
    expect(await names()).toEqual([]);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
  });

  it('keeps twins that differ by case apart', async () => {
    await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
    await exchange.drop('SALES_20240611.csv', csv([sale(2)]));
    await exchange.poll();
    expect(await exchange.list('/processed')).toEqual(['SALES_20240611.csv', 'Sales_20240611.csv']);
    expect(await exchange.list('/out')).toHaveLength(2);
  });

  it.each([
    ['a formula', '=cmd.csv'],
    ['a line break', 'Sales_2024\n0611.csv'],
    ['a right-to-left override', 'Sales_\u202e20240611.csv'],
    ['a device name', 'CON.csv'],
    ['a final dot', 'Sales_20240611.csv.'],
  ])('answers and files away a file whose name has %s, without opening it', async (_what, hostile) => {
    await exchange.drop(hostile, csv([sale(1)]));
    await exchange.poll();
    const [arrival] = await exchange.app.ledger.arrivals({ limit: 1 });
    expect(arrival).toMatchObject({ state: 'settled', sha256: null, problem: { code: 'NAME_HOSTILE' } });
    expect(await exchange.list('/errored')).toEqual(['arrival-1.csv']);
    expect(await exchange.list('/out')).toEqual(['SalesAck_arrival-1.csv']);
    const [row] = rowsOf(await exchange.read('/out/SalesAck_arrival-1.csv'));
    expect(row).toMatchObject({ 'Status Code': 'NAME_HOSTILE' });
    expect(row?.['Fix']).not.toBe('');
    const [mail, ...others] = exchange.rehearsal.mail.messages();
    expect(others).toEqual([]);
    expect(`${mail?.subject}${mail?.text}`).not.toMatch(/[\u202e]|^=cmd/m);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
  });

  it.each([
    ['is a path', '../../config/keys/sftp'],
    ['is too long to exist', `${'x'.repeat(300)}.csv`],
    ['holds a NUL', 'Sales_20240611.csv\0.csv'],
  ])('answers a name that %s by its number, once, and never touches it', async (_what, forged) => {
    const entries = [{ name: forged, mode: 0o100644, size: 5 }];
    const listings = 4; // two polls that look twice each
    for (let look = 0; look < listings; look++) {
      exchange.rehearsal.sftp.faults.next('READDIR', { answer: 'entries', entries });
      exchange.rehearsal.sftp.faults.next('READDIR', { answer: 'eof' });
    }
    const before = await filesApartFromOurs();
    expect(before).toHaveProperty('config/keys/sftp');
    await exchange.poll();
    await exchange.poll();
    const arrivals = await exchange.app.ledger.arrivals({ limit: 10 });
    expect(arrivals).toMatchObject([{ state: 'settled', disposition: 'left' }]);
    expect(await exchange.list('/out')).toEqual(['SalesAck_arrival-1.csv']);
    expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
    expect(await filesApartFromOurs()).toEqual(before);
    expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
  });

  /** Every file with its time and content, save those where the ledger, the answers and the mails lie. */
  async function filesApartFromOurs(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const entry of await readdir(exchange.folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const shown = relative(exchange.folder, path);
      if (!entry.isFile() || /^(?:ledger|mail|partner\/out)\//.test(shown)) continue;
      found[shown] = `${(await stat(path)).mtimeMs} ${await readFile(path, 'latin1')}`;
    }
    return found;
  }

  it('ignores folders, links and names of no feed, and tells a person once', async () => {
    await mkdir(join(exchange.rehearsal.partnerRoot, 'in', 'Sales_20240101.csv'));
    await writeFile(join(exchange.folder, 'secret'), 'x');
    await symlink(
      join(exchange.folder, 'secret'),
      join(exchange.rehearsal.partnerRoot, 'in', 'Sales_20240102.csv'),
    );
    await exchange.drop('Claims_20240611.csv', 'x\n');
    await exchange.poll();
    await exchange.poll();
    expect(await names()).toEqual([]);
    expect(await exchange.list('/in')).toHaveLength(3);
    expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Claims_20240611.csv'),
      expect.stringContaining('Sales_20240101.csv'),
      expect.stringContaining('Sales_20240102.csv'),
    ]);
  });

  it('knows the done-file of another feed in the same folder, as long as its file is there', async () => {
    await exchange.stop();
    exchange = await startExchange({
      adjust: ({ feeds }) => {
        feeds['b-renewals'] = {
          ...feeds['acme-sales'],
          dataType: 'Renewals',
          stable: { doneFile: 'done-{name}' },
        };
      },
    });
    await exchange.drop('Renewals_20240611.csv', csv([sale(1)]));
    await exchange.drop('done-Renewals_20240611.csv', '');
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
    await exchange.drop('done-Renewals_20240612.csv', '');
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
  });

  it('discards what changes or vanishes while it is read, and takes it again later', async () => {
    await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
    exchange.rehearsal.sftp.faults.next('READ', { answer: 'eof' });
    await exchange.poll();
    expect((await exchange.app.ledger.arrivals({ limit: 1 }))[0]?.state).toBe('withdrawn');
    expect(await exchange.list('/out')).toEqual([]);
    await exchange.poll();
    expect(await exchange.list('/processed')).toEqual(['Sales_20240611.csv']);
  });
});
