import { expect, test } from 'vitest';
import { z } from 'zod';
import { mappingSchema } from '../../src/mapping/schema.ts';
import { mappingTestSchema, runMappingTests } from '../../src/mapping/test-file.ts';
import { load, minimal, problemsOf, shop, withMapping } from './fixtures.ts';

test('a minimal mapping compiles', async () => {
  const mapping = await load(minimal);
  expect(mapping).toMatchObject({
    name: 'shop',
    system: 'shop',
    keyColumns: ['Id'],
    ackColumns: ['Code', 'Message'],
  });
});

/** What is put in for what, and the problem that must be found: `line:column problem | fix`. */
const slips: Readonly<Record<string, readonly [from: string, to: string, problem: string]>> = {
  'YAML that is none': ['order: Id', 'order: [Id', '8:1 this is not valid YAML: Flow sequence'],
  'a key twice': ['order: Id', 'order: Id\norder: Id', '8:1 order is defined twice, first at'],
  'an unknown key': [
    'order: Id',
    'order: Id\nlookup: {}',
    '8:1 "lookup" is not known here | Did you mean "lookups"?',
  ],
  'an unknown key of a column': [
    'required: true }\n  Action',
    'requird: true }\n  Action',
    '3:21 "requird" is not known here | Did you mean "required"?',
  ],
  'a code that is not the row’s': [
    'operation: Order/create\n    request:\n      id: { column: Id }\n      note: { column: Note }',
    'operation: Order/queue\n    request:\n      id: { column: Id }\n      code: { column: Note }',
    '13:7 "code" is filled by Tidegate | Remove it.',
  ],
  'a queue where there is none': [
    'operation: Order/create',
    'queued: true\n    operation: Order/create',
    '10:13 Order/create is done at once',
  ],
  'an unknown type': [
    'Note: { type: text }',
    'Note: { type: txt }',
    '5:17 none of the possible forms fits | Did you mean "text"?',
  ],
  'a missing type': ['Note: { type: text }', 'Note: {}', '5:3 '],
  'a missing key': ['order: Id\n', '', '"order" is missing'],
  'an unknown date format': [
    'Note: { type: text }',
    'Note: { type: date, formats: [YYYY-MM-D] }',
    '5:33 "YYYY-MM-D" is not one of the allowed values | Did you mean',
  ],
  'ambiguous date formats': [
    'Note: { type: text }',
    'Note: { type: date, formats: [DD/MM/YYYY, MM/DD/YYYY] }',
    '5:32 two of these formats',
  ],
  'a bad pattern': [
    'Note: { type: text }',
    'Note: { type: text, pattern: "(" }',
    '5:32 not a regular expression',
  ],
  'an unknown zone': [
    'Note: { type: text }',
    'Note: { type: date-time, formats: [YYYYMMDDHHmmss], zone: Berlin }',
    '5:61 "Berlin" is no time zone',
  ],
  'an unknown phone country': [
    'Note: { type: text }',
    'Note: { type: phone, country: { value: XX } }',
    '5:42 "XX" is no country',
  ],
  'a phone country that is no country column': [
    'Note: { type: text }',
    'Note: { type: phone, country: { column: Id } }',
    '5:43 "Id" is no country column',
  ],
  'a column name of digits': ['Note: { type: text }', '12: { type: text }', '5:3 a name needs a character'],
  'a hostile name': ['Note: { type: text }', '__proto__: { type: text }', '5:3 __proto__ cannot be a key'],
  'an alias that is taken': [
    'Note: { type: text }',
    'Note: { type: text, aliases: [Id] }',
    '5:33 the name "Id" already belongs to "Id"',
  ],
  'required and optional': [
    'Note: { type: text }',
    'Note: { type: text, required: true, optional: true }',
    '5:49 a column that may be missing',
  ],
  'min above max': [
    'Note: { type: text }',
    'Note: { type: text, min: 9, max: 3 }',
    '5:28 "min" is more than "max"',
  ],
  'an unknown operation': [
    'Order/create',
    'Order/craete',
    '10:16 shop has no operation "Order/craete" | Did you mean "Order/create"?',
  ],
  'an operation that only reads': ['Order/create', 'Order/quote', '10:16 Order/quote only reads'],
  'an unknown request field': [
    'note: {',
    'notes: {',
    '13:7 Order/create has no field "notes" | Did you mean "note"?',
  ],
  'a required field without a source': ['      id: { column: Id }\n', '', '11:5 Order/create needs "id"'],
  'a required field that may be empty': [
    'id: { column: Id }',
    'id: { column: Note }',
    '12:11 "id" must have a value, and "Note" may be empty | Add "Note" to "required".',
  ],
  'an unknown column': [
    '{ column: Note }',
    '{ column: Nota }',
    '13:23 there is no column "Nota" | Did you mean "Note"?',
  ],
  'an expression that is none': ['{ column: Note }', '{ colum: Note }', 'instead of "colum"'],
  'an unknown key of an expression': [
    '{ column: Note }',
    '{ column: Note, wen: imei }',
    '13:29 "wen" is not known here | Did you mean "when"?',
  ],
  'a text for a number': ['note: { column: Note }', 'price: { column: Note }', '13:24 "Note" has type text'],
  'a wrong constant': [
    'note: { column: Note }',
    'colour: { value: PINK }',
    '13:24 the field does not take this value',
  ],
  'when on a plain column': [
    '{ column: Note }',
    '{ column: Note, when: imei }',
    '13:35 "Note" is no device-id column',
  ],
  'fields for a text': ['{ column: Note }', '{ fields: {} }', '13:13 "note" is no object'],
  'an unknown nested field': [
    'note: { column: Note }',
    'address: { fields: { streets: { column: Note } } }',
    '13:28 "address" has no field "streets" | Did you mean "street"?',
  ],
  'an unknown read': ['{ column: Note }', '{ read: quote, path: a }', '13:21 no read "quote"'],
  'a read that writes': [
    '    request:\n',
    '    reads: { q: { operation: Order/cancel, request: {} } }\n    request:\n',
    '11:30 Order/cancel has an effect',
  ],
  'an unknown table': [
    '{ column: Note }',
    '{ lookup: goods, by: Id, give: X }',
    '13:23 there is no lookup table "goods"',
  ],
  'an unknown required column': [
    '    request:\n',
    '    required: [Notes]\n    request:\n',
    '11:16 there is no column "Notes" | Did you mean "Note"?',
  ],
  'required and forbidden': [
    '    request:\n',
    '    forbidden: [Id]\n    request:\n',
    '11:16 "Id" is both required and forbidden',
  ],
  'an action name twice': [
    '    request:\n',
    '    aliases: [CREATE]\n    request:\n',
    '9:3 the name "CREATE" already belongs',
  ],
  'an unknown acknowledgement column': [
    '    request:\n',
    '    cells: { Mesage: a }\n    request:\n',
    '11:14 the acknowledgement has no column "Mesage" | Did you mean "Message"?',
  ],
  'an unknown judged value': [
    '    request:\n',
    '    cells: { Code: $cod }\n    request:\n',
    '11:20 "$cod" is not known | Did you mean "$code"?',
  ],
  'an acknowledgement column twice': ['[Code, Message]', '[Code, Code]', '"Code" stands twice'],
  'an unknown route column': [
    'route: { column: Action }',
    'route: { column: Actoin }',
    '6:18 there is no column "Actoin" | Did you mean "Action"?',
  ],
};

