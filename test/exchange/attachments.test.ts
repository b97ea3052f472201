import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Yaml } from '../support/exchange.ts';
import { rowsOf } from '../support/sales.ts';
import {
  digest,
  orders,
  ordersAck,
  ordersWith,
  type ServoExchange,
  startServoExchange,
} from '../support/servo.ts';

const photo = randomBytes(300_000);
const sha256 = digest(photo);

let started: ServoExchange;
afterEach(() => started.stop());

const start = async (adjust?: Parameters<typeof startServoExchange>[0]): Promise<ServoExchange> => {
  started = await startServoExchange(adjust);
  return started;
};

/** The next call is asked to come again later than a file waits for. */
const holdOff = ({ servo }: ServoExchange): void =>
  servo.faults.next('Order/create', { kind: 'throttle', retryAfter: '60' });

const spoolOf = ({ exchange }: ServoExchange): string => join(exchange.folder, 'ledger', 'spool');

async function results({ exchange }: ServoExchange, ack = ordersAck): Promise<string[]> {
  return rowsOf(await exchange.read(ack)).map((row) =>
    [row['Reference'], row['Result']?.replace(/ in .*/, ''), row['Rule']].join(' | '),
  );
}

const retryRejected = ({ exchange }: ServoExchange) =>
  exchange.app.ledger.retry(
    1,
    { states: ['rejected'], lines: null },
    { by: 'op', because: 'it can be done now' },
    Date.now(),
  );

