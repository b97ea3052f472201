import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { columns, csv, imei, sale } from '../test/support/sales.ts';

const rowsPerWrite = 5000;
/** One in a hundred cannot be sent, and one in ten needs quotes, as in files that partners send. */
const wrongEvery = 100;
const quotedEvery = 10;
/** As many device numbers as there are with the digits that are counted up. */
const devices = 900_000;

/** Contract sales, each with a reference of its own. */
export async function writeRows(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  const header = csv([]);
  file.write(header);
  for (let from = 0; from < count; from += rowsPerWrite) {
    const rows = Array.from({ length: Math.min(rowsPerWrite, count - from) }, (_, index) =>
      row(from + index),
    );
    if (!file.write(csv(rows).slice(header.length))) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

export const wrongRows = (count: number): number => Math.ceil(count / wrongEvery);
export const width = columns.length;

const row = (n: number) =>
  sale(n, {
    'Product Unique ID': imei(n % devices),
    ...(n % wrongEvery === 0 ? { 'Email Address': 'nobody' } : {}),
    ...(n % quotedEvery === 1 ? { 'Address Line 1': '1 Harbour Road, Flat 3' } : {}),
  });
