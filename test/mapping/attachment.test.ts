import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { loadMapping } from '../../src/mapping/compile.ts';
import { mapRow, minimal, oneColumn, problemsOf, withMapping } from './fixtures.ts';

const servo = await readFile('mappings/servo-orders.yaml', 'utf8');

it.each(['photo.jpg', 'Photo 1.JPG', 'größe-1.final_v2.png', '2026.01.05.png'])(
  'takes %s for a file',
  async (name) => {
    const map = await oneColumn('{ type: file, endings: [jpg, png] }');
    expect(map(name).violations).toEqual([]);
  },
);

it.each([
  '../photo.jpg',
  'in/photo.jpg',
  'C:\\photo.jpg',
  '.photo.jpg',
  'photo',
  'photo.exe',
  'photo.jpg.exe',
  'photo .jpg ',
  '=cmd.jpg',
  'a\u202egpj.jpg',
  `${'x'.repeat(200)}.jpg`,
])('takes %j for none', async (name) => {
  const map = await oneColumn('{ type: file, endings: [jpg, png], trim: false }');
  expect(map(name).violations).toMatchObject([{ rule: 'a plain file name that ends in .jpg, .png' }]);
});

it('tells the file of a row apart from its request, which has only the name', async () => {
  const mapping = await loadMapping('mappings/servo-orders.yaml', systems);
  expect(mapping.fileEndings).toEqual(['jpg', 'jpeg', 'png', 'pdf']);
  const row = {
    ...{ Reference: 'S-1', 'Action Type': 'New Order', Problem: 'Broken' },
    ...{ 'Customer Name': 'Ada Example', 'Email Address': 'ada@example.com' },
  };
  const named = mapRow(mapping, { ...row, Photo: 'p.png' });
  expect(named.attachment).toEqual({ column: 'Photo', name: 'p.png', field: 'attachment' });
  expect(named.plan?.request['attachment']).toEqual({ name: 'p.png' });
  const without = mapRow(mapping, row);
  expect([without.attachment, without.plan?.request['attachment']]).toEqual([null, undefined]);
});

it('goes with operations that take a file, from a column that names one', async () => {
  const orders = minimal.replace(
    '    operation: Order/create',
    '    operation: Order/create\n    attachment: Note',
  );
  expect(await problemsOf(orders)).toEqual([expect.stringContaining('Order/create takes no file')]);
  const problems = (yaml: string): Promise<unknown> =>
    withMapping(yaml, (path) => loadMapping(path, systems).catch((error: unknown) => error));
  expect(await problems(servo.replace('attachment: Photo', 'attachment: Device'))).toMatchObject({
    message: expect.stringContaining('"Device" is no file column. Expected one of Photo'),
  });
  const both = servo.replace('      problem: {', '      attachment: { fields: {} }\n      problem: {');
  expect(await problems(both)).toMatchObject({
    message: expect.stringContaining('"attachment" takes the file of "Photo"'),
  });
});
