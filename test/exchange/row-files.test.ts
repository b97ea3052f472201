import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeRowFile } from '../../src/exchange/row-files.ts';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { changeMapping } from '../support/exports.ts';
import { layoutCsv, startLayout as start } from '../support/layout-exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const source = 'Sales_20240611_090000.csv';
const answer = '/out/SalesAck_20240611_090000.csv';

let exchange: Exchange;
let sent: (name: string) => Promise<string>;
afterEach(() => exchange.stop());

async function startLayout(adjust: (config: Yaml) => void = () => undefined): Promise<void> {
  const layout = await start({ adjust });
  exchange = layout.exchange;
  sent = (name) => layout.sent(`in/${name}`);
}

describe('rows that only go into files', () => {
  it('are split by country into the folder of another partner, and the answer names the file of each', async () => {
    await startLayout();
    await exchange.drop(
      source,
      layoutCsv([
        sale(1, { 'Customer Name': '=cmd()' }),
        sale(2, { 'Country Code': 'USA', 'Currency Code': 'USD', 'Device Purchase Price': '10.00' }),
        sale(3, { 'Country Code': '' }),
        sale(4),
        sale(1, { 'Customer Name': '=cmd()' }),
      ]),
    );
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]).toMatchObject({
      state: 'settled',
      counts: { rows: 5, accepted: 3, rejected: 1, duplicate: 1, parked: 0, pending: 0 },
    });

    const india = rowsOf(await sent('Contracts-IN_20240611_090000.csv'));
    expect(india.map((row) => [row['Contract Id'], row['Customer'], row['Sold On']])).toEqual([
      ['C-1', "'=cmd()", '2024-06-10'],
      ['C-4', expect.any(String), '2024-06-10'],
    ]);
    const us = rowsOf(await sent('Contracts-US_20240611_090000.csv'));
    expect(us).toHaveLength(1);
    expect(us[0]).toMatchObject({ 'Contract Id': 'C-2', Country: 'US', 'Device Price': '10.00' });

    const answered = rowsOf(await exchange.read(answer));
    expect(answered.map((row) => [row['Line'], row['Result']?.slice(0, 9), row['File']])).toEqual([
      ['2', 'Accepted', 'Contracts-IN_20240611_090000.csv'],
      ['3', 'Accepted', 'Contracts-US_20240611_090000.csv'],
      ['4', 'Rejected', ''],
      ['5', 'Accepted', 'Contracts-IN_20240611_090000.csv'],
      ['6', 'Duplicate', 'Contracts-IN_20240611_090000.csv'],
    ]);
  });

  it('go out once: a later file with the same row repeats it, and another one for the same contract is rejected', async () => {
    await startLayout();
    await exchange.drop(source, layoutCsv([sale(1)]));
    await exchange.poll();
    await exchange.drop('Sales_20240612_090000.csv', layoutCsv([sale(1), sale(2)]));
    await exchange.drop('Sales_20240613_090000.csv', layoutCsv([sale(1, { 'Plan Code': 'OTHER' })]));
    const { arrivals } = await exchange.poll();
    expect(arrivals.map(({ counts }) => counts)).toMatchObject([
      { accepted: 1, duplicate: 1 },
      { accepted: 0, rejected: 1 },
    ]);
    const later = rowsOf(await sent('Contracts-IN_20240612_090000.csv'));
    expect(later.map((row) => row['Contract Id'])).toEqual(['C-2']);
    const answered = rowsOf(await exchange.read('/out/SalesAck_20240612_090000.csv'));
    expect(answered[0]?.['File']).toBe('Contracts-IN_20240611_090000.csv');
  });

  it('count for nobody before their file lies complete, and a server that is away costs time alone', async () => {
    await startLayout();
    const folder = join(exchange.folder, 'office');
    await rename(join(folder, 'in'), join(folder, 'away'));
    await exchange.drop(source, layoutCsv([sale(1)]));
    const { arrivals, waitsFor } = await exchange.poll();
    expect(arrivals[0]?.state).toBe('staged');
    expect(waitsFor).not.toBeNull();
    expect(await exchange.list('/out')).toEqual([]);
    const [row] = await exchange.app.ledger.answerRows(1, 0, 1);
    expect(row?.settledAt).toBeNull();
    // It is the trouble of whoever was to get the file.
    const open = () => exchange.app.ledger.incidents('open', 10);
    expect(await open()).toMatchObject([{ kind: 'transfer-failure', partner: 'office' }]);

    await rename(join(folder, 'away'), join(folder, 'in'));
    expect((await exchange.poll()).arrivals[0]?.state).toBe('settled');
    expect(await open()).toEqual([]);
    expect(rowsOf(await sent('Contracts-IN_20240611_090000.csv'))).toHaveLength(1);
  });

  it('wait while a person has paused who gets them, and nobody is alarmed', async () => {
    await startLayout();
    const { ledger } = exchange.app;
    const why = { until: null, by: 'ann', because: 'a new layout' };
    await ledger.pause({ what: 'partner', name: 'office', ...why }, Date.now());
    await exchange.drop(source, layoutCsv([sale(1)]));
    const { arrivals, waitsFor } = await exchange.poll();
    expect([arrivals[0]?.state, waitsFor]).toMatchObject([
      'staged',
      { code: 'PARTNER_PAUSED', retry: 'later' },
    ]);
    await expect(sent('Contracts-IN_20240611_090000.csv')).rejects.toThrow('ENOENT');
    expect(await ledger.incidents('all', 10)).toEqual([]);
    await ledger.endPause('partner', 'office', why, Date.now());
    expect((await exchange.poll()).arrivals[0]?.state).toBe('settled');
    expect(rowsOf(await sent('Contracts-IN_20240611_090000.csv'))).toHaveLength(1);
  });

  it('that would each become a file are refused with their source', async () => {
    await startLayout();
    await changeMapping(exchange.folder, 'contract-layout.yaml', (text) =>
      text.replaceAll(/split: \{ column: [^}]+ \}/g, 'split: { column: External Contract ID }'),
    );
    await exchange.restart();
    await exchange.drop(source, layoutCsv(Array.from({ length: 1001 }, (_, n) => sale(n + 1))));
    const [arrival] = (await exchange.poll()).arrivals;
    expect(arrival).toMatchObject({ state: 'settled', problem: { code: 'FILE_TOO_MANY_PARTS', line: 1002 } });
    expect(await exchange.app.ledger.rowFiles(1)).toEqual([]);
  });

  it('come out byte for byte the same whenever the file is made again', async () => {
    await startLayout((config) => {
      const [feed] = Object.values<Yaml>(config.feeds);
      feed.files.contracts.dialect = { delimiter: ';', encoding: 'windows-1252' };
      feed.files.contracts.header = false;
    });
    await exchange.drop(source, layoutCsv([sale(1, { 'Customer Name': 'Zoë; "Quoted"' }), sale(2)]));
    await exchange.poll();
    const [file] = await exchange.app.ledger.rowFiles(1);
    if (!file) throw new Error('no file was made');
    const again = await writeRowFile(join(exchange.folder, 'again.csv'), file, exchange.app.ledger);
    expect(again).toEqual(file.contents);
    const bytes = await readFile(join(exchange.folder, 'office', file.path));
    expect(bytes.equals(await readFile(join(exchange.folder, 'again.csv')))).toBe(true);
    expect(bytes.toString('latin1')).toMatch(/^C-1;New Sales;IN;.*"Zoë; ""Quoted"""/);
  });
});

