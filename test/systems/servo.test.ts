import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { type ServoSandbox, startServo } from '../../src/sandbox/servo/server.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { rowsOf } from '../support/sales.ts';

const token = '976f7492627e2c8ca3bfc77b9286db5097c69e57';
const sample = 'Orders_20260105_090000.csv';
const ack = '/out/OrdersAck_20260105_090000.csv';

let servo: ServoSandbox;
let exchange: Exchange;
beforeEach(async () => {
  servo = await startServo({ token });
  exchange = await startExchange({
    system: {
      target: { system: 'servo', baseUrl: servo.url, token: '${file:keys/token}', deadline: '2s' },
      secrets: { token },
      mapping: 'servo-orders',
      dataType: 'Orders',
    },
  });
});
afterEach(async () => {
  await exchange.stop();
  await servo.close();
});

const results = async () =>
  rowsOf(await exchange.read(ack)).map((row) =>
    ['Reference', 'Status Code', 'Order Number', 'Warranty Status', 'Result', 'Column'].map(
      (name) => row[name],
    ),
  );

it('keeps the tests that lie beside its mapping', async () => {
  const { passed, failed } = await runMappingTests('mappings/servo-orders.yaml', systems);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(5);
});

it('turns the sample into orders, and answers every line', async () => {
  const photo = await readFile('samples/servo/device-0001.png');
  await exchange.drop('device-0001.png', photo);
  await exchange.drop(sample, await readFile(`samples/servo/${sample}`));
  await exchange.poll();
  expect(await results()).toEqual([
    ['STORE7-0001', '', expect.stringMatching(/^1101276\d$/), '', 'Accepted', ''],
    ['STORE7-0002', '', expect.stringMatching(/^1101276\d$/), '', 'Accepted', ''],
    ['STORE7-0003', 'OOW', '', 'OOW', 'Rejected', ''],
    ['STORE7-0004', 'INVALID_ROW', '', '', 'Rejected', 'Problem | Email Address'],
    ['STORE7-0005', '', expect.stringMatching(/^1101276\d$/), '', 'Accepted', ''],
    ['STORE7-0006', 'INVALID_ROW', '', '', 'Rejected', 'Photo'],
  ]);
  expect(Object.fromEntries(servo.effects)).toEqual({
    'Order/create C02AB12CD34': 1,
    'Order/create C02AB12CD35': 1,
    'Order/create eve@example.com': 1,
  });
  const [first] = rowsOf(await exchange.read(ack));
  expect(servo.orders.get(first?.['Order Number'] ?? '')?.details['device']).toEqual({
    sn: 'C02AB12CD34',
    description: 'MacBook Pro',
    accessories: ['Power adapter', 'Bag'],
  });
  expect(servo.orders.get(first?.['Order Number'] ?? '')?.details['attachment']).toEqual({
    name: 'device-0001.png',
    data: photo.toString('base64'),
  });
  expect(await exchange.list('/processed')).toEqual([sample, 'device-0001.png']);
});

it('parks an order whose answer was lost: nothing tells whether it was made', async () => {
  servo.faults.next('Order/create', { kind: 'drop-after' });
  const [header, , , , , first] = (await readFile(`samples/servo/${sample}`, 'utf8')).split('\n');
  await exchange.drop(sample, `${header}\n${first}\n`);
  const { arrivals } = await exchange.poll();
  expect(arrivals[0]?.counts).toMatchObject({ rows: 1, parked: 1 });
  expect([...servo.effects.values()]).toEqual([1]);
});
