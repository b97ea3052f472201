import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import type { CallResult } from '../../src/connectors/port.ts';
import { loadMapping } from '../../src/mapping/compile.ts';
import { answered, load, mapRow } from './fixtures.ts';

const shop = `system: shop
columns:
  Id: { type: code, required: true, aliases: [Order Id] }
  Action: { type: text, required: true }
  Name: { type: text, personal: true }
  Phone: { type: phone, country: { value: US }, personal: true }
  Street: { type: text, personal: true }
  Device: { type: device-id }
  Serial: { type: code, optional: true }
  Sku: { type: code }
  Price: { type: decimal }
  Colour: { type: code }
  Reason: { type: code }
lookups:
  goods: { file: goods.csv, key: Sku }
route: { column: Action }
order: Id
actions:
  Create:
    aliases: [New Order]
    operation: Order/create
    required: [Name]
    forbidden: [Reason]
    request:
      id: { column: Id }
      note: { lookup: goods, by: Sku, give: Title }
      price: { lookup: goods, by: Sku, give: Price }
      colour: { column: Colour }
      phone: { column: Phone }
      address: { fields: { street: { column: Street } } }
      party: { fields: { name: { column: Name } } }
      anything: { value: { from: [SFTP] } }
  Cancel:
    operation: Order/cancel
    required: [Sku]
    request:
      id: { column: Id }
      reason: { firstOf: [{ column: Reason }, { column: Serial }, { column: Device, when: serial }] }
      contact: { fields: { name: { column: Name } } }
  Buy:
    operation: Order/buy
    reads:
      quote:
        operation: Order/quote
        request: { id: { column: Id }, price: { column: Price } }
        accept: { path: offer.good, equals: true }
        refusal: { code: offer.code, message: No good offer, cells: { Quote: offer.code } }
    request:
      id: { column: Id }
      cost: { read: quote, path: offer.cost }
    cells: { Number: number, Extra: extra, Ticket: $ticket }
acknowledgement:
  keys: [Id, Action]
  columns: [Code, Message, Number, Extra, Ticket, Quote]
  cells: { Code: $code, Message: $message }
`;
const files = { 'goods.csv': 'Sku,Title,Price\nA-1,Lamp,12.50\nA-2,Chair,\n' };

test('builds the request from columns, tables and constants, and leaves out what is absent', async () => {
  const mapping = await load(shop, files);
  const mapped = mapRow(mapping, { Id: ' 0042 ', Action: 'new  ORDER', Name: 'Ada', Sku: 'A-1' });
  expect(mapped).toEqual({
    keys: [' 0042 ', 'new  ORDER'],
    action: 'Create',
    attachment: null,
    orderKey: '0042',
    violations: [],
    plan: {
      request: {
        id: '0042',
        note: 'Lamp',
        price: 12.5,
        party: { name: 'Ada' },
        anything: { from: ['SFTP'] },
      },
      reads: [],
    },
  });
  expect(mapping.header.columns[0]).toEqual({ name: 'Id', aliases: ['Order Id'], required: true });
  expect(mapping.header.columns[6]).toMatchObject({ name: 'Serial', required: false });
});

test('keeps every violation of a row, in the order of the columns', async () => {
  const mapping = await load(shop, files);
  const mapped = mapRow(mapping, { Action: 'Create', Phone: '12', Sku: 'A1', Price: '1e5', Reason: 'R' });
  expect(mapped.plan).toBeNull();
  expect(mapped.violations.map(({ column, rule }) => [column, rule])).toEqual([
    ['Id', 'must be filled for every row'],
    ['Name', 'must be filled for Create'],
    ['Phone', expect.stringContaining('telephone')],
    ['Sku', 'a code listed in goods.csv'],
    ['Price', expect.stringContaining('point')],
    ['Reason', 'empty for Create'],
  ]);
  expect(mapped.violations[3]?.fix).toBe('write A-1, if that is meant');
});

test('an unknown action is refused with the nearest name, and the cells are still checked', async () => {
  const mapping = await load(shop, files);
  const mapped = mapRow(mapping, { Id: 'A', Action: 'Cancle', Price: 'NaN' });
  expect(mapped.action).toBe('');
  expect(mapped.violations.map((one) => one.column)).toEqual(['Action', 'Price']);
  expect(mapped.violations[0]?.fix).toBe('write Cancel, if that is meant');
});

test('a required field may come from one of several columns', async () => {
  const mapping = await load(shop, files);
  const cancel = (row: Record<string, string>) =>
    mapRow(mapping, { Id: 'A', Action: 'Cancel', Sku: 'A-1', ...row });
  expect(cancel({ Reason: 'R1', Serial: 'S1' }).plan?.request).toEqual({
    id: 'A',
    reason: 'R1',
    contact: {},
  });
  expect(cancel({ Device: 'SN-1234' }).plan?.request['reason']).toBe('SN-1234');
  expect(cancel({ Device: '490154203237518' }).violations).toMatchObject([
    { column: 'Reason', rule: 'Cancel needs "Reason" or "Serial" or "Device" with a serial number' },
  ]);
  expect(cancel({ Device: '490154203237519' }).violations.map((one) => one.column)).toEqual(['Device']);
});

