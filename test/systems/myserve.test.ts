import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { serve } from '../../src/app/service.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { type MyserveSandbox, startMyserve } from '../../src/sandbox/myserve/server.ts';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { freePort } from '../support/free-port.ts';
import { rowsOf } from '../support/sales.ts';

const token = 'token-1';
const stamp = '20260105_090000';

interface Sample {
  mapping: string;
  dataType: string;
  /** Shown of each line of the acknowledgement, together with what became of it and the columns at fault. */
  columns: readonly string[];
  lines: readonly string[];
  /** How often each effect was had, of those that are counted. */
  effects: Readonly<Record<string, number>>;
}

const samples: readonly Sample[] = [
  {
    mapping: 'myserve-employees',
    dataType: 'Employees',
    columns: ['Employee Number', 'Status Code'],
    lines: [
      'A100001 | created | Accepted',
      'A100002 | created | Accepted',
      'A100003 | error | Rejected',
      'A100004 | error | Rejected',
      'A100005 | INVALID_ROW | Rejected | Email Address | Status | Hired',
      'A100002 | updated | Accepted',
    ],
    effects: { 'Employees/synchronize A100001': 1, 'Employees/synchronize A100002': 2 },
  },
  {
    mapping: 'myserve-devices',
    dataType: 'Devices',
    columns: ['Device Number', 'Action Type', 'Status Code'],
    lines: [
      '7805550101 | Keep | created | Accepted',
      '7805550102 | Keep | created | Accepted',
      '7805550103 | Keep | INVALID_ROW | Rejected | GL Account',
      '7805550104 | Keep | error | Rejected',
      '7805550102 | Suspend |  | Accepted',
      '7805550101 | Cancel |  | Accepted',
      '7805550109 | Cancel | device | Rejected',
    ],
    effects: {
      'Devices/synchronize 7805550101': 1,
      'Devices/synchronize 7805550102': 1,
      'Devices/changeStatus 7805550102 suspended': 1,
      'Devices/changeStatus 7805550101 cancelled': 1,
    },
  },
  {
    mapping: 'myserve-categories',
    dataType: 'Categories',
    columns: ['Accounting Type', 'Category', 'Status Code'],
    lines: [
      'GL Account | 44822 | created | Accepted',
      'GL Account | 44823 | created | Accepted',
      'Approved Spend | Travel | created | Accepted',
      'Approved Spend | Events | error | Rejected',
      'Type 0000 | 44822 | error | Rejected',
      'GL Account | Common | INVALID_ROW | Rejected | Category',
    ],
    effects: {
      'AccountingCategories/synchronize 44822': 1,
      'AccountingCategories/synchronize 44823': 1,
      'AccountingCategories/synchronize Travel': 1,
    },
  },
  {
    mapping: 'myserve-wirelines',
    dataType: 'Wirelines',
    columns: ['Line Number', 'Status Code', 'Message'],
    lines: [
      '7805550201 | created | created | Accepted',
      '7805550202 | created | created | Accepted',
      '7805550203 | error | wireline_account is needed for a new record | Rejected',
      "7805550204 | error | This wireline account doesn't exist on this customer | Rejected",
      '780555 | INVALID_ROW | 1 correction is needed | Rejected | Line Number',
    ],
    effects: { 'Wirelines/synchronize 7805550201': 1, 'Wirelines/synchronize 7805550202': 1 },
  },
  {
    mapping: 'myserve-orders',
    dataType: 'Orders',
    columns: ['PO Number', 'Status Code', 'Message'],
    lines: [
      'PO-2026-0001 |  |  | Accepted',
      'PO-2026-0002 |  |  | Accepted',
      'PO-2026-0003 |  |  | Accepted',
      "PO-2026-0004 | failed | Carrier can't be found; Dealer can't be found | Rejected",
      'PO-2026-0005 | INVALID_ROW | 1 correction is needed | Rejected | Reason Details',
      'PO-2026-0003 |  |  | Duplicate of line 4',
    ],
    effects: {
      'Orders/create PO-2026-0001': 1,
      'Orders/create PO-2026-0002': 1,
      'Orders/create PO-2026-0003': 1,
    },
  },
  {
    mapping: 'myserve-sim-changes',
    dataType: 'SimChanges',
    columns: ['Device Number', 'Status Code'],
    lines: [
      '7805550101 |  | Accepted',
      '7805550102 |  | Accepted',
      '7805550103 | new_sim | Rejected',
      '7805550104 | INVALID_ROW | Rejected | New SIM',
      '7805550101 |  | Duplicate of line 2',
    ],
    effects: {
      'SimCardChanges/create 7805550101 8912230000001234567': 1,
      'SimCardChanges/create 7805550102 8912230000001234568': 1,
    },
  },
  {
    mapping: 'myserve-transfers',
    dataType: 'Transfers',
    columns: ['Reference', 'Status Code', 'Request Status'],
    lines: [
      'TR-2026-0001 | pending | pending | Accepted',
      'TR-2026-0002 | pending | pending | Accepted',
      'TR-2026-0003 | pending | pending | Accepted',
      'TR-2026-0004 | pending | pending | Accepted',
      'TR-2026-0005 | INVALID_ROW |  | Rejected | Carrier Action',
      'TR-2026-0006 | phone_number |  | Rejected',
      'TR-2026-0007 | INVALID_ROW |  | Rejected | Device Make',
    ],
    effects: {
      'TransferOfResponsibility/createIn TR-2026-0001': 1,
      'TransferOfResponsibility/createIn TR-2026-0002': 1,
      'TransferOfResponsibility/createOut TR-2026-0003': 1,
      'TransferOfResponsibility/createOut TR-2026-0004': 1,
    },
  },
];

