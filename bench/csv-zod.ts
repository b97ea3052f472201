/** What a careful script would do to read and check the file, with the same libraries and nothing kept. */
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { z } from 'zod';
import { columns } from '../test/support/sales.ts';

const rules: Readonly<Record<string, z.ZodType>> = {
  'External Contract ID': z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/),
  'Country Code': z.string().length(2),
  'Email Address': z.email(),
  'Mobile Number': z.string().regex(/^\d{6,15}$/),
  'Policy Date of Purchase': z.iso.date(),
  'Device Date of Purchase': z.iso.date(),
  'Product Unique ID': z.string().regex(/^\d{15}$/),
  'Currency Code': z.string().length(3),
  'Device Purchase Price': z.string().regex(/^\d+\.\d{2}$/),
  'Frequency Value': z.string().regex(/^\d+$/),
  'Action Type': z.literal('New Sales'),
};

const row = z.object(Object.fromEntries(columns.map((name) => [name, rules[name] ?? z.string().max(200)])));

export async function readWithZod(file: string): Promise<{ good: number; bad: number }> {
  const found = { good: 0, bad: 0 };
  const records = createReadStream(file).pipe(parse({ columns: true }));
  for await (const record of records) found[row.safeParse(record).success ? 'good' : 'bad']++;
  return found;
}