test.each(Object.entries(slips))('%s is found at its place', async (_, [from, to, problem]) => {
  expect(minimal).toContain(from);
  const found = await problemsOf(minimal.replace(from, to));
  expect(found.join('\n')).toContain(problem);
});

test('all problems are told together', async () => {
  const yaml = minimal
    .replace('{ column: Note }', '{ column: Nota }')
    .replace('order: Id', 'order: Di')
    .replace('[Id]', '[Ix]');
  expect(await problemsOf(yaml)).toHaveLength(3);
});

const withTable = minimal
  .replace('route:', 'lookups: { goods: { file: goods.csv, key: Sku } }\nroute:')
  .replace('{ column: Note }', '{ lookup: goods, by: Note, give: Title }');

test.each([
  ['a missing file', {}, '6:27 the file goods.csv cannot be read'],
  [
    'a missing key column',
    { 'goods.csv': 'Skus,Title\n' },
    '6:43 goods.csv has no column "Sku" | Did you mean "Skus"?',
  ],
  [
    'a missing value column',
    { 'goods.csv': 'Sku,Titles\n' },
    '14:46 goods.csv has no column "Title" | Did you mean "Titles"?',
  ],
  ['a key twice', { 'goods.csv': 'Sku,Title\nA,x\nB,y\nA,z\n' }, '4:- the key "A" is there twice'],
  ['an empty key', { 'goods.csv': 'Sku,Title\n,x\n' }, '2:- "Sku" is empty'],
  ['a short row', { 'goods.csv': 'Sku,Title\nA\n' }, 'this is no CSV file'],
  [
    'another encoding',
    { 'goods.csv': Buffer.from('Sku,Title\nA,\xe9\n', 'latin1') },
    'this is no CSV file in UTF-8',
  ],
  [
    'too many rows',
    { 'goods.csv': `Sku,Title\n${Array.from({ length: 50_001 }, (_, i) => `${i},x\n`).join('')}` },
    'at most 50000 rows',
  ],
] as [string, Record<string, string | Buffer>, string][])(
  'a lookup table with %s is refused',
  async (_, files, problem) => {
    expect((await problemsOf(withTable, files)).join('\n')).toContain(problem);
  },
);

