import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { dateFormats, dateTimeFormats } from '../../src/mapping/columns/formats.ts';
import { mappingSchema } from '../../src/mapping/schema.ts';
import { cellsOf } from './tables.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/mappings.md'), 'utf8');

const columnSchema = z.object({
  properties: z.object({
    columns: z.object({
      additionalProperties: z.object({
        oneOf: z.array(z.object({ properties: z.record(z.string(), z.looseObject({})) })),
      }),
    }),
  }),
});

const forms = columnSchema
  .parse(z.toJSONSchema(mappingSchema, { io: 'input' }))
  .properties.columns.additionalProperties.oneOf.map(({ properties }) => properties);
const common = Object.keys(forms[0] ?? {}).filter((name) => forms.every((form) => name in form));

it('names every option that all columns have', () => {
  const listed = cellsOf(page, 'option').map(([name]) => name);
  expect(listed.toSorted()).toEqual(common.filter((name) => name !== 'type').toSorted());
});

it('names every column type with its own options', () => {
  const rows = new Map(cellsOf(page, 'type').map(([type, , options = '']) => [type, options]));
  expect([...rows.keys()].toSorted()).toEqual(forms.map(({ type }) => String(type?.['const'])).toSorted());
  for (const form of forms) {
    const own = Object.keys(form).filter((name) => !common.includes(name));
    const options = rows.get(String(form['type']?.['const'])) ?? '';
    for (const name of own) expect(options, String(form['type']?.['const'])).toContain(`\`${name}\``);
  }
});

it('names every date format', () => {
  for (const format of [...dateFormats, ...dateTimeFormats]) expect(page).toContain(`\`${format}\``);
});
