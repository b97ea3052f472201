import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { loadMappings } from '../../src/app/mappings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { freePort } from '../support/free-port.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const stamp = '20260105_090000';

let exchange: Exchange;

const use =
  (mapping: string, dataType: string) =>
  (config: Yaml): void => {
    for (const feed of Object.values<Yaml>(config.feeds)) Object.assign(feed, { mapping, dataType });
  };

/** Puts the sample into `/in`; gives the named columns of each line of the acknowledgement, what became of it and the columns at fault. */
async function exchangeSample(dataType: string, columns: readonly string[]): Promise<string[]> {
  const name = `${dataType}_${stamp}.csv`;
  await exchange.drop(name, await readFile(`samples/servify/${name}`));
  await exchange.poll();
  return rowsOf(await exchange.read(`/out/${dataType}Ack_${stamp}.csv`)).map((row) => {
    const result = row['Result']?.replace(/ in .*/, '') ?? '';
    return [...columns.map((column) => row[column]), result, row['Column']].join(' | ');
  });
}

const effects = (): Record<string, number> => Object.fromEntries(exchange.rehearsal.servify.effects);

describe('a sample file for Servify', () => {
  afterEach(() => exchange.stop());

  it('of vouchers records each card once', async () => {
    exchange = await startExchange({ adjust: use('servify-vouchers', 'Vouchers') });
    expect(await exchangeSample('Vouchers', ['Card Number', 'Status Code'])).toEqual([
      '31224334500412 | CREATED | Accepted | ',
      '31224334500413 | CREATED | Accepted | ',
      '31224334500000 | FAILED | Rejected | ',
      '31224334500415 | INVALID_ROW | Rejected | Card Series',
      '31224334500412 | CREATED | Duplicate of line 2 | ',
    ]);
    expect(effects()).toEqual({
      'Voucher/captureVoucherSales SERIES01 31224334500412': 1,
      'Voucher/captureVoucherSales SERIES01 31224334500413': 1,
    });
  });

  it('of claims raises them and sets their status; one of shipments sets theirs', async () => {
    exchange = await startExchange({ adjust: use('servify-claims', 'Claims') });
    expect(await exchangeSample('Claims', ['Claim ID', 'Status Code', 'Reference', 'Waybill'])).toEqual([
      'CLM-2026-0001 | SC0061 | R0000001 |  | Accepted | ',
      'CLM-2026-0002 | SC0061 | R0000002 |  | Accepted | ',
      'CLM-2026-0003 | DATA.BAD_REQUEST.400 |  |  | Rejected | ',
      'CLM-2026-0004 | INVALID_ROW |  |  | Rejected | Device ID | Issue Code',
      'CLM-2026-0001 |  |  | W0000001 | Accepted | ',
      'CLM-2026-0009 | DATA.BAD_REQUEST.400 |  |  | Rejected | ',
    ]);
    expect(exchange.rehearsal.servify.claims.get('R0000001')?.statusCode).toBe('SC0002');

    await exchange.restart(use('servify-logistics', 'Logistics'));
    expect(await exchangeSample('Logistics', ['Waybill', 'Status', 'Status Code'])).toEqual([
      'W0000001 | attempted |  | Accepted | ',
      'W0000001 | delivered |  | Accepted | ',
      'W0000009 | attempted | DATA.BAD_REQUEST.400 | Rejected | ',
      'W0000001 |  | INVALID_ROW | Rejected | Status',
    ]);
    expect(exchange.rehearsal.servify.claims.get('R0000001')?.logisticsStatus).toBe('delivered');
  });

  it('of service requests sends the codes of the names in it', async () => {
    exchange = await startExchange({ adjust: use('servify-service-requests', 'ServiceRequests') });
    const columns = ['Request Number', 'Status Code'];
    expect(await exchangeSample('ServiceRequests', columns)).toEqual([
      'SR-2026-0001 |  | Accepted | ',
      'SR-2026-0002 |  | Accepted | ',
      'SR-2026-0003 | NOT_LISTED | Rejected | ',
      'SR-2026-0004 | NOT_LISTED | Rejected | ',
      'SR-2026-0005 | INVALID_ROW | Rejected | Issue',
      'SR-2026-0006 |  | Accepted | ',
    ]);
    const sent = [...exchange.rehearsal.servify.claims.values()].map(({ details }) => details);
    expect(sent.map(({ BrandCode, Issues }) => JSON.stringify([BrandCode, Issues])).sort()).toEqual([
      '["APPLE",[{"IssueRemarks":"the left one","IssueCode":"0E74248AA1"}]]',
      '["SAMSUNG",[{"IssueCode":"0E74248AA1"}]]',
      '["SAMSUNG",[{"IssueCode":"OTHERS"}]]',
    ]);
    const [refused] = await exchange.app.ledger.attempts(1, 4);
    // Whether it was read for this line or for one beside it, the list itself is not kept with the row.
    expect(refused).toMatchObject({ operation: 'ServiceRequest/getBrandList', answer: { entries: 3 } });
  });

  it('of two hundred service requests for three brands reads each list once', async () => {
    exchange = await startExchange({ adjust: use('servify-service-requests', 'ServiceRequests') });
    const sample = await readFile(`samples/servify/ServiceRequests_${stamp}.csv`, 'utf8');
    const [header = '', first = ''] = sample.split('\n');
    const brands = ['Apple', 'Samsung', 'Aurora'];
    const rows = Array.from({ length: 200 }, (_, n) =>
      first
        .replace('SR-2026-0001', `SR-${n}`)
        .replace('490154203237518', `SN-${1000 + n}`)
        .replace('Apple', brands[n % 3] ?? ''),
    );
    await exchange.drop(`ServiceRequests_${stamp}.csv`, [header, ...rows, ''].join('\n'));
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]?.counts).toMatchObject({ rows: 200, accepted: 200 });
    const { calls } = exchange.rehearsal.servify;
    expect(calls.get('ServiceRequest/createServiceRequest')).toBe(200);
    expect(calls.get('ServiceRequest/getBrandList')).toBe(1);
    expect(calls.get('ServiceRequest/getProductList')).toBe(3);
    expect(calls.get('ServiceRequest/getIssueList')).toBe(3);
  }, 60_000);

  it('of payments records each once', async () => {
    exchange = await startExchange();
    await exchange.drop('Sales_20260105.csv', csv([sale(1)]));
    await exchange.poll();
    await exchange.restart(use('servify-payments', 'Payments'));
    expect(await exchangeSample('Payments', ['Payment ID', 'Status Code'])).toEqual([
      'PAY-2026-01-0001 |  | Accepted | ',
      'PAY-2026-01-0002 | DATA.BAD_REQUEST.400 | Rejected | ',
      'PAY-2026-01-0003 | INVALID_ROW | Rejected | Paid At',
      'PAY-2026-01-0001 |  | Duplicate of line 2 | ',
    ]);
    expect(effects()).toMatchObject({ 'Contract/createTransaction PAY-2026-01-0001': 1 });
  });
});

