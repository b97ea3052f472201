import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { start } from '../support/cli.ts';
import { killedAt } from '../support/kills.ts';
import { type LayoutExchange, layoutCsv, startLayout } from '../support/layout-exchange.ts';
import { rowsOf, sale } from '../support/sales.ts';

const file = 'Contracts-IN_20240611_090000.csv';
const reply = 'ContractsAck_20240611_090000.csv';

let layout: LayoutExchange;
beforeEach(async () => {
  layout = await startLayout({
    answered: {
      replies: [{ name: 'ContractsAck_{stamp}.csv', outcome: 'accepted', id: 'Number' }],
      match: { 'Contract Id': 'Contract' },
      within: '1d',
      takeAway: { how: 'move', folder: '/read' },
      report: { partner: 'office', folder: '/reconciled' },
    },
  });
  await layout.exchange.app.close();
  await layout.exchange.drop(
    'Sales_20240611_090000.csv',
    layoutCsv([sale(1), sale(2), sale(3, { 'Country Code': 'US' })]),
  );
});
afterEach(() => layout.exchange.stop());

const once = (env = {}) => start(['once', '-c', layout.exchange.rehearsal.configFolder], env).finished;

async function killedOnce(point: string): Promise<void> {
  const { child, finished } = start(['once', '-c', layout.exchange.rehearsal.configFolder], killedAt(point));
  await finished;
  expect(child.signalCode).toBe('SIGKILL');
}

it.each([
  'ledger.settleRow:after',
  'ledger.planOutbound:before',
  'ledger.planOutbound:after',
  'ledger.planLines:after',
  'ledger.addSentRows:after',
  'ledger.outboundWritten:before',
  'ledger.outboundWritten:after',
  'remote.rename /in:before',
  'remote.rename /in:after',
  'ledger.outboundSent:after',
  'ledger.delivered:after',
])(
  'a kill at %s loses no row that goes into a file, and sends none twice',
  async (point) => {
    await killedOnce(point);
    expect((await once()).code).toBe(0);

    expect(await layout.listed('in')).toEqual([file, 'Contracts-US_20240611_090000.csv']);
    expect(rowsOf(await layout.sent(`in/${file}`)).map((row) => row['Contract Id'])).toEqual(['C-1', 'C-2']);
    const answered = rowsOf(await layout.exchange.read('/out/SalesAck_20240611_090000.csv'));
    expect(answered.map((row) => [row['Result'], row['File']])).toEqual([
      ['Accepted', file],
      ['Accepted', file],
      ['Accepted', 'Contracts-US_20240611_090000.csv'],
    ]);
    expect(await readdir(join(layout.exchange.folder, 'ledger', 'spool'))).toEqual([]);
  },
  240_000,
);

const odd = ['C-1,T-1', 'C-2,T-2', 'C-77,T-3', ''].join('\n');
const cut = 'C-1,T-1\nC-2,"T';

it.each([
  ['ledger.raise:before', odd, 'odd'],
  ['ledger.raise:after', odd, 'odd'],
  ['ledger.replyRead:after', odd, 'odd'],
  ['ledger.raise:before', cut, 'refused'],
  ['ledger.replyRefused:before', cut, 'refused'],
  ['ledger.replyRefused:after', cut, 'refused'],
])(
  'a kill at %s keeps nobody from hearing what is wrong with a reply (%#)',
  async (point, lines, what) => {
    expect((await once()).code).toBe(0);
    await layout.reply(reply, `Contract,Number\n${lines}`);
    await killedOnce(point);
    await once();

    const ledger = await openLedger({
      file: join(layout.exchange.folder, 'ledger', 'ledger.db'),
      readOnly: true,
    });
    expect(await ledger.knowsNotice(`reply:1:${what}`)).toBe(true);
    await ledger.close();
  },
  240_000,
);

it.each([
  'ledger.beginReply:after',
  'ledger.replyFetched:after',
  'ledger.takeSaid:before',
  'ledger.takeSaid:after',
  'ledger.replyRead:after',
  'remote.rename /out:after',
  'ledger.dispatchTold:before',
])(
  'a kill at %s takes in every line of a reply once',
  async (point) => {
    expect((await once()).code).toBe(0);
    await layout.reply(reply, 'Contract,Number\nC-2,T-2\nC-1,T-1\n');
    await killedOnce(point);
    expect((await once()).code).toBe(0);

    const ledger = await openLedger({
      file: join(layout.exchange.folder, 'ledger', 'ledger.db'),
      readOnly: true,
    });
    const found = await ledger.dispatches({ limit: 10 });
    const [us, india] = found;
    expect(us?.counts).toMatchObject({ rows: 1, awaited: 1 });
    expect(india).toMatchObject({ counts: { rows: 2, accepted: 2 }, replies: 1, told: 'closed' });
    const rows = await ledger.dispatchRows(india?.outbound ?? 0, 0, 10);
    expect(rows.map(({ theirId, replyLine }) => [theirId, replyLine])).toEqual([
      ['T-1', 3],
      ['T-2', 2],
    ]);
    const replies = await ledger.replies({ outbound: india?.outbound ?? 0 }, 10);
    expect(replies).toHaveLength(1);
    expect(await ledger.findings({ reply: replies[0]?.id ?? 0 }, 10)).toEqual([]);
    await ledger.close();

    expect(await layout.listed('out')).toEqual([]);
    expect(await layout.listed('read')).toEqual([reply]);
    expect(await layout.listed('reconciled')).toEqual(['Contracts-IN_20240611_090000_Reconciled.csv']);
    expect(await readdir(join(layout.exchange.folder, 'ledger', 'spool'))).toEqual([]);
  },
  240_000,
);
