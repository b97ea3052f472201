import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import {
  type LayoutExchange,
  type LayoutOptions,
  layoutCsv,
  startLayout,
} from '../support/layout-exchange.ts';
import { rowsOf, sale } from '../support/sales.ts';

const source = 'Sales_20240611_090000.csv';
const HOUR_MS = 3_600_000;

/** One file for all, as other installations of ours answer. */
const oneFile = {
  replies: [
    {
      name: 'ContractsAck_{stamp}*.csv',
      outcome: {
        column: 'Result',
        accepted: ['Accepted', 'Duplicate*'],
        rejected: ['Rejected'],
        pending: ['Held*'],
      },
      id: 'Their Number',
      reason: ['Status Code', 'Message'],
    },
  ],
  match: { 'Contract Id': ['External Contract ID', 'Contract Id'] },
  within: '6h',
  warnAfter: '3h',
};

/** The two tables of the reference, with the id that ties a line to what was sent. */
const twoFiles = {
  replies: [
    {
      name: 'ContractsAckSuccess_{stamp}*.csv',
      outcome: 'accepted',
      id: 'Created Sold Plan Code',
      reason: ['Message'],
    },
    {
      name: 'ContractsAckFailure_{stamp}*.csv',
      outcome: 'rejected',
      reason: ['Eligibility Status Code', 'Status Code', 'Message'],
    },
  ],
  match: { 'Contract Id': 'External Contract ID' },
  within: '6h',
};

let layout: LayoutExchange;
let later = 0;
const clock = { ...systemClock, now: () => systemClock.now() + later };

async function start(options: LayoutOptions): Promise<void> {
  later = 0;
  layout = await startLayout({ clock, ...options });
}
afterEach(() => layout.exchange.stop());

/** Sends one file with a row for each. */
async function send(...contracts: number[]): Promise<void> {
  await layout.exchange.drop(source, layoutCsv(contracts.map((contract) => sale(contract))));
  await layout.exchange.poll();
}

async function dispatch() {
  const [found] = await layout.exchange.app.ledger.dispatches({ limit: 1 });
  if (!found) throw new Error('nothing was sent that is answered');
  const rows = await layout.exchange.app.ledger.dispatchRows(found.outbound, 0, 100);
  return { ...found, rows: rows.map(({ state, theirId, reason }) => [state, theirId, reason]) };
}

const noticed = (): string[] =>
  layout.exchange.events.flatMap((event) => (event.kind === 'notice' ? [event.notice.subject] : []));

const csvOf = (...lines: string[]): string => `${lines.join('\n')}\n`;
const head = 'Line,External Contract ID,Status Code,Message,Their Number,Result';

