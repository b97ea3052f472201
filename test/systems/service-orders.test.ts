import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { type ServiceOrdersSandbox, startServiceOrders } from '../../src/sandbox/service-orders/server.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { rowsOf } from '../support/sales.ts';

const password = 'canary-password';

let api: ServiceOrdersSandbox;
let exchange: Exchange;
beforeEach(async () => {
  api = await startServiceOrders({ login: { kind: 'basic', user: 'us', password } });
  exchange = await startExchange({
    system: {
      target: {
        system: 'service-orders',
        baseUrl: api.url,
        login: { kind: 'basic', user: 'us', password: '${file:keys/password}' },
        // The sample's second file names the order that the first one makes first.
        concurrency: 1,
        deadline: '2s',
      },
      secrets: { password },
      mapping: 'service-orders',
      dataType: 'ServiceOrders',
    },
  });
});
afterEach(async () => {
  await exchange.stop();
  await api.close();
});

async function haveRate(name: string): Promise<void> {
  const answer = await fetch(`${api.url}/tenants/acme/hourly-rates`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`us:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name }),
  });
  expect(answer.status).toBe(201);
}

async function send(stamp: string): Promise<(string | undefined)[][]> {
  const name = `ServiceOrders_${stamp}.csv`;
  await exchange.drop(name, await readFile(`samples/service-orders/${name}`));
  await exchange.poll();
  return rowsOf(await exchange.read(`/out/ServiceOrdersAck_${stamp}.csv`)).map((row) =>
    ['Reference', 'Status Code', 'Service Order Number', 'Entry', 'Result', 'Column'].map(
      (name) => row[name],
    ),
  );
}

it('keeps the tests that lie beside its mapping', async () => {
  const { passed, failed } = await runMappingTests('mappings/service-orders.yaml', systems);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(5);
});

it('turns the samples into orders, and then into their hours and events', async () => {
  expect(await send('20260105_090000')).toEqual([
    ['WS-2026-0001', '', 'SO-1', '', 'Accepted', ''],
    ['WS-2026-0002', '', expect.stringMatching(/^SO-\d$/), '', 'Accepted', ''],
    ['WS-2026-0003', 'INVALID_ROW', '', '', 'Rejected', 'Title | Service Type'],
  ]);
  // Two pages, and the wanted one is on the last.
  await Promise.all(Array.from({ length: 100 }, (_, n) => haveRate(`Rate ${n}`)));
  await haveRate('Workshop');
  const rate = api.things.get('acme/hourly-rates')?.at(-1)?.id;
  expect(await send('20260105_170000')).toEqual([
    ['WS-2026-0001', '', '', expect.stringMatching(/^EV-\d+$/), 'Accepted', ''],
    ['WS-2026-0001', '', '', expect.stringMatching(/^HR-\d+$/), 'Accepted', ''],
    ['WS-2026-0001', '', '', expect.stringMatching(/^EV-\d+$/), 'Accepted', ''],
    ['WS-2026-0001', '', 'SO-1', '', 'Accepted', ''],
    ['WS-2026-0009', 'NOT_FOUND', '', '', 'Rejected', ''],
    ['WS-2026-0001', 'INVALID_ROW', '', '', 'Rejected', 'Minutes | Worked On'],
    ['WS-2026-0001', 'NOT_LISTED', '', '', 'Rejected', ''],
  ]);
  // Two rows name a rate: the list is read once, to its end.
  expect(api.calls.get('HourlyRate/list')).toBe(2);
  expect(api.things.get('acme/helsinki-1/SO-1/hours')).toMatchObject([
    { fields: { reference: 'WS-2026-0001', minutes: 90, date: '2026-01-05', hourlyRate: rate } },
  ]);
  const events = api.things.get('acme/helsinki-1/SO-1/events') ?? [];
  expect(events.map(({ fields }) => [fields['event'], fields['eventDate']])).toEqual([
    ['repair_started', 1767607200],
    ['repair_completed', 1767612600],
  ]);
  expect([...api.effects.values()].every((count) => count === 1)).toBe(true);
});