describe('a retry round', () => {
  it('gives a further numbered file with its rows alone, and changes no earlier one', async () => {
    await startLayout();
    const lookup = join(exchange.rehearsal.configFolder, '..', 'mappings', 'contract-layout.yaml');
    await exchange.drop(source, layoutCsv([sale(1), sale(2, { 'Sales Channel': 'x'.repeat(65) })]));
    await exchange.poll();
    const first = await sent('Contracts-IN_20240611_090000.csv');

    const mapping = await readFile(lookup, 'utf8');
    await writeFile(
      lookup,
      mapping.replace('Sales Channel: { type: text, max: 64 }', 'Sales Channel: { type: text, max: 80 }'),
    );
    await exchange.restart();
    const reason = { by: 'ops', because: 'longer channels are agreed now' };
    await exchange.app.ledger.retry(1, { states: ['rejected'], lines: null }, reason, Date.now());
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]).toMatchObject({ state: 'settled', round: 1, counts: { accepted: 2, rejected: 0 } });

    expect(await sent('Contracts-IN_20240611_090000.csv')).toBe(first);
    const further = rowsOf(await sent('Contracts-IN_20240611_090000-2.csv'));
    expect(further.map((row) => row['Contract Id'])).toEqual(['C-2']);
    const supplement = rowsOf(await exchange.read('/out/SalesAck_20240611_090000_S01.csv'));
    expect(supplement.map((row) => row['File'])).toEqual(['Contracts-IN_20240611_090000-2.csv']);
  });
});

describe('rows that go into files beside calls', () => {
  const into = `    files:
      made:
        namedIn: File
        columns:
          Contract Id: { column: External Contract ID }
          Price: { read: eligibility, path: PlanPrice }
          Made: { answer: SoldPlanCode }
`;

  async function startBeside(): Promise<void> {
    exchange = await startExchange({
      async adjust(config, { configFolder }) {
        const path = join(configFolder, '..', 'mappings', 'contract-sale.yaml');
        const mapping = await readFile(path, 'utf8');
        await writeFile(
          path,
          mapping
            .replace(
              '    cells: { Created Sold Plan Code: SoldPlanCode }\n',
              `    cells: { Created Sold Plan Code: SoldPlanCode }\n${into}`,
            )
            .replace('    - Eligibility Status Code\n', '    - Eligibility Status Code\n    - File\n'),
        );
        const [feed] = Object.values<Yaml>(config.feeds);
        feed.files = { made: { dataType: 'Made' } };
      },
    });
  }

  it('are those that were accepted, with what reads and the call have told', async () => {
    await startBeside();
    await exchange.drop(source, csv([sale(1), sale(2, { 'Plan Code': 'NOSUCHPLAN' }), sale(3)]));
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]).toMatchObject({ state: 'settled', counts: { accepted: 2, rejected: 1 } });
    const made = rowsOf(await exchange.read('/out/Made_20240611_090000.csv'));
    const answered = rowsOf(await exchange.read(answer)).filter(({ Result }) => Result === 'Accepted');
    expect(made.map((row) => [row['Contract Id'], row['Made']])).toEqual(
      answered.map((row) => [row['External Contract ID'], row['Created Sold Plan Code']]),
    );
    expect(Number(made[0]?.['Price'])).toBeGreaterThan(0);
    expect(answered[0]?.['File']).toBe('Made_20240611_090000.csv');
  });
});