test('a lookup table lies beside the mapping', async () => {
  const found = await problemsOf(withTable.replace('goods.csv', '../goods.csv'));
  expect(found.join()).toContain('lies in the folder of the mapping');
});

test('a required field is not filled from a table with gaps without asking the row', async () => {
  const yaml = withTable
    .replace('id: { column: Id }', 'id: { lookup: goods, by: Id, give: Title }')
    .replace('note: { lookup: goods, by: Note, give: Title }', 'note: { column: Note }');
  const mapping = await load(yaml, { 'goods.csv': 'Sku,Title\nA,x\nB,\n' });
  expect(mapping.map(['A', 'Create', '']).plan?.request).toEqual({ id: 'x' });
  expect(mapping.map(['B', 'Create', '']).violations).toMatchObject([{ column: 'Id' }]);
});

test('a mapping that is not there says so', async () => {
  await expect(
    withMapping(minimal, async (path) => runMappingTests(`${path}.yaml`, shop)),
  ).rejects.toMatchObject({
    code: 'MAPPING_INVALID',
  });
});

test('editors get a JSON Schema of both files', () => {
  for (const schema of [mappingSchema, mappingTestSchema]) {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
  }
});

const run = (testFile: string) =>
  withMapping(minimal, (path) => runMappingTests(path, shop), { 'shop.test.yaml': testFile });

test('the tests of a mapping name what differs', async () => {
  const { passed, failed } = await run(`base: { Id: A, Action: Create }
cases:
  - name: good
    expect: { action: Create, request: { id: A } }
  - name: wrong
    row: { Note: hello }
    expect: { action: Create, request: { id: B, extra: 1 } }
  - name: no violation
    expect: { violations: [{ column: Id, rule: filled }] }
  - name: no such read
    given: { quote: {} }
    expect: {}
`);
  expect(passed).toBe(1);
  expect(failed).toEqual([
    {
      name: 'wrong',
      problem:
        'request.id: expected "B"; got "A"\nrequest.extra: expected 1; got nothing\nrequest.note: got "hello", which is not expected',
    },
    { name: 'no violation', problem: 'violations: expected Id: filled; got none' },
    { name: 'no such read', problem: 'given: Create has no read "quote"' },
  ]);
});

test('a test file is checked as strictly as the mapping', async () => {
  await expect(run('cases: [{ name: x, row: { Nota: a }, expect: {} }]')).rejects.toThrow(
    'Did you mean "Note"?',
  );
  await expect(run('cases: [{ name: x, expect: { acton: a } }]')).rejects.toThrow('Did you mean "action"?');
  await expect(withMapping(minimal, (path) => runMappingTests(path, shop))).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a system that is not there is named, with the nearest one', async () => {
  expect(await problemsOf(minimal.replace('system: shop', 'system: shpo'))).toEqual([
    expect.stringMatching(/^1:9 there is no system "shpo"/),
  ]);
});
