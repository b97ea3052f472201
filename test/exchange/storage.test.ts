import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startExchange } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

it('waits when the spool cannot be used, names it as what it is, and goes on when it can', async () => {
  const exchange = await startExchange();
  const name = 'Sales_20240611.csv';
  const inTheWay = join(exchange.folder, 'ledger', 'spool', 'arrival-1.acknowledgement');
  await mkdir(join(inTheWay, 'x'), { recursive: true });
  await exchange.drop(name, csv([sale(1)]));
  await exchange.poll();
  expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
    'Tidegate cannot use its spool',
  ]);
  expect(await exchange.list('/in')).toEqual([name]);
  await rm(inTheWay, { recursive: true });
  await exchange.poll();
  expect(await exchange.list('/processed')).toEqual([name]);
  await exchange.stop();
});
