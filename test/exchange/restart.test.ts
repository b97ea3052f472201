import { readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArrivalState } from '../../src/ledger/port.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const ack = '/out/SalesAck_20240611_153000.csv';

describe('a file whose way is interrupted', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.partners.acme.deadlines = { connect: '500ms', call: '500ms', close: '200ms' };
        config.partners.acme.retry = { attempts: 2, first: '10ms', most: '20ms' };
      },
    });
    await exchange.drop(name, csv([sale(1), sale(2)]));
  });
  afterEach(() => exchange.stop());

  type Faults = Exchange['rehearsal']['sftp']['faults'];
  const interruptions: [step: string, stopsAt: ArrivalState, break_: (faults: Faults) => void][] = [
    ['the download breaks off', 'claimed', (faults) => faults.next('READ', { answer: 'disconnect' })],
    [
      'the server is mute during the download',
      'claimed',
      (faults) => faults.next('READ', { answer: 'mute' }),
    ],
    ['the answer cannot be written', 'delivered', (faults) => faults.next('WRITE', { answer: 'failure' })],
    [
      'the server drops the bytes of the answer',
      'delivered',
      (faults) => faults.next('WRITE', { answer: 'drop-bytes' }),
    ],
    [
      'the quota is full',
      'delivered',
      (faults) => faults.next('OPEN', { answer: 'failure' }, { path: /\/out\// }),
    ],
    ['the answer cannot be renamed', 'delivered', (faults) => faults.next('RENAME', { answer: 'failure' })],
    [
      'the source cannot be moved',
      'acknowledged',
      (faults) => faults.next('RENAME', { answer: 'failure' }, { path: /^\/in\// }),
    ],
  ];

  it.each(interruptions)(
    'goes on in the next process where it stopped when %s',
    async (_what, stopsAt, break_) => {
      break_(exchange.rehearsal.sftp.faults);
      const { arrivals, waitsFor } = await exchange.poll();
      expect([arrivals[0]?.state, waitsFor]).toEqual([
        stopsAt,
        expect.objectContaining({ code: expect.stringMatching(/^REMOTE_/) }),
      ]);
      expect(await exchange.list('/in')).toEqual([name]);
      const visible = (await exchange.list('/out')).filter((file) => !file.startsWith('.'));
      expect(visible).toEqual(stopsAt === 'acknowledged' ? ['SalesAck_20240611_153000.csv'] : []);
      expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
        expect.stringMatching(/^acme: .*could not/),
      ]);

      await exchange.restart();
      await exchange.poll();
      expect(rowsOf(await exchange.read(ack)).map((row) => row['Result'])).toEqual(['Accepted', 'Accepted']);
      expect(await exchange.list('/processed')).toEqual([name]);
      expect(await exchange.list('/out')).toEqual(['SalesAck_20240611_153000.csv']);
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
      expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
      expect(await exchange.app.ledger.incidents('open', 10)).toEqual([]);
      expect(exchange.rehearsal.mail.messages().slice(1)).toMatchObject([
        { subject: expect.stringMatching(/^Over after .*: acme: .*could not/) },
      ]);
    },
  );

  it('leaves no draft of an answer behind that a killed process had written and recorded', async () => {
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' }, { path: /^\/in\// });
    await exchange.poll();
    await writeFile(join(exchange.folder, 'ledger', 'spool', 'arrival-1.acknowledgement'), 'a draft');
    await exchange.restart();
    await exchange.poll();
    expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
  });

  it.each([
    ['of the answer', undefined],
    ['of the source', /^\/in\//],
  ])('sees that a rename %s was done although its reply was lost', async (_what, path) => {
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'reply-lost' }, path ? { path } : {});
    await exchange.poll();
    if (await isOpen()) await exchange.poll();
    expect(await exchange.list('/out')).toEqual(['SalesAck_20240611_153000.csv']);
    expect(await exchange.list('/processed')).toEqual([name]);
  });

  it('waits while the server is gone, is told about once, goes on when it is back, and tells that too', async () => {
    exchange.rehearsal.sftp.faults.refuseConnections(4);
    await exchange.poll();
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
    await exchange.poll();
    expect(await exchange.list('/processed')).toEqual([name]);
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
      'acme: Tidegate could not look for files',
      'Over after less than a minute: acme: Tidegate could not look for files',
    ]);
  });

  it('stops at once and says so when the server shows another host key', async () => {
    exchange.rehearsal.sftp.swapHostKey();
    const { waitsFor } = await exchange.poll();
    expect(waitsFor).toMatchObject({ code: 'REMOTE_HOST_KEY' });
    expect(exchange.rehearsal.sftp.refusedLogins).toBe(0);
    await exchange.poll();
    expect(exchange.rehearsal.mail.messages()).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/host key/i) }),
    ]);
    expect(await exchange.list('/in')).toEqual([name]);
  });

  it('rebuilds the same answer, byte for byte, when it has to be written again', async () => {
    await exchange.poll();
    const first = await exchange.read(ack);
    await exchange.drop(name, csv([sale(1), sale(2)]));
    await unlink(join(exchange.rehearsal.partnerRoot, ack));
    await exchange.restart();
    await exchange.poll();
    expect(await exchange.read(ack)).toBe(first);
  });

  it('does not lose an answer when somebody has put another file under its name', async () => {
    exchange.rehearsal.sftp.faults.next('WRITE', { answer: 'failure' });
    await exchange.poll();
    await writeFile(join(exchange.rehearsal.partnerRoot, ack), 'not ours\n');
    await exchange.poll();
    expect(await exchange.read(ack)).toBe('not ours\n');
    expect(rowsOf(await exchange.read('/out/SalesAck_20240611_153000-2.csv'))).toHaveLength(2);
    expect(await exchange.list('/processed')).toEqual([name]);
  });

  it('leaves a new drop of the same name alone that came before the old one was filed', async () => {
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' }, { path: /^\/in\// });
    await exchange.poll();
    await exchange.drop(name, csv([sale(3)]));
    await exchange.poll();
    const arrivals = await exchange.app.ledger.arrivals({ limit: 10 });
    expect(arrivals.map(({ state, counts }) => [state, counts.accepted])).toEqual([
      ['settled', 1],
      ['settled', 2],
    ]);
    expect(await exchange.list('/in')).toEqual([]);
  });

  const isOpen = async (): Promise<boolean> =>
    (await exchange.app.ledger.arrivals({ limit: 1 })).some(({ state }) => state !== 'settled');
});

it('reads a file anew that was refused as a whole, once our own fault is mended', async () => {
  const semicolons = csv([sale(1)]).replaceAll(',', ';');
  const exchange = await startExchange();
  await exchange.drop(name, semicolons);
  await exchange.poll();
  expect(await exchange.list('/errored')).toEqual([name]);
  await exchange.restart((config) => {
    config.feeds['acme-sales'].dialect = { delimiter: ';' };
  });
  await exchange.drop(name, semicolons);
  await exchange.poll();
  expect(await exchange.list('/processed')).toEqual([name]);
  expect(rowsOf(await exchange.read('/out/SalesAck_20240611_153000-2.csv'))[0]?.['Result']).toBe('Accepted');
  await exchange.stop();
});
