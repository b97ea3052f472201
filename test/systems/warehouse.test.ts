/** A sixth system, declared in a file: no code of the product knows it. */
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type CheckLine, checkAll } from '../../src/app/check.ts';
import { loadSystems } from '../../src/app/systems.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { startWarehouse, type Warehouse } from '../connectors/warehouse-sandbox.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { rowsOf } from '../support/sales.ts';

const secret = 'canary-of-the-warehouse';
const samples = 'samples/warehouse';
const sample = 'Stock_20260105_090000.csv';
const ack = '/out/StockAck_20260105_090000.csv';

let api: Warehouse;
let exchange: Exchange;

async function start(mapping = 'warehouse-stock', port: number | null = null): Promise<void> {
  const tellingTo = { url: `http://127.0.0.1:${port}/callbacks/http`, headers: { authorization: secret } };
  const login = { kind: 'header', name: 'X-Api-Key', value: secret } as const;
  api = await startWarehouse(login, port === null ? null : tellingTo);
  exchange = await startExchange({
    system: {
      target: {
        ...{ system: 'http', definition: 'warehouse', baseUrl: api.url, deadline: '2s' },
        login: { kind: 'header', name: 'X-Api-Key', value: '${file:keys/warehouse}' },
        ...(port !== null && { callback: { login: { kind: 'header', value: '${file:keys/warehouse}' } } }),
        queued: { every: '50ms', wait: '20s' },
      },
      secrets: { warehouse: secret },
      mapping,
      dataType: 'Stock',
    },
    async adjust(config, { configFolder }) {
      if (port !== null) config.callbacks = { port };
      const base = dirname(configFolder);
      for (const name of ['systems', 'mappings'])
        await cp(join(samples, name), join(base, name), { recursive: true });
    },
  });
}
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const results = async () =>
  rowsOf(await exchange.read(ack)).map((row) =>
    ['Shop', 'Article', 'Status Code', 'Message', 'Result', 'Column'].map((name) => row[name]),
  );

it('keeps the tests that lie beside its mapping', async () => {
  const { operations } = await loadSystems(samples);
  const { passed, failed } = await runMappingTests(`${samples}/mappings/warehouse-stock.yaml`, operations);
  expect(failed).toEqual([]);
  expect(passed).toBe(2);
});

describe('a declared system', () => {
  afterEach(async () => {
    await exchange.stop();
    await api.close();
  });

  it('gets the sample in as few calls as go, and every line is answered', async () => {
    await start();
    await exchange.drop(sample, await readFile(join(samples, sample)));
    await exchange.poll();
    expect(await results()).toEqual([
      ['helsinki-1', 'SKU-0001', 'set', '', 'Accepted', ''],
      ['helsinki-1', 'SKU-0002', 'set', '', 'Accepted', ''],
      ['helsinki-1', 'GONE-0000', 'refused', 'no longer sold', 'Rejected', ''],
      ['helsinki-1', 'SKU-0004', 'INVALID_ROW', expect.any(String), 'Rejected', 'Quantity'],
      ['turku-2', 'SKU-0001', 'set', '', 'Accepted', ''],
    ]);
    expect(Object.fromEntries(api.stock)).toEqual({
      'helsinki-1 SKU-0001': 12,
      'helsinki-1 SKU-0002': 0,
      'turku-2 SKU-0001': 7,
    });
    // The shops are two, and so are the calls.
    expect(api.calls.get('Stock/set')).toBe(2);
  });

  it('sends again what may be sent again when an answer was lost', async () => {
    await start();
    api.faults.next('Stock/set', { kind: 'drop-after' });
    await exchange.drop(sample, 'Shop,Article,Quantity\nhelsinki-1,SKU-0001,12\n');
    await exchange.poll();
    expect(await results()).toEqual([['helsinki-1', 'SKU-0001', 'unchanged', '', 'Accepted', '']]);
  });

  async function linesOf(configFolder: string): Promise<CheckLine[]> {
    const lines: CheckLine[] = [];
    for await (const line of checkAll(await loadConfig(configFolder, {}))) lines.push(line);
    return lines;
  }

  it('is proved by check, with the file that declares it', async () => {
    await start();
    const lines = await linesOf(exchange.rehearsal.configFolder);
    const said = lines.map(({ ok, what, detail }) => `${ok ? 'ok' : 'failed'} ${what}: ${detail}`);
    expect(said).toContain('ok system warehouse: 9 operations');
    expect(said).toContain('ok target http: Orders/list answered with status 200');
  });

  it('is reported by check at its place when the file is wrong', async () => {
    await start();
    const { configFolder } = exchange.rehearsal;
    const file = join(dirname(configFolder), 'systems', 'warehouse.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('kind: write', 'kind: writes'));
    const lines = await linesOf(configFolder);
    const { detail = '' } = lines.find(({ ok, what }) => !ok && what === 'system') ?? {};
    expect(detail).toMatch(/systems\/warehouse\.yaml:\d+:11: CONFIG_INVALID: .*Did you mean "write"/s);
  });

  it('tells the result of what is queued to our callback, by the code that was sent along', async () => {
    const port = await freePort();
    await start('warehouse-counts', port);
    expect(await exchange.app.listen()).toEqual({ port });
    await exchange.drop(sample, 'Shop\nhelsinki-1\nmoving-2\n');
    await exchange.poll();
    const rows = rowsOf(await exchange.read(ack));
    expect(rows.map((row) => [row['Shop'], row['Message'], row['Result']])).toEqual([
      ['helsinki-1', '', 'Accepted'],
      ['moving-2', 'the shop is moving', 'Rejected'],
    ]);
    expect([...api.effects.values()]).toEqual([1, 1]);
  });
});