describe('replies to a file that was sent', () => {
  it('give every row its word: accepted with their id, rejected with their reason', async () => {
    await start({ answered: oneFile });
    await send(1, 2);
    expect((await dispatch()).counts).toEqual({ rows: 2, awaited: 2, accepted: 0, rejected: 0 });
    await layout.reply(
      'ContractsAck_20240611_090000.csv',
      csvOf(head, '2,C-1,200,ok,T-9,Accepted', '3,C-2,E7,no such plan,,Rejected'),
    );
    const { waitsFor, replies } = await layout.pollReplies();
    expect(waitsFor).toBeNull();
    expect(replies).toMatchObject([{ state: 'read', rows: 2 }]);
    expect(await dispatch()).toMatchObject({
      counts: { rows: 2, awaited: 0, accepted: 1, rejected: 1 },
      rows: [
        ['accepted', 'T-9', '200; ok'],
        ['rejected', '', 'E7; no such plan'],
      ],
    });
    expect(noticed().filter((subject) => subject.includes('rejected'))).toHaveLength(1);
    // Once read, it is left alone.
    expect((await layout.pollReplies()).replies).toEqual([]);
  });

  it('may be packed, as what was sent may be; one that is packed otherwise is refused', async () => {
    await start({
      answered: { ...oneFile, packing: { gzip: true }, report: { partner: 'office', folder: '/reconciled' } },
      adjust: (config) => {
        config.feeds['acme-sales'].files.contracts.packing = { gzip: true, checksum: true };
      },
    });
    await send(1);
    const sent = 'Contracts-IN_20240611_090000.csv.gz';
    expect(await layout.listed('in')).toEqual([sent, `${sent}.sha256`]);
    const reply = Buffer.from(csvOf(head, '2,C-1,200,ok,T-9,Accepted'));
    await layout.reply('ContractsAck_20240611_090000.csv', reply);
    await layout.reply('ContractsAck_20240611_090000-1.csv.gz', reply);
    await layout.reply('ContractsAck_20240611_090000-2.csv.gz', gzipSync(reply));
    await layout.reply('ContractsAck_20240611_090000-2.csv.gz.sha256', 'no reply');
    const { waitsFor, replies } = await layout.pollReplies();
    expect(waitsFor).toBeNull();
    expect(replies).toMatchObject([
      { state: 'refused', problem: { code: 'FILE_PACKING' } },
      { state: 'read', rows: 1 },
    ]);
    expect(await dispatch()).toMatchObject({
      counts: { accepted: 1 },
      rows: [['accepted', 'T-9', '200; ok']],
    });
    expect(await layout.listed('reconciled')).toEqual(['Contracts-IN_20240611_090000_Reconciled.csv']);
    expect(await readdir(join(layout.exchange.folder, 'ledger', 'spool'))).toEqual([]);
  });

  it('may be a pair of files for success and failure, whose columns differ, and come one after the other', async () => {
    await start({ answered: twoFiles });
    await send(1, 2, 3);
    await layout.reply(
      'ContractsAckFailure_20240611_090000.csv',
      csvOf(
        'External Contract ID,Eligibility Status Code,Status Code,Message',
        'C-2,NOT_ELIGIBLE,1001,too old',
      ),
    );
    await layout.pollReplies();
    expect(await dispatch()).toMatchObject({ counts: { awaited: 2, rejected: 1 }, closedAt: null });
    await layout.reply(
      'ContractsAckSuccess_20240611_090000.csv',
      csvOf(
        'External Contract ID,Status Code,Message,Created Sold Plan Code,Coverage End Date,Plan Cancellation Date,Cancellation Initiation Date,Is Cancellable',
        'C-3,200,Success,M3,2025-06-10,,,true',
        'C-1,200,Success,M1,2025-06-10,,,true',
      ),
    );
    await layout.pollReplies();
    expect(await dispatch()).toMatchObject({
      counts: { awaited: 0, accepted: 2, rejected: 1 },
      rows: [
        ['accepted', 'M1', 'Success'],
        ['rejected', '', 'NOT_ELIGIBLE; 1001; too old'],
        ['accepted', 'M3', 'Success'],
      ],
      closedAt: expect.any(Number),
    });
  });

  it('may be partial, with rows held for later, and be followed by supplements', async () => {
    await start({ answered: oneFile });
    await send(1, 2, 3);
    await layout.reply(
      'ContractsAck_20240611_090000.csv',
      csvOf(head, '2,C-1,200,ok,T-1,Accepted', '3,C-2,,,,Held for a decision'),
    );
    await layout.pollReplies();
    expect((await dispatch()).counts).toMatchObject({ awaited: 2, accepted: 1 });
    await layout.reply(
      'ContractsAck_20240611_090000_S01.csv',
      csvOf(head, '3,C-2,200,ok,T-2,Accepted', '4,C-3,200,ok,,Duplicate of line 3'),
    );
    await layout.pollReplies();
    expect(await dispatch()).toMatchObject({ counts: { awaited: 0, accepted: 3 }, replies: 2 });
  });

  it('that speak of unknown rows, contradict what was said, or use other words are told about, and change nothing', async () => {
    await start({ answered: oneFile });
    await send(1, 2);
    await layout.reply(
      'ContractsAck_20240611_090000.csv',
      csvOf(head, '2,C-1,200,ok,T-1,Accepted', '3,C-99,200,ok,T-5,Accepted', '4,C-2,,,,Perhaps'),
    );
    await layout.reply('ContractsAck_20240611_090000_S01.csv', csvOf(head, '2,C-1,E1,sorry,,Rejected'));
    await layout.pollReplies();
    const { outbound, rows } = await dispatch();
    expect(rows).toEqual([
      ['accepted', 'T-1', '200; ok'],
      ['awaited', '', ''],
    ]);
    const { ledger } = layout.exchange.app;
    const found = [...(await ledger.findings({ reply: 1 }, 9)), ...(await ledger.findings({ reply: 2 }, 9))];
    expect(found.map(({ kind, line, verdict }) => [kind, line, verdict])).toEqual([
      ['unknown', 3, 'accepted'],
      ['unclear', 4, 'unclear'],
      ['contradiction', 2, 'rejected'],
    ]);
    expect(await ledger.findings({ outbound }, 9)).toHaveLength(2);
    expect(noticed().filter((subject) => subject.includes('cannot be taken'))).toHaveLength(2);
  });

  it('that come twice under other names say the same twice, and nothing is contradicted', async () => {
    await start({ answered: oneFile });
    await send(1);
    const text = csvOf(head, '2,C-1,200,ok,T-1,Accepted');
    await layout.reply('ContractsAck_20240611_090000.csv', text);
    await layout.pollReplies();
    await layout.reply('ContractsAck_20240611_090000-again.csv', text);
    await layout.pollReplies();
    expect((await dispatch()).replies).toBe(2);
    expect(await layout.exchange.app.ledger.findings({ reply: 2 }, 9)).toEqual([]);
  });

  it('that cannot be read are refused as a whole, left there and told about', async () => {
    await start({ answered: { ...oneFile, takeAway: { how: 'delete' } } });
    await send(1, 2);
    const cut = csvOf(head, '2,C-1,200,ok,T-1,Accepted').slice(0, -1);
    await layout.reply('ContractsAck_20240611_090000.csv', cut);
    const { replies } = await layout.pollReplies();
    expect(replies).toMatchObject([{ state: 'refused', problem: { code: 'FILE_STRUCTURE' } }]);
    expect((await dispatch()).counts.awaited).toBe(2);
    expect(await layout.listed('out')).toEqual(['ContractsAck_20240611_090000.csv']);
    expect(noticed().some((subject) => subject.includes('cannot be read'))).toBe(true);
    // Put right under the same name, it is another file.
    await layout.reply(
      'ContractsAck_20240611_090000.csv',
      csvOf(head, '2,C-1,200,ok,T-1,Accepted', '3,C-2,200,ok,T-2,Accepted'),
    );
    await layout.pollReplies();
    expect((await dispatch()).counts.accepted).toBe(2);
    expect(await layout.listed('out')).toEqual([]);
  });

  it('are moved away where that was agreed, beside one of the same name', async () => {
    await start({ answered: { ...oneFile, takeAway: { how: 'move', folder: '/read' } } });
    await send(1, 2);
    for (const [contract, line] of [
      ['C-1', 2],
      ['C-2', 3],
    ]) {
      await layout.reply(
        'ContractsAck_20240611_090000.csv',
        csvOf(head, `${line},${contract},200,ok,T,Accepted`),
      );
      await layout.pollReplies();
    }
    expect(await layout.listed('out')).toEqual([]);
    expect(await layout.listed('read')).toEqual([
      'ContractsAck_20240611_090000.csv',
      'ContractsAck_20240611_090000~2.csv',
    ]);
  });

  it('tell rows of one contract apart by the line that they were sent on', async () => {
    await start({
      answered: { ...oneFile, match: { $line: 'Line', 'Contract Id': 'External Contract ID' } },
    });
    const stop = {
      'Action Type': 'Cancellation',
      'Reason Code': 'RC1',
      'Cancellation Initiation Date': '2024-06-11',
    };
    await layout.exchange.drop(source, layoutCsv([sale(1), sale(1, stop)]));
    await layout.exchange.poll();
    await layout.reply(
      'ContractsAck_20240611_090000.csv',
      csvOf(head, '3,C-1,E9,not begun,,Rejected', '2,C-1,200,ok,T-1,Accepted'),
    );
    await layout.pollReplies();
    expect((await dispatch()).rows.map(([state]) => state)).toEqual(['accepted', 'rejected']);
  });
});