describe('sales that Servify only queues', () => {
  afterEach(() => exchange.stop());

  const secret = 'canary-callback-secret';
  it('wait for what is told to us, over a restart, and are answered then', async () => {
    const port = await freePort();
    exchange = await startExchange({
      async adjust(config, { configFolder }) {
        await writeFile(join(configFolder, 'keys', 'callback'), secret, { mode: 0o600 });
        const mapping = join(dirname(configFolder), 'mappings', 'contract-sale.yaml');
        const text = await readFile(mapping, 'utf8');
        await writeFile(
          mapping,
          text.replace('operation: Contract/createContract', 'operation: Async/Contract/createContract'),
        );
        config.callbacks = { port };
        const [target] = Object.values<Yaml>(config.targets);
        target.queued = { every: '20ms', wait: '50ms', deadline: '1m' };
        target.callback = { login: { kind: 'header', name: 'x-key', value: '${file:keys/callback}' } };
      },
    });
    await exchange.drop('Sales_20260105.csv', csv([sale(1)]));
    const { waitsFor, arrivals } = await exchange.poll();
    expect(waitsFor).toMatchObject({ code: 'CALL_QUEUED' });
    expect(arrivals[0]).toMatchObject({ state: 'staged', counts: { pending: 1 } });
    const [call] = await exchange.app.ledger.queuedCalls(arrivals[0]?.id ?? 0);

    await exchange.restart();
    expect(await exchange.app.listen()).toEqual({ port });
    const told = (key: string) =>
      fetch(`http://127.0.0.1:${port}/callbacks/servify`, {
        method: 'POST',
        headers: { 'x-key': key },
        body: JSON.stringify({ requestCode: call?.code, soldPlanCode: 'SP-1' }),
      }).then(({ status }) => status);
    expect([await told('guessed'), await told(secret), await told(secret)]).toEqual([401, 200, 200]);
    expect((await exchange.poll()).waitsFor).toBeNull();
    const answer = rowsOf(await exchange.read('/out/SalesAck_20260105.csv'));
    expect(answer).toMatchObject([{ Result: 'Accepted', 'Created Sold Plan Code': 'SP-1' }]);
    expect(exchange.rehearsal.servify.calls.get('Async/Contract/createContract')).toBe(1);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
  });

  it('are refused at the start where nobody would hear their results', async () => {
    exchange = await startExchange();
    const mapping = join(dirname(exchange.rehearsal.configFolder), 'mappings', 'contract-sale.yaml');
    const text = await readFile(mapping, 'utf8');
    await writeFile(mapping, text.replace('Contract/createContract', 'Async/Contract/createContract'));
    const config = await loadConfig(exchange.rehearsal.configFolder, {});
    await expect(loadMappings(config, systems)).rejects.toMatchObject({
      errors: [{ code: 'CONFIG_INVALID' }],
    });
  });
});

it.each([
  'servify-vouchers',
  'servify-claims',
  'servify-logistics',
  'servify-payments',
  'servify-service-requests',
])('%s keeps the tests that lie beside it', async (mapping) => {
  const { passed, failed } = await runMappingTests(`mappings/${mapping}.yaml`, systems);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(1);
});