describe('a file that a row names', () => {
  it('is sent byte for byte, filed beside the CSV, and kept nowhere else', async () => {
    const all = await start();
    const { exchange, received } = all;
    await exchange.drop('photo 1.jpg', photo);
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
    await exchange.drop(orders, ordersWith('photo 1.jpg', ''));
    await exchange.poll();
    expect(await results(all)).toEqual(['S-1 | Accepted | ', 'S-2 | Accepted | ']);
    expect(received()).toEqual({ 'photo 1.jpg': sha256 });
    expect(await exchange.list('/processed')).toEqual([orders, 'photo 1.jpg']);
    expect(await exchange.list('/in')).toEqual([]);
    expect(await readdir(spoolOf(all))).toEqual([]);

    const [sent] = await exchange.app.ledger.attempts(1, 2);
    expect(sent?.request['attachment']).toEqual({
      name: 'photo 1.jpg',
      size: photo.length,
      sha256,
    });
    const kept = await readFile(join(exchange.folder, 'ledger', 'ledger.db'), 'latin1');
    expect(kept + exchange.log.join('')).not.toContain(photo.toString('base64', 0, 60));
  });

  it('is found without asking the ledger again for each row', async () => {
    const all = await start();
    const names = ['1.jpg', '2.jpg', '3.jpg', '4.jpg'];
    for (const name of names) await all.exchange.drop(name, randomBytes(10));
    await all.exchange.drop(orders, ordersWith(...names));
    const asked = vi.spyOn(all.exchange.app.ledger, 'attachments');
    await all.exchange.poll();
    expect(Object.keys(all.received()).toSorted()).toEqual(names);
    // To record them, to deliver, and to file them.
    expect(asked).toHaveBeenCalledTimes(3);
  });

  it('is told about, once, when it has lain there for a day and no row has named it', async () => {
    const { exchange } = await start();
    await exchange.drop('old.jpg', photo);
    const longAgo = new Date('2020-01-01');
    await utimes(join(exchange.root, 'in', 'old.jpg'), longAgo, longAgo);
    const mails = () => exchange.rehearsal.mail.messages().map(({ subject }) => subject);
    await exchange.poll();
    await exchange.app.tell();
    expect(mails()).toEqual([]);
    const { now } = Date;
    try {
      // As if the process had stood there for a day: both clocks go on.
      for (const hours of [13, 26, 39]) {
        Date.now = () => now() + hours * 3_600_000;
        vi.spyOn(performance, 'now').mockImplementation(() => hours * 3_600_000);
        await exchange.poll();
      }
    } finally {
      Date.now = now;
      vi.restoreAllMocks();
    }
    await exchange.app.tell();
    expect(mails()).toEqual(['acme: no row names old.jpg in /in']);
  });

  it('is archived with the CSV', async () => {
    const { exchange } = await start((config) => {
      config.partners.acme.archive = { timeZone: 'UTC', restDays: 0 };
    });
    await exchange.drop('p.jpg', photo);
    await exchange.drop('Orders_20240811_101500.csv', ordersWith('p.jpg'));
    await exchange.poll();
    for (const policy of exchange.app.archives.policies)
      expect(await exchange.app.archives.run(policy)).toBeNull();
    expect(await exchange.list('/processed')).toEqual([]);
    expect(await readFile(join(exchange.root, 'archive', '2024-08', 'processed', 'p.jpg'))).toEqual(photo);
  });

  it('is taken from a local folder alike', async () => {
    const all = await start((config, { partnerRoot }) => {
      config.partners.acme = { protocol: 'local', root: partnerRoot };
    });
    await all.exchange.drop('p.jpg', photo);
    await all.exchange.drop(orders, ordersWith('p.jpg'));
    await all.exchange.poll();
    expect(all.received()).toEqual({ 'p.jpg': sha256 });
    expect(await all.exchange.list('/processed')).toEqual([orders, 'p.jpg']);
  });

  it('is shared by the rows that name it, and tells rows apart that are alike but for it', async () => {
    const all = await start();
    await all.exchange.drop('a.jpg', photo);
    await all.exchange.drop('b.jpg', 'another');
    const [header, row = ''] = ordersWith('a.jpg').split('\n');
    await all.exchange.drop(orders, [header, row, row.replace('a.jpg', 'b.jpg'), row, ''].join('\n'));
    const { arrivals } = await all.exchange.poll();
    expect(arrivals[0]?.counts).toMatchObject({ accepted: 2, duplicate: 1 });
    expect(await all.exchange.list('/processed')).toEqual([orders, 'a.jpg', 'b.jpg']);
  });

  it('rejects its row when it is not there, and comes with the row that is retried', async () => {
    const all = await start();
    const { exchange, received } = all;
    await exchange.drop(orders, ordersWith('', 'late.jpg'));
    await exchange.poll();
    expect(await results(all)).toEqual([
      'S-1 | Accepted | ',
      'S-2 | Rejected | a file that lies in /in before the CSV is taken',
    ]);
    await exchange.drop('late.jpg', photo);
    await retryRejected(all);
    await exchange.poll();
    expect(await results(all, '/out/OrdersAck_20260105_090000_S01.csv')).toEqual(['S-2 | Accepted | ']);
    expect(received()).toMatchObject({ 'late.jpg': sha256 });
    expect(await exchange.list('/in')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual([orders, 'late.jpg']);
  });

  it('that was filed is sent from there when its row is retried', async () => {
    const all = await start();
    const { exchange, received, servo } = all;
    servo.faults.next('Order/create', { kind: 'status', status: 400, errorCode: 'Not today' });
    await exchange.drop('photo.jpg', photo);
    await exchange.drop(orders, ordersWith('photo.jpg'));
    await exchange.poll();
    expect(received()).toEqual({});
    // The partner has another file by this name by now: the row still means the one that came with it.
    await exchange.drop('photo.jpg', 'another');
    await retryRejected(all);
    await exchange.poll();
    expect(received()).toEqual({ 'photo.jpg': sha256 });
    expect(await exchange.list('/in')).toEqual(['photo.jpg']);
  });

  it('is refused when it is too large or no plain file', async () => {
    const all = await start((config) => {
      for (const feed of Object.values<Yaml>(config.feeds)) feed.attachments = { maxBytes: '100KB' };
    });
    await all.exchange.drop('large.jpg', photo);
    await mkdir(join(all.exchange.root, 'in', 'folder.jpg'));
    await all.exchange.drop(orders, ordersWith('large.jpg', 'folder.jpg', '../../keys/sftp.jpg'));
    await all.exchange.poll();
    expect(await results(all)).toEqual([
      'S-1 | Rejected | a file of at most 102400 bytes',
      'S-2 | Rejected | a regular file',
      'S-3 | Rejected | a plain file name that ends in .jpg, .jpeg, .png, .pdf',
    ]);
    expect(await all.exchange.list('/in')).toEqual(['folder.jpg', 'large.jpg']);
  });

  it('may lie in a folder of its own, and nothing else is expected', async () => {
    const all = await start((config) => {
      for (const feed of Object.values<Yaml>(config.feeds)) feed.attachments = { folder: 'photos' };
    });
    const { exchange, received } = all;
    await mkdir(join(exchange.root, 'in', 'photos'));
    await writeFile(join(exchange.root, 'in', 'photos', 'p.png'), photo);
    await exchange.drop('stray.jpg', photo);
    await exchange.drop(orders, ordersWith('p.png'));
    await exchange.poll();
    expect(received()).toEqual({ 'p.png': sha256 });
    expect(await exchange.list('/in/photos')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual([orders, 'p.png']);
    const subjects = exchange.rehearsal.mail.messages().map(({ subject }) => subject);
    expect(subjects).toEqual([expect.stringContaining('stray.jpg')]);
  });

  it('holds up the CSV while it is still being written', async () => {
    const all = await start();
    const { exchange, received } = all;
    await exchange.drop('p.jpg', photo.subarray(0, 1000));
    await exchange.drop(orders, ordersWith('p.jpg'));
    let [listings, isDone] = [0, false];
    const growing = /./;
    growing.test = () => {
      if (!isDone) writeFileSync(join(exchange.root, 'in', 'p.jpg'), photo.subarray(0, 1000 + ++listings));
      return false;
    };
    exchange.rehearsal.sftp.faults.next('OPENDIR', { answer: 'failure' }, { path: growing });
    const { waitsFor } = await exchange.poll();
    isDone = true;
    expect(listings).toBeGreaterThan(1);
    expect(waitsFor).toMatchObject({ code: 'REMOTE_CHANGED', retry: 'later' });
    await writeFile(join(exchange.root, 'in', 'p.jpg'), photo);
    await exchange.poll();
    expect(received()).toEqual({ 'p.jpg': sha256 });
  });
});

describe('between bringing a file and filing it', () => {
  it('a restart sends the bytes that were recorded, and leaves the new ones where they are', async () => {
    const all = await start();
    const { exchange, received } = all;
    holdOff(all);
    await exchange.drop('p.jpg', photo);
    await exchange.drop(orders, ordersWith('p.jpg'));
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]?.state).toBe('staged');
    await exchange.drop('p.jpg', 'the partner has changed it meanwhile');
    await exchange.restart();
    await exchange.poll();
    expect(received()).toEqual({ 'p.jpg': sha256 });
    expect(await exchange.list('/in')).toEqual(['p.jpg']);
    expect(await exchange.list('/processed')).toEqual([orders]);
  });

  it('a spool that was lost is filled again with the same bytes, or the row is rejected', async () => {
    const all = await start();
    const { exchange, received } = all;
    holdOff(all);
    await exchange.drop('same.jpg', photo);
    await exchange.drop('other.jpg', 'as it was');
    await exchange.drop(orders, ordersWith('same.jpg', 'other.jpg'));
    await exchange.poll();
    for (const name of await readdir(spoolOf(all))) await rm(join(spoolOf(all), name));
    await exchange.drop('other.jpg', 'as it is');
    await exchange.restart();
    await exchange.poll();
    expect(received()).toEqual({ 'same.jpg': sha256 });
    const [, refused] = rowsOf(await exchange.read(ordersAck));
    expect(refused).toMatchObject({ 'Status Code': 'INVALID_ROW' });
    expect(refused?.['Message']).toContain(
      'other.jpg: CALL_FAILED: the file that goes with the row is no longer',
    );
  });
});
