/** Exports over a partner's server and an API that changes while it is read, by an app that may be started anew. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serve } from '../../src/app/service.ts';
import type { SandboxContract } from '../../src/sandbox/servify/contracts.ts';
import type { Exchange, ExchangeOptions, Yaml } from '../support/exchange.ts';
import {
  changeMapping,
  contractExport,
  type MovedClock,
  movedClock,
  planOf,
  runExport,
  sell,
  startExports,
} from '../support/exports.ts';
import { cancellation, csv, rowsOf, sale } from '../support/sales.ts';

const list = 'Contract/getContractList';
const name = 'contracts';

let exchange: Exchange;
let clock: MovedClock;
afterEach(() => exchange.stop());

async function start(over: Yaml = {}, options: ExchangeOptions = {}): Promise<void> {
  clock = movedClock('2024-06-12T06:00:00+05:30');
  exchange = await startExports({ [name]: contractExport(over) }, { clock, ...options });
}

/** What the files of `/out` have in a column, by file. */
async function ids(column = 'External Contract ID'): Promise<Record<string, (string | undefined)[]>> {
  const names = await exchange.list('/out');
  const entries = names.map(async (file) => [
    file,
    rowsOf(await exchange.read(`/out/${file}`)).map((row) => row[column]),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

const windows = async (): Promise<string[]> => {
  const covered = await exchange.app.ledger.coveredWindows(name, 100);
  return covered
    .toReversed()
    .map(
      ({ from, to, outcome }) => `${new Date(from).toISOString()} ${new Date(to).toISOString()} ${outcome}`,
    );
};
const subjects = (): string[] => exchange.rehearsal.mail.messages().map(({ subject }) => subject);

describe('an export of a list', () => {
  it('brings a file for each day that is over, named after its end, with the details of every entry', async () => {
    await start();
    sell(
      exchange,
      ['C-1', '2024-06-10'],
      ['C-2', '2024-06-10'],
      ['C-3', '2024-06-11'],
      ['C-4', '2024-06-12'],
    );
    expect(await runExport(exchange)).toMatchObject({
      waitsFor: null,
      files: [{ state: 'sent' }, { state: 'sent' }],
    });
    expect(await ids()).toEqual({
      'Contracts_20240611_000000.csv': ['C-1', 'C-2'],
      'Contracts_20240612_000000.csv': ['C-3'],
    });
    expect(rowsOf(await exchange.read('/out/Contracts_20240611_000000.csv'))[0]).toMatchObject({
      'Plan Code': 'P1',
      Status: 'Active',
      'Sold On': '10/06/2024',
      Brand: 'Fruit',
    });
    expect(await windows()).toEqual([
      '2024-06-09T18:30:00.000Z 2024-06-10T18:30:00.000Z sent',
      '2024-06-10T18:30:00.000Z 2024-06-11T18:30:00.000Z sent',
    ]);
  });

  it('has nothing to do until another day is over, also after a restart', async () => {
    await start();
    await runExport(exchange);
    await exchange.restart();
    expect(await runExport(exchange)).toEqual({ files: [], waitsFor: null, paused: null });
    clock.set('2024-06-13T00:10:00+05:30');
    sell(exchange, ['C-9', '2024-06-12']);
    expect((await runExport(exchange)).files).toMatchObject([{ path: '/out/Contracts_20240613_000000.csv' }]);
  });

  it('writes cells that no spreadsheet takes for a formula, in the dialect of the partner', async () => {
    await start({ dialect: { delimiter: ';' }, window: { start: '2024-06-11' } });
    sell(exchange, ['=C-1', '2024-06-11']);
    await runExport(exchange);
    const [header = '', line = ''] = (await exchange.read('/out/Contracts_20240612_000000.csv')).split(
      '\r\n',
    );
    expect(header.split(';')).toContain('Sold Plan Code');
    expect(line).toMatch(/^'=C-1;/);
  });

  it.each([
    ['header', 'sent', ['Contracts_20240612_000000.csv']],
    ['none', 'empty', []],
  ])('covers a day without an entry, with empty: %s', async (empty, outcome, files) => {
    await start({ empty, window: { start: '2024-06-11' } });
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect(await exchange.list('/out')).toEqual(files);
    expect(await windows()).toEqual([`2024-06-10T18:30:00.000Z 2024-06-11T18:30:00.000Z ${outcome}`]);
    expect(await runExport(exchange)).toEqual({ files: [], waitsFor: null, paused: null });
  });

  it('records the days that it leaves out', async () => {
    await start({ window: { start: '2024-06-01', missed: 'none' } });
    sell(exchange, ['C-1', '2024-06-05'], ['C-2', '2024-06-11']);
    await runExport(exchange);
    expect(await ids()).toEqual({ 'Contracts_20240612_000000.csv': ['C-2'] });
    expect(await windows()).toEqual([
      '2024-05-31T18:30:00.000Z 2024-06-10T18:30:00.000Z skipped',
      '2024-06-10T18:30:00.000Z 2024-06-11T18:30:00.000Z sent',
    ]);
    expect(exchange.events).toContainEqual(expect.objectContaining({ kind: 'export-skipped', name }));
  });

  it('rests while a person has paused it or its partner, and makes up for it afterwards', async () => {
    await start({ window: { start: '2024-06-11' } });
    sell(exchange, ['C-1', '2024-06-11']);
    const { ledger, exports } = exchange.app;
    const why = { until: null, by: 'op', because: 'their system is being replaced' };
    for (const [what, paused] of [
      ['export', name],
      ['partner', 'acme'],
    ] as const) {
      const pause = await ledger.pause({ what, name: paused, ...why }, clock.now());
      expect(await runExport(exchange)).toEqual({ files: [], waitsFor: null, paused: pause });
      expect([await exchange.list('/out'), await windows()]).toEqual([[], []]);
      if (what === 'export') await ledger.endPause(what, paused, why, clock.now());
    }
    const window = { from: clock.now() - 1000, to: clock.now() };
    expect(await exports.again(planOf(exchange), window)).toMatchObject({
      files: [],
      paused: { name: 'acme' },
    });
    expect(await exchange.list('/out')).toEqual([]);
    expect((await exports.run(planOf(exchange), { evenIfPaused: true })).files).toHaveLength(1);
    await ledger.endPause('partner', 'acme', why, clock.now());
    expect(await ids()).toEqual({ 'Contracts_20240612_000000.csv': ['C-1'] });
  });

  it('exports a window once more when a person asks, without touching what is covered', async () => {
    await start();
    sell(exchange, ['C-1', '2024-06-10'], ['C-2', '2024-06-11']);
    await runExport(exchange);
    const before = await windows();
    const window = {
      from: Date.parse('2024-06-10T00:00:00+05:30'),
      to: Date.parse('2024-06-12T00:00:00+05:30'),
    };
    const again = await exchange.app.exports.again(planOf(exchange), window);
    expect(again).toMatchObject({ waitsFor: null, files: [{ covers: false, window, state: 'sent' }] });
    expect((await ids())['Contracts_20240612_000000-2.csv']).toEqual(['C-1', 'C-2']);
    expect(await windows()).toEqual(before);
    expect(await runExport(exchange)).toEqual({ files: [], waitsFor: null, paused: null });
  });
});

describe('a list of several pages', () => {
  /** Two entries a page. */
  const startPaged = (): Promise<void> =>
    start(
      { window: { start: '2024-06-11' } },
      {
        adjust: (_config, { configFolder }) =>
          changeMapping(`${configFolder}/..`, 'servify-contracts.export.yaml', (text) =>
            text.replace('pageSize: 100', 'pageSize: 2'),
          ),
      },
    );
  const five = [1, 2, 3, 4, 5].map((n): [string, string] => [`C-${n}`, '2024-06-11']);
  const file = 'Contracts_20240612_000000.csv';

  /** Something happens at the target between its answers to the first page and the second. */
  function betweenPages(happens: (contracts: Map<string, SandboxContract>) => void, times = 1): void {
    const contracts = exchange.rehearsal.servify.contracts as Map<string, SandboxContract>;
    const values = contracts.values.bind(contracts);
    let left = times;
    contracts.values = () => {
      const isSecond = (exchange.rehearsal.servify.calls.get(list) ?? 0) % 3 === 2;
      if (isSecond && left-- > 0) happens(contracts);
      return values();
    };
  }

  it('is read to its end', async () => {
    await startPaged();
    sell(exchange, ...five);
    await runExport(exchange);
    expect(await ids()).toEqual({ [file]: ['C-1', 'C-2', 'C-3', 'C-4', 'C-5'] });
    expect(exchange.rehearsal.servify.calls.get(list)).toBe(3);
  });

  it('is read anew when an entry goes and pages shift, so that none is lost', async () => {
    await startPaged();
    sell(exchange, ...five);
    betweenPages((contracts) => contracts.delete([...contracts.keys()][0] ?? ''));
    await runExport(exchange);
    expect(await ids()).toEqual({ [file]: ['C-2', 'C-3', 'C-4', 'C-5'] });
  });

  it('is read anew when an entry comes and pages shift, so that none comes twice', async () => {
    await startPaged();
    sell(exchange, ...five);
    betweenPages((contracts) => {
      const before = [...contracts];
      sell(exchange, ['C-0', '2024-06-11']);
      const added = [...contracts].slice(before.length);
      contracts.clear();
      for (const [key, value] of [...added, ...before]) contracts.set(key, value);
    });
    await runExport(exchange);
    expect(await ids()).toEqual({ [file]: ['C-0', 'C-1', 'C-2', 'C-3', 'C-4', 'C-5'] });
  });

  it('that changes at every reading waits, with a mail, and its window stays open', async () => {
    await startPaged();
    sell(exchange, ...five);
    let n = 100;
    betweenPages(() => sell(exchange, [`C-${n++}`, '2024-06-11']), Number.POSITIVE_INFINITY);
    expect(await runExport(exchange)).toMatchObject({ files: [], waitsFor: { code: 'EXPORT_INCOMPLETE' } });
    expect([await exchange.list('/out'), await windows()]).toEqual([[], []]);
    expect(subjects()).toEqual(['acme: the export contracts waits']);
  });

  it.each([
    ['fails', { kind: 'status', status: 503 }],
    ['is cut off', { kind: 'drop-before' }],
    ['is refused', { kind: 'status', status: 400, errorCode: 'BAD' }],
    ['is no list', { kind: 'wrong-schema' }],
  ] as const)(
    'never becomes a file when a later page %s; the next run brings all of it',
    async (_what, fault) => {
      await startPaged();
      sell(exchange, ...five);
      const { faults } = exchange.rehearsal.servify;
      faults.next(list, { kind: 'late', ms: 0 });
      faults.next(list, fault, 3);
      expect((await runExport(exchange)).waitsFor).not.toBeNull();
      expect([await exchange.list('/out'), await windows()]).toEqual([[], []]);
      await exchange.restart();
      await vi.waitFor(async () => expect((await runExport(exchange)).waitsFor).toBeNull(), 10_000);
      expect(await ids()).toEqual({ [file]: ['C-1', 'C-2', 'C-3', 'C-4', 'C-5'] });
    },
  );

  it('never becomes a file when a detail cannot be read', async () => {
    await startPaged();
    sell(exchange, ...five);
    exchange.rehearsal.servify.faults.next('Contract/getContractInfo', { kind: 'status', status: 503 }, 500);
    expect((await runExport(exchange)).waitsFor).not.toBeNull();
    expect([await exchange.list('/out'), await windows()]).toEqual([[], []]);
  });
});

describe('an export of rows', () => {
  const rows = (over: Yaml = {}): Yaml => ({
    ...{ partner: 'acme', dataType: 'SalesRows', mapping: 'contract-sale', feed: 'acme-sales' },
    ...{ timeZone: 'Asia/Kolkata', window: { start: '2024-06-12' }, ...over },
  });
  const startRows = async (): Promise<void> => {
    clock = movedClock('2024-06-12T09:00:00+05:30');
    exchange = await startExports({ [name]: rows() }, { clock });
  };

  it('has the rows of the files that were settled that day, with what became of them', async () => {
    await startRows();
    await exchange.drop('Sales_20240612.csv', csv([sale(1), sale(2, { State: '' }), sale(1)]));
    expect((await exchange.poll()).waitsFor).toBeNull();
    clock.set('2024-06-13T01:00:00+05:30');
    await exchange.drop('Sales_20240613.csv', csv([sale(3)]));
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect((await runExport(exchange)).waitsFor).toBeNull();
    const lines = rowsOf(await exchange.read('/out/SalesRows_20240613_000000.csv'));
    expect(
      lines.map((row) => [row['External Contract ID'], row['Outcome'], row['Line'], row['File']]),
    ).toEqual([
      ['C-1', 'accepted', '2', 'Sales_20240612.csv'],
      ['C-2', 'rejected', '3', 'Sales_20240612.csv'],
      ['C-1', 'duplicate', '4', 'Sales_20240612.csv'],
    ]);
    expect(lines[0]).toMatchObject({
      'Sold Plan Code': expect.stringMatching(/^S/),
      Settled: expect.stringMatching(/^2024-06-12 09:00/),
    });
    expect(lines[1]).toMatchObject({ 'Status Code': 'INVALID_ROW' });
  });

  it('has a row again that a later round worked off, in the window of that round', async () => {
    await startRows();
    exchange.rehearsal.servify.faults.next('Contract/cancelContract', { kind: 'drop-after' });
    await exchange.drop('Sales_20240612.csv', csv([sale(1), cancellation(1)]));
    await exchange.poll();
    clock.set('2024-06-13T09:00:00+05:30');
    const parked = await exchange.app.ledger.answerRows(1, 0, 10, { states: ['parked'] });
    const verdict = { what: 'accepted', by: 'op', because: 'asked' } as const;
    const lines = parked.map(({ line }) => ({ from: line, to: line }));
    await exchange.app.ledger.decide(1, lines, verdict, clock.now());
    expect((await exchange.poll()).waitsFor).toBeNull();
    clock.set('2024-06-14T09:00:00+05:30');
    await runExport(exchange);
    expect(await ids('Outcome')).toMatchObject({
      'SalesRows_20240613_000000.csv': ['accepted', 'parked'],
      'SalesRows_20240614_000000.csv': ['accepted'],
    });
  });
});

it('archives its files with the month that they cover', async () => {
  await start(
    { window: { start: '2024-06-01', length: 'month' } },
    {
      adjust: (config) => {
        config.partners.acme.archive = { timeZone: 'Asia/Kolkata', restDays: 0 };
      },
    },
  );
  clock.set('2024-07-02T06:00:00+05:30');
  sell(exchange, ['C-1', '2024-06-10']);
  await runExport(exchange);
  expect(await exchange.list('/out')).toEqual(['Contracts_20240701_000000.csv']);
  clock.set('2024-08-01T06:00:00+05:30');
  const [policy] = exchange.app.archives.policies;
  if (!policy) throw new Error('nothing is archived');
  expect(await exchange.app.archives.run(policy)).toBeNull();
  expect(await exchange.list('/out')).toEqual([]);
  expect(await exchange.list('/archive')).toEqual(['2024-06', '2024-06.manifest.jsonl']);
  expect(await exchange.app.archives.verify(policy)).toEqual({ archives: 1, files: 1, findings: [] });
});

it.each([
  ['WRITE', 'disconnect'],
  ['RENAME', 'reply-lost'],
] as const)(
  'waits, and brings the same file later, when the partner’s server meets %s with %s',
  async (request, answer) => {
    await start({ window: { start: '2024-06-11' } });
    sell(exchange, ['C-1', '2024-06-11']);
    exchange.rehearsal.sftp.faults.next(request, { answer }, { path: /^\/out/, times: 20 });
    await runExport(exchange);
    exchange.rehearsal.sftp.faults.clear();
    await exchange.restart();
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect(await ids()).toEqual({ 'Contracts_20240612_000000.csv': ['C-1'] });
    expect(await windows()).toHaveLength(1);
  },
);

it('refuses a mapping of another system, and rows of a feed that is not there', async () => {
  await start();
  await exchange.app.close();
  await expect(
    exchange.restart((config) => {
      config.exports[name].mapping = 'myserve-devices';
    }),
  ).rejects.toThrow(/the mapping reads myserve/);
  await exchange.restart((config) => {
    config.exports[name].mapping = 'servify-contracts';
  });
});

it('refuses windows since the last one where clocks are set that tell their bounds', async () => {
  await start();
  const within = (format: string) =>
    changeMapping(exchange.folder, 'servify-contracts.export.yaml', (text) =>
      text.replace(/^( {2}within.*\n)? {2}key:/m, `  within: { entry: At, format: ${format} }\n  key:`),
    );
  const sinceLast = (timeZone: string) =>
    exchange.restart((config) => {
      Object.assign(config.exports[name], {
        timeZone,
        window: { start: '2024-06-10', length: 'since-last' },
      });
    });
  await exchange.app.close();
  await expect(sinceLast('Europe/Berlin')).rejects.toThrow(/bounded by days/);
  await within('YYYYMMDDHHmmss');
  await expect(sinceLast('Europe/Berlin')).rejects.toThrow(/times of Europe\/Berlin without their offset/);
  await sinceLast('Asia/Kolkata');
  await exchange.app.close();
  await within('iso');
  await sinceLast('Europe/Berlin');
});

it('is not a month late for an outage of minutes, nor for a pause', async () => {
  clock = movedClock('2024-07-01T06:00:00+05:30');
  // Minutes pass in an instant.
  const hasty = {
    ...clock,
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(Math.min(ms, 50), signal),
  };
  const monthly = { schedule: '0 6 1 * *', window: { start: '2024-06-01', length: 'month' } };
  exchange = await startExports({ [name]: contractExport(monthly) }, { clock: hasty });
  sell(exchange, ['C-1', '2024-06-10']);
  const { ledger } = exchange.app;
  const why = { until: null, by: 'op', because: 'a move' };
  await ledger.pause({ what: 'export', name, ...why }, clock.now());
  exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' }, { path: /^\/out/, times: 1000 });
  const stopping = new AbortController();
  const served = serve(exchange.app, stopping.signal, { write: () => undefined });
  const told = (kind: string): boolean => exchange.events.some((event) => event.kind === kind);
  await vi.waitFor(() => expect(told('paused')).toBe(true), 5000);
  await ledger.endPause('export', name, why, clock.now());
  await vi.waitFor(() => expect(told('export-waits')).toBe(true), 10_000);
  exchange.rehearsal.sftp.faults.clear();
  await vi.waitFor(
    async () => expect(await ids()).toEqual({ 'Contracts_20240701_000000.csv': ['C-1'] }),
    10_000,
  );
  stopping.abort();
  await served;
});