it.each(samples)('$mapping keeps the tests that lie beside it', async ({ mapping }) => {
  const { passed, failed } = await runMappingTests(`mappings/${mapping}.yaml`, systems);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(1);
});

describe('over a partner’s server', () => {
  let myserve: MyserveSandbox;
  let exchange: Exchange;
  beforeEach(async () => {
    myserve = await startMyserve({ token });
  });
  afterEach(async () => {
    await exchange.stop();
    await myserve.close();
  });

  const start = async ({ mapping, dataType }: Sample, more: { trial?: boolean } = {}): Promise<void> => {
    const target = {
      system: 'myserve',
      baseUrl: myserve.url,
      apiToken: '${file:keys/token}',
      deadline: '2s',
    };
    exchange = await startExchange({
      system: { target: { ...target, ...more }, secrets: { token }, mapping, dataType },
    });
  };

  const poll = async ({ dataType }: Sample, file: string | Buffer): Promise<Record<string, string>[]> => {
    await exchange.drop(`${dataType}_${stamp}.csv`, file);
    await exchange.poll();
    return rowsOf(await exchange.read(`/out/${dataType}Ack_${stamp}.csv`));
  };

  it.each(samples)('the sample of $mapping is done and answered line by line', async (sample) => {
    await start(sample);
    const answer = await poll(sample, await readFile(`samples/myserve/${sample.dataType}_${stamp}.csv`));
    const shown = answer.map((row) => {
      const result = row['Result']?.replace(/ in .*/, '') ?? '';
      return [...sample.columns.map((name) => row[name]), result, row['Column']].filter(
        (text, index) => text !== '' || index < sample.columns.length,
      );
    });
    expect(shown.map((texts) => texts.join(' | '))).toEqual(sample.lines);
    expect(Object.fromEntries(myserve.effects)).toEqual(sample.effects);
  });

  const [employees, , , , orders] = samples as [Sample, Sample, Sample, Sample, Sample];
  const firstLine = async ({ dataType }: Sample): Promise<string> => {
    const file = await readFile(`samples/myserve/${dataType}_${stamp}.csv`, 'utf8');
    return `${file.split('\n').slice(0, 2).join('\n')}\n`;
  };

  it('a record whose answer was lost is sent again: it sets the same values', async () => {
    await start(employees);
    myserve.faults.next('Employees/synchronize', { kind: 'drop-after' });
    expect(await poll(employees, await firstLine(employees))).toMatchObject([{ 'Status Code': 'updated' }]);
    expect(myserve.records('Employees').size).toBe(1);
  });

  it('an order whose answer was lost is held for a decision, and not sent again', async () => {
    await start(orders);
    myserve.faults.next('Orders/create', { kind: 'drop-after' });
    await exchange.drop(`Orders_${stamp}.csv`, await firstLine(orders));
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]?.counts).toMatchObject({ rows: 1, parked: 1 });
    expect([...myserve.effects.values()]).toEqual([1]);
  });

  it('a queued job is asked for as soon as MyServe calls the address that was given to it', async () => {
    const port = await freePort();
    const address = `http://127.0.0.1:${port}/callbacks/myserve/${randomUUID()}`;
    const [sample] = samples as [Sample];
    exchange = await startExchange({
      system: {
        target: {
          ...{ system: 'myserve', baseUrl: myserve.url, apiToken: '${file:keys/token}', deadline: '2s' },
          statusCallback: '${file:keys/address}',
          // It gives up at once, so that only being called brings it back: the schedule would not for a year.
          queued: { every: '1ms', wait: '1ms', deadline: '1h' },
        },
        ...{ secrets: { token, address }, mapping: sample.mapping, dataType: sample.dataType },
      },
      async adjust(config, { configFolder }) {
        const mapping = join(dirname(configFolder), 'mappings', `${sample.mapping}.yaml`);
        const text = await readFile(mapping, 'utf8');
        await writeFile(mapping, text.replace(/operation: .*/, '$&\n    queued: true'));
        config.callbacks = { port };
        for (const feed of Object.values<Yaml>(config.feeds)) feed.schedule = '0 0 1 1 *';
      },
    });
    const stop = new AbortController();
    await exchange.drop(
      `${sample.dataType}_${stamp}.csv`,
      await readFile(`samples/myserve/${sample.dataType}_${stamp}.csv`),
    );
    const served = serve(exchange.app, stop.signal, { write: () => undefined });
    await expect.poll(() => exchange.list('/out')).toContain(`${sample.dataType}Ack_${stamp}.csv`);
    stop.abort();
    await served;
    const rows = rowsOf(await exchange.read(`/out/${sample.dataType}Ack_${stamp}.csv`));
    expect(rows.map((row) => row['Result'])).toContain('Accepted');
    expect(exchange.log.some((line) => line.includes('CALL_QUEUED'))).toBe(true);
    const ledger = await readFile(join(exchange.folder, 'ledger', 'ledger.db'), 'latin1');
    expect(ledger + exchange.log.join('')).not.toContain(address);
  });

  it('a trial answers every line and changes nothing', async () => {
    await start(employees, { trial: true });
    expect(await poll(employees, await firstLine(employees))).toMatchObject([{ 'Status Code': 'created' }]);
    expect(myserve.records('Employees').size).toBe(0);
  });
});
