/** Bad files through the whole exchange: each is answered with its reason and costs no call. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { columns, csv, imei, rowsOf, sale } from '../support/sales.ts';

const good = csv([sale(1), sale(2)]);
const [header = '', first = '', second = ''] = good.split('\n');
const lines = (...all: string[]): string => `${all.join('\n')}\n`;
const withBytes = (text: string, mark: string, bytes: number[]): Buffer => {
  const at = text.indexOf(mark);
  return Buffer.concat([
    Buffer.from(text.slice(0, at)),
    Buffer.from(bytes),
    Buffer.from(text.slice(at + mark.length)),
  ]);
};

const refused: [what: string, content: string | Buffer, code: string, says: RegExp][] = [
  ['nothing', '', 'FILE_EMPTY', /./],
  ['invalid UTF-8', withBytes(good, 'Pat', [0xff, 0xfe]), 'FILE_ENCODING', /byte \d+/],
  ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), 'FILE_ENCODING', /UTF-16/],
  ['Windows-1252', Buffer.from(good.replace('Pat', 'Pät'), 'latin1'), 'FILE_ENCODING', /1252|UTF-8/],
  ['a NUL byte', good.replace('Pat', 'P\0t'), 'FILE_ENCODING', /./],
  ['no header', lines(first, second), 'FILE_HEADER', /./],
  ['a missing column', good.replace(/^([^,]*),[^,]*/gm, '$1'), 'FILE_HEADER', /Customer Name/],
  ['a column twice', lines(`${header},City`, `${first},x`), 'FILE_HEADER', /City/],
  ['an unknown column', lines(`${header},Colour`, `${first},red`), 'FILE_HEADER', /Colour/],
  [
    'a near miss in the header',
    good.replace('Customer Name', 'CustomerName'),
    'FILE_HEADER',
    /Customer Name/,
  ],
  ['a __proto__ column', lines(`${header},__proto__`, `${first},x`), 'FILE_HEADER', /__proto__/],
  ['semicolons', good.replaceAll(',', ';'), 'FILE_STRUCTURE', /semicolon/],
  ['an unclosed quote', good.replace('Pat', '"Pat'), 'FILE_STRUCTURE', /"Line":"2"/],
  [
    'two stray quotes that would swallow rows',
    lines(header, first.replace('Pat', '"Pat'), second.replace('Pat', 'Pat"')),
    'FILE_STRUCTURE',
    /./,
  ],
  ['a cut last row', good.slice(0, -20), 'FILE_STRUCTURE', /./],
  ['only the last line break cut off', good.slice(0, -1), 'FILE_STRUCTURE', /./],
  ['a short row', lines(header, first, second.slice(0, second.lastIndexOf(','))), 'FILE_STRUCTURE', /3/],
  ['a long row', lines(header, first, `${second},x`), 'FILE_STRUCTURE', /3/],
  ['more rows than agreed', csv(Array.from({ length: 11 }, (_, n) => sale(n))), 'FILE_TOO_MANY_ROWS', /10/],
  ['a field beyond the limit', csv([sale(1, { City: 'x'.repeat(5000) })]), 'FILE_TOO_LARGE', /./],
  [
    'a record beyond the limit',
    lines(header, first.replace('Pat', 'x'.repeat(70_000))),
    'FILE_TOO_LARGE',
    /./,
  ],
  [
    'more bytes than agreed',
    lines(header, ...Array.from({ length: 600 }, () => first)),
    'FILE_TOO_LARGE',
    /./,
  ],
];

describe('a file that is refused as a whole', () => {
  let exchange: Exchange;
  beforeAll(async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.limits = { maxRows: 10, maxBytes: '100KB', maxFieldChars: 2000 };
      },
    });
  });
  afterAll(() => exchange.stop());

  it.each(refused)('%s', async (what, content, code, says) => {
    const stamp = `202401${String(refused.findIndex(([name]) => name === what) + 1).padStart(2, '0')}`;
    await exchange.drop(`Sales_${stamp}.csv`, content);
    const { arrivals } = await exchange.poll();
    expect(arrivals).toMatchObject([
      { state: 'settled', disposition: 'errored', problem: { code }, counts: { rows: 0 } },
    ]);
    const rows = rowsOf(await exchange.read(`/out/SalesAck_${stamp}.csv`));
    expect(rows).toMatchObject([{ 'Status Code': code, Result: 'File refused; no line was processed' }]);
    expect(JSON.stringify(rows)).toMatch(says);
    expect(rows[0]?.['Fix']).not.toBe('');
    expect(await exchange.list('/in')).toEqual([]);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
  });

  it('a line of a gigabyte, unread', async () => {
    const file = await open(join(exchange.root, 'in', 'Sales_20240131.csv'), 'w');
    await file.write('x');
    await file.truncate(2 ** 30);
    await file.close();
    const { faults } = exchange.rehearsal.sftp;
    faults.next('READ', { answer: 'failure' }, { path: /^\/in\// });
    const { arrivals } = await exchange.poll();
    expect(arrivals).toMatchObject([{ disposition: 'errored', problem: { code: 'FILE_TOO_LARGE' } }]);
    expect(faults.met.size).toBe(0);
    faults.clear();
    await rm(join(exchange.root, 'errored', 'Sales_20240131.csv'));
  });

  it('is told to a person once each, with the file and the reason', () => {
    const mails = exchange.rehearsal.mail.messages();
    expect(mails).toHaveLength(refused.length + 1);
    for (const { text } of mails) expect(text).toMatch(/Fix .*\S/);
  });
});

