import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { type ServicerEventsSandbox, startServicerEvents } from '../../src/sandbox/servicer-events/server.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { rowsOf } from '../support/sales.ts';

const secret = 'canary-signing-secret';
const stamp = '20260105_180000';

let api: ServicerEventsSandbox;
let exchange: Exchange;

async function start(mapping: string, dataType: string): Promise<void> {
  api = await startServicerEvents({ login: { kind: 'hmac', keyId: 'us', secret } });
  api.orders.set('SO-1', { serviceType: 'repair_depot', state: 'accepted', events: [] });
  api.orders.set('SO-2', { serviceType: 'repair_onsite', state: 'accepted', events: [] });
  api.orders.set('SO-3', { serviceType: 'repair_depot', state: 'closed', events: [] });
  exchange = await startExchange({
    system: {
      target: {
        system: 'servicer-events',
        baseUrl: api.url,
        login: { kind: 'hmac', keyId: 'us', secret: '${file:keys/signing}' },
        timestamps: 'milliseconds',
        deadline: '2s',
      },
      secrets: { signing: secret },
      mapping,
      dataType,
    },
  });
}
afterEach(async () => {
  await exchange.stop();
  await api.close();
});

async function send(dataType: string): Promise<(string | undefined)[][]> {
  const name = `${dataType}_${stamp}.csv`;
  await exchange.drop(name, await readFile(`samples/servicer-events/${name}`));
  await exchange.poll();
  const text = await exchange.read(`/out/${dataType}Ack_${stamp}.csv`);
  return rowsOf(text).map((row) => ['Event ID', 'Status Code', 'Result', 'Column'].map((name) => row[name]));
}

describe('depot events', () => {
  beforeEach(() => start('servicer-depot', 'DepotEvents'));

  it('keep the tests that lie beside their mapping', async () => {
    const { passed, failed } = await runMappingTests('mappings/servicer-depot.yaml', systems);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(5);
  });

  it('come in file order, with moments in the unit of the target, and every line is answered', async () => {
    expect(await send('DepotEvents')).toEqual([
      ['D-0001', '', 'Accepted', ''],
      ['D-0002', '', 'Accepted', ''],
      ['D-0003', '', 'Accepted', ''],
      ['D-0004', '', 'Accepted', ''],
      ['D-0005', 'WRONG_SERVICE_TYPE', 'Rejected', ''],
      ['D-0006', 'CLOSED', 'Rejected', ''],
      ['D-0007', 'INVALID_ROW', 'Rejected', 'Event'],
    ]);
    expect(api.orders.get('SO-1')?.events).toMatchObject([
      { event: 'product_received', receivedBy: 'Ada Example', receptionDate: 1_767_600_000_000 },
      { event: 'product_diagnosed' },
      { event: 'repair_eta', isDelayed: true, estimatedRepairCompletionAt: 1_767_700_800_000 },
      { event: 'parts_ordered', metadata: { id: 'D-0004', explanation: 'One panel' } },
    ]);
  });
});

describe('onsite events', () => {
  beforeEach(() => start('servicer-onsite', 'OnsiteEvents'));

  it('keep the tests that lie beside their mapping', async () => {
    const { passed, failed } = await runMappingTests('mappings/servicer-onsite.yaml', systems);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(5);
  });

  it('come in file order, and every line is answered', async () => {
    expect(await send('OnsiteEvents')).toEqual([
      ['O-0001', '', 'Accepted', ''],
      ['O-0002', '', 'Accepted', ''],
      ['O-0003', '', 'Accepted', ''],
      ['O-0004', '', 'Accepted', ''],
      ['O-0005', 'INVALID_ROW', 'Rejected', 'Resolution'],
    ]);
    expect(api.orders.get('SO-2')?.events).toMatchObject([
      { event: 'customer_contact', appointmentTimestamps: [1_767_772_800_000, 1_767_859_200_000] },
      { event: 'part_management', partManagementEventType: 'ordered' },
      { event: 'appointment_scheduling' },
      { event: 'resolved', resolutionType: 'repaired', reason: 'A new board' },
    ]);
  });
});