test("the operation's own rules for a field are the row's violations", async () => {
  const mapping = await load(shop, files);
  const mapped = mapRow(mapping, { Id: 'A', Action: 'Create', Name: 'Ada', Colour: 'PINK' });
  expect(mapped.violations).toMatchObject([{ column: 'Colour', value: 'PINK' }]);
  expect(mapped.violations[0]?.rule).toMatch(/^colour: /);
});

test('a read gives values, or refuses the row before there is an effect', async () => {
  const mapping = await load(shop, files);
  const { plan } = mapRow(mapping, { Id: 'A', Action: 'Buy', Price: '2.00' });
  expect(plan).toEqual({ request: { id: 'A' }, reads: [{ name: 'quote', request: { id: 'A', price: 2 } }] });
  const buy = mapping.actions.get('Buy');
  const [quote] = buy?.reads ?? [];
  const take = (result: CallResult) =>
    quote?.take(result, { name: 'quote', request: {} }, plan?.request ?? {});
  const good = { offer: { good: true, cost: 9.5, code: 'OK' } };
  expect(take(answered(good))).toEqual({ answer: good });
  expect(buy?.finish(plan?.request ?? {}, { quote: good })).toEqual({ id: 'A', cost: 9.5 });
  const dear = { offer: { good: false, code: 'DEAR' } };
  expect(take(answered(dear))).toEqual({
    refusal: {
      code: 'DEAR',
      message: 'No good offer',
      cells: { Code: 'DEAR', Message: 'No good offer', Quote: 'DEAR' },
    },
    seen: dear,
  });
  expect(take(answered({}, { accepted: false, code: 'E1', message: 'No' }))).toMatchObject({
    refusal: { code: 'E1', message: 'No' },
  });
  expect(take(answered({ offer: { good: true, cost: 'free' } }))).toMatchObject({
    refusal: { message: expect.stringContaining('offer.cost') },
  });
});

test('cells come from the answer and from how it was judged', async () => {
  const buy = (await load(shop, files)).actions.get('Buy');
  const result = answered({ number: 7, extra: { a: true } }, { code: 'C', ticket: 'T-1' });
  expect(buy?.cells(result)).toEqual({
    Code: 'C',
    Message: 'Success',
    Number: '7',
    Extra: '{"a":true}',
    Ticket: 'T-1',
  });
  expect(buy?.cells(answered({ number: null }))).toEqual({ Message: 'Success' });
});

test('personal values are unreadable, whatever the depth', async () => {
  const mapping = await load(shop, files);
  const fields = mapping.header.columns.map(
    ({ name }) => ({ Id: 'A', Name: 'Ada', Phone: '2025550143', Street: 'Main 1' })[name] ?? '',
  );
  expect(mapping.mask(fields).slice(0, 5)).toEqual(['A', '', 'A•••', '•••0143', 'M•••']);
  const document = {
    id: 'A',
    phone: '555',
    list: [{ name: 'Ada' }],
    address: { street: 'Main 1' },
    price: 1,
  };
  expect(mapping.maskJson('Create', document)).toEqual({
    id: 'A',
    phone: '•••',
    list: [{ name: 'A•••' }],
    address: { street: 'M•••' },
    price: 1,
  });
  expect(mapping.maskJson('no such action', document)).toEqual(mapping.maskJson('Create', document));
});

test('the version follows the mapping and its tables', async () => {
  const versions = await Promise.all([
    load(shop, files),
    load(shop, files),
    load(`${shop}# more\n`, files),
    load(shop, { 'goods.csv': `${files['goods.csv']}A-3,Desk,1\n` }),
  ]);
  expect(new Set(versions.map((mapping) => mapping.version)).size).toBe(3);
});

test('no row makes it throw, and a plan is there exactly when nothing is wrong', async () => {
  const mapping = await loadMapping('mappings/contract-sale.yaml', systems);
  const good: Record<string, string> = {
    'External Contract ID': 'A1',
    'Country Code': 'US',
    'Reason Code': 'R',
  };
  const columns = mapping.header.columns.map((column) => column.name);
  const action = fc.constantFrom(
    'New Sales',
    'Cancellation',
    'Renewal',
    'Update',
    'Reactivation',
    'Payment',
    'x',
  );
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      ' ',
      '__proto__',
      'constructor',
      '2024-06-11',
      '31/02/2024',
      '1e5',
      '-',
      '=1',
      'AUR-PH-12-128',
    ),
  );
  fc.assert(
    fc.property(
      fc.array(cell, { maxLength: columns.length + 2 }),
      action,
      fc.boolean(),
      (cells, name, start) => {
        const fields = columns.map((column, index) =>
          column === 'Action Type' ? name : ((start ? good[column] : undefined) ?? cells[index] ?? ''),
        );
        const mapped = mapping.map(fields);
        expect(mapped.plan === null).toBe(mapped.violations.length > 0);
        for (const { column, value } of mapped.violations) {
          expect(columns).toContain(column);
          expect(value.length).toBeLessThanOrEqual(100);
        }
        mapping.mask(fields);
      },
    ),
    { numRuns: 2000 },
  );
});