describe('where a trailer with count and total is agreed', () => {
  let exchange: Exchange;
  beforeAll(async () => {
    exchange = await startExchange({
      adjust: ({ feeds }) => {
        feeds['acme-sales'].dialect = { trailer: { marker: 'END', totalOf: 'Device Purchase Price' } };
      },
    });
  });
  afterAll(() => exchange.stop());

  let day = 0;
  it.each([
    ['a wrong total', `${good}END,2,110001.01\n`],
    ['a wrong count', `${good}END,3,110001.00\n`],
    ['no trailer', good],
    ['a row behind the trailer', lines(header, first, 'END,1,55000.50', second)],
  ])('%s refuses the file, with one mail', async (_what, content) => {
    const stamp = `202403${String(++day).padStart(2, '0')}`;
    await exchange.drop(`Sales_${stamp}.csv`, content);
    const { arrivals } = await exchange.poll();
    expect(arrivals).toMatchObject([{ disposition: 'errored', problem: { code: 'FILE_TRAILER' } }]);
    const [row] = rowsOf(await exchange.read(`/out/SalesAck_${stamp}.csv`));
    expect(row).toMatchObject({
      'Status Code': 'FILE_TRAILER',
      Result: 'File refused; no line was processed',
    });
    expect(exchange.rehearsal.mail.messages()).toHaveLength(day);
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
  });

  it('a right one is taken', async () => {
    await exchange.drop('Sales_20240399.csv', `${good}END,2,110001.00\n`);
    expect((await exchange.poll()).arrivals).toMatchObject([{ counts: { rows: 2, accepted: 2 } }]);
  });
});

describe('a value that is refused, with its row', () => {
  let exchange: Exchange;
  beforeAll(async () => {
    exchange = await startExchange();
  });
  afterAll(() => exchange.stop());

  let day = 0;
  it.each([
    ['Device Purchase Price', '1e5'],
    ['Device Purchase Price', '1.234,50'],
    ['Device Purchase Price', 'NaN'],
    ['Policy Date of Purchase', '31/02/2024'],
    ['Policy Date of Purchase', '2024-13-01'],
    ['Product Unique ID', imei(1).replace(/.$/, (digit) => String((Number(digit) + 1) % 10))],
    ['Country Code', 'XX'],
    ['Currency Code', 'EURO'],
    ['Email Address', 'a@b@c'],
    ['Mobile Number', '12'],
    ['Frequency Value', '1.5'],
    ['External SKU Code', 'NO-SUCH'],
  ])('%s: %s', async (column, value) => {
    const stamp = `202402${String(++day).padStart(2, '0')}`;
    await exchange.drop(`Sales_${stamp}.csv`, csv([sale(1, { [column]: value })]));
    const { arrivals } = await exchange.poll();
    expect(arrivals).toMatchObject([{ counts: { rows: 1, rejected: 1 } }]);
    const [row] = rowsOf(await exchange.read(`/out/SalesAck_${stamp}.csv`));
    expect(row).toMatchObject({
      'Status Code': 'INVALID_ROW',
      Column: column,
      Value: value,
      Result: 'Rejected',
    });
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
  });
});

describe('input that is odd but right', () => {
  let exchange: Exchange;
  beforeAll(async () => {
    exchange = await startExchange();
  });
  afterAll(() => exchange.stop());

  it.each([
    ['a byte order mark', '20240101', `\ufeff${csv([sale(11)])}`],
    ['mixed line ends', '20240102', csv([sale(12), sale(13)]).replace('\n', '\r\n')],
    ['another order of columns', '20240103', csv([sale(14)], columns.toReversed())],
    ['quotes around everything', '20240104', csv([sale(15)]).replace(/[^,\n]+/g, '"$&"')],
  ])('%s', async (_what, stamp, content) => {
    await exchange.drop(`Sales_${stamp}.csv`, content);
    const { arrivals } = await exchange.poll();
    expect(arrivals[0]?.problem).toBeNull();
    expect(arrivals[0]?.counts).toMatchObject({ rejected: 0, pending: 0 });
  });

  it('keeps leading zeros and exact amounts on their way to the API', async () => {
    await exchange.drop(
      'Sales_20240105.csv',
      csv([
        sale(16, {
          'External Contract ID': '000123',
          Zipcode: '00501',
          'Device Purchase Price': '100000.10',
        }),
      ]),
    );
    await exchange.poll();
    const attempts = await exchange.app.ledger.attempts(5);
    expect(attempts[0]?.request).toMatchObject({
      ExternalReferenceID: '000123',
      Zipcode: '00501',
      ProductPurchaseCost: 100000.1,
    });
  });

  it('takes Windows-1252 where that is agreed, with every letter', async () => {
    await exchange.restart(({ feeds }) => {
      feeds['acme-sales'].dialect = { encoding: 'windows-1252' };
    });
    const content = csv([sale(17, { City: 'Münster', State: 'Österreich' })]);
    await exchange.drop('Sales_20240106.csv', Buffer.from(content, 'latin1'));
    await exchange.poll();
    const [attempt] = await exchange.app.ledger.attempts(6);
    expect(attempt?.request['CustomerAddress']).toMatchObject({ City: 'Münster', State: 'Österreich' });
  });
});