describe('a file that is not answered', () => {
  it('is told about before its term ends and when it has ended, once each, and taken in whenever the reply comes', async () => {
    await start({ answered: { ...oneFile, report: { partner: 'office', folder: '/reconciled' } } });
    await send(1, 2);
    await layout.pollReplies();
    expect(noticed()).toEqual([]);
    later = 4 * HOUR_MS;
    await layout.pollReplies();
    await layout.pollReplies();
    expect(noticed()).toMatchObject([expect.stringContaining('soon should be')]);
    await layout.reply('ContractsAck_20240611_090000.csv', csvOf(head, '2,C-1,200,ok,T-1,Accepted'));
    later = 7 * HOUR_MS;
    await layout.pollReplies();
    await layout.pollReplies();
    expect(noticed().slice(1)).toMatchObject([
      expect.stringContaining('1 row of Contracts-IN_20240611_090000.csv is missing'),
    ]);
    const overdue = rowsOf(await layout.sent('reconciled/Contracts-IN_20240611_090000_Overdue.csv'));
    expect(overdue.map((row) => [row['Contract Id'], row['Outcome'], row['Their Id']])).toEqual([
      ['C-1', 'accepted', 'T-1'],
      ['C-2', 'missing', ''],
    ]);

    await layout.reply('ContractsAck_20240611_090000_S01.csv', csvOf(head, '3,C-2,E7,no,,Rejected'));
    await layout.pollReplies();
    await layout.pollReplies();
    const closed = rowsOf(await layout.sent('reconciled/Contracts-IN_20240611_090000_Reconciled.csv'));
    expect(closed.map((row) => [row['Line'], row['Outcome'], row['Reason']])).toEqual([
      ['2', 'accepted', '200; ok'],
      ['3', 'rejected', 'E7; no'],
    ]);
    expect(await layout.listed('reconciled')).toHaveLength(2);
  });

  it('is told about although nothing can be written where reports go, whose partner is named', async () => {
    let root = '';
    await start({
      answered: { ...oneFile, warnAfter: null, report: { partner: 'books', folder: '/reconciled' } },
      adjust(config) {
        root = join(config.partners.office.root, '..', 'books');
        config.partners.books = { protocol: 'local', root, marker: false };
      },
    });
    await send(1);
    await layout.exchange.drop('Sales_20240611_100000.csv', layoutCsv([sale(2)]));
    await layout.exchange.poll();
    later = 7 * HOUR_MS;
    expect((await layout.pollReplies()).waitsFor).toMatchObject({ code: expect.stringMatching(/^REMOTE_/) });
    expect(noticed()).toEqual([
      expect.stringContaining('100000.csv was not answered'),
      expect.stringContaining('090000.csv was not answered'),
      'books: Tidegate could not write a report',
    ]);
    const { ledger } = layout.exchange.app;
    const open = async () =>
      (await ledger.incidents('open', 9)).map(({ partner, feed, cause }) => [partner, feed, cause]);
    expect(await open()).toEqual([
      ['office', 'acme-sales', expect.stringMatching(/^dispatch:/)],
      ['office', 'acme-sales', 'dispatch:1'],
      ['books', 'acme-sales', expect.any(String)],
    ]);
    await mkdir(join(root, 'reconciled'), { recursive: true });
    expect((await layout.pollReplies()).waitsFor).toBeNull();
    expect(await readdir(join(root, 'reconciled'))).toHaveLength(2);
    expect(await open()).toHaveLength(2);
  });
});
