/** Every mapping of an export over the system that it reads, to a partner's server. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { runExportTests } from '../../src/mapping/export/test-file.ts';
import { type MyserveSandbox, startMyserve } from '../../src/sandbox/myserve/server.ts';
import { type ServiceOrdersSandbox, startServiceOrders } from '../../src/sandbox/service-orders/server.ts';
import type { Exchange, Yaml } from '../support/exchange.ts';
import { contractExport, movedClock, runExport, sell, startExports } from '../support/exports.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const token = 'canary-token';

const mappings = [
  'contract-sale',
  'myserve-billing',
  'myserve-devices',
  'myserve-employees',
  'myserve-orders',
  'service-orders',
  'servify-claims',
  'servify-contracts',
];

it.each(mappings)('%s keeps the tests that lie beside it', async (mapping) => {
  const { passed, failed } = await runExportTests(`mappings/${mapping}.export.yaml`, systems);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(0);
});

const billingLine = (n: number, changes: JsonObject = {}): JsonObject => ({
  ...{ number: `78055501${String(n).padStart(3, '0')}`, billing_account: '0012', cycle_date: '2024-06-01' },
  ...{ username: 'Ada Example', total_charges: n / 10, ...changes },
});

describe('over a partner’s server', () => {
  let exchange: Exchange;
  let myserve: MyserveSandbox;
  let orders: ServiceOrdersSandbox;
  beforeEach(async () => {
    const lines = Array.from({ length: 230 }, (_, index) => billingLine(index + 1));
    myserve = await startMyserve({
      token,
      billingLines: [...lines, billingLine(999, { cycle_date: '2024-05-01' })],
    });
    orders = await startServiceOrders({ login: { kind: 'header', name: 'x-api-key', value: token } });
  });
  afterEach(async () => {
    await exchange.stop();
    await myserve.close();
    await orders.close();
  });

  /** One export, on the 1st of July. */
  async function start(over: Yaml, clock = movedClock('2024-07-01T06:00:00+05:30')): Promise<void> {
    const secret = '${file:keys/token}';
    const login = { kind: 'header', name: 'x-api-key', value: secret };
    exchange = await startExports(
      {
        one: contractExport({
          dataType: 'Export',
          window: { start: '2024-06-01', length: 'month' },
          ...over,
        }),
      },
      {
        clock,
        async adjust(config, { configFolder }) {
          await writeFile(join(configFolder, 'keys', 'token'), token, { mode: 0o600 });
          config.targets.myserve = {
            system: 'myserve',
            baseUrl: myserve.url,
            apiToken: secret,
            deadline: '5s',
            quietPeriod: '5s',
          };
          config.targets['service-orders'] = {
            system: 'service-orders',
            baseUrl: orders.url,
            login,
            deadline: '5s',
            quietPeriod: '5s',
          };
        },
      },
    );
  }

  async function exported(): Promise<Record<string, string>[]> {
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect(await exchange.list('/out')).toContain('Export_20240701_000000.csv');
    return rowsOf(await exchange.read('/out/Export_20240701_000000.csv'));
  }
  const column = (rows: readonly Record<string, string>[], name: string): (string | undefined)[] =>
    rows.map((row) => row[name]);

  it('lists the contracts of a month over many pages', async () => {
    await start({ mapping: 'servify-contracts', target: 'servify' });
    const ids = Array.from({ length: 250 }, (_, index) => `C-${index}`);
    sell(exchange, ['before', '2024-05-31'], ...ids.map((id): [string, string] => [id, '2024-06-15']), [
      'after',
      '2024-07-01',
    ]);
    expect(column(await exported(), 'External Contract ID')).toEqual(ids);
  });

  it('lists the claims of a month', async () => {
    await start({ mapping: 'servify-claims', target: 'servify' });
    const claims = exchange.rehearsal.servify;
    for (let n = 1; n <= 12; n++)
      claims.perform('ServiceRequest/raiseClaimRequest', { ExternalReferenceID: `E-${n}` });
    // The simulator gives them the day of its own clock.
    for (const claim of claims.claims.values()) claim.createdOn = '2024-06-15';
    const rows = await exported();
    expect(rows).toHaveLength(12);
    expect(rows[0]).toMatchObject({ Reference: expect.stringMatching(/./), 'Status Code': 'SC0059' });
  });

  /** As if the systems had them all along. */
  async function ask(url: string, body: JsonObject, header: string): Promise<void> {
    const answer = await fetch(url, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { [header]: token, 'content-type': 'application/json' },
    });
    expect(answer.status).toBeLessThan(300);
  }

  it('lists devices', async () => {
    await start({ mapping: 'myserve-devices', target: 'myserve' });
    const device = {
      number: '7805550101',
      username: 'Ada Example',
      billing_account: '0012',
      device_make: 'Phone 15',
    };
    (myserve.records('Devices') as Map<string, JsonObject>).set(device.number, device);
    expect(await exported()).toMatchObject([
      { 'Device Number': '7805550101', User: 'Ada Example', Device: 'Phone 15', Account: '0012' },
    ]);
  });

  it('lists employees over pages that tell no total', async () => {
    await start({ mapping: 'myserve-employees', target: 'myserve' });
    const records = myserve.records('Employees') as Map<string, JsonObject>;
    const numbers = Array.from({ length: 200 }, (_, index) => `A${100_000 + index}`);
    for (const number of numbers) records.set(number, { number, name: 'Ada Example', status: 'active' });
    expect(column(await exported(), 'Employee Number')).toEqual(numbers);
  });

  it('lists hardware orders', async () => {
    await start({ mapping: 'myserve-orders', target: 'myserve' });
    const all = myserve.orders as Map<string, JsonObject>;
    for (let n = 0; n < 101; n++) {
      const uuid = `6b0f4d1e-0000-4000-8000-${String(n).padStart(12, '0')}`;
      all.set(uuid, {
        uuid,
        state: 'Configuration',
        carrier_name: 'Bell',
        dealer: { name: 'Downtown' },
        order_items: [{ product_id: 12 }],
      });
    }
    const rows = await exported();
    expect(rows).toHaveLength(101);
    expect(rows[100]).toMatchObject({ State: 'Configuration', Dealer: 'Downtown', 'Item Product': '12' });
  });

  it('lists the billing lines of a cycle, with charges digit by digit', async () => {
    await start({ mapping: 'myserve-billing', target: 'myserve' });
    const rows = await exported();
    expect(rows).toHaveLength(230);
    expect(column(rows.slice(0, 3), 'Total Charges')).toEqual(['0.10', '0.20', '0.30']);
    expect(rows[229]).toMatchObject({ Account: '0012', Cycle: '20240601', 'Total Charges': '23.00' });
  });

  it('searches service orders', async () => {
    await start({ mapping: 'service-orders', target: 'service-orders' });
    for (const [reference, date] of [
      ['W-1', '2024-05-31'],
      ['W-2', '2024-06-01'],
      ['W-3', '2024-06-30'],
      ['W-4', '2024-07-01'],
    ]) {
      const order = {
        reference: reference ?? '',
        date: date ?? '',
        title: '=1+1',
        customer: { name: 'Ada Example' },
      };
      await ask(`${orders.url}/tenants/acme/stores/helsinki-1/service-orders`, order, 'x-api-key');
    }
    expect(await exported()).toMatchObject([
      { Reference: 'W-2', Title: "'=1+1", Customer: 'Ada Example', Date: '01.06.2024' },
      { Reference: 'W-3', Date: '30.06.2024' },
    ]);
  });

  it('has the rows of contract sales', async () => {
    const clock = movedClock('2024-06-30T12:00:00+05:30');
    await start({ mapping: 'contract-sale', target: null, feed: 'acme-sales' }, clock);
    await exchange.drop('Sales_20240630.csv', csv([sale(1), sale(2)]));
    expect((await exchange.poll()).waitsFor).toBeNull();
    clock.set('2024-07-01T06:00:00+05:30');
    const rows = await exported();
    expect(column(rows, 'External Contract ID')).toEqual(['C-1', 'C-2']);
    expect(column(rows, 'Outcome')).toEqual(['accepted', 'accepted']);
  });
});
