import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Exchange } from '../support/exchange.ts';
import { contractExport, movedClock, runExport, sell, startExports } from '../support/exports.ts';

let exchange: Exchange;
afterEach(() => exchange.stop());

it('a file of an export may be answered as well', async () => {
  const answered = {
    stableFor: '1ms',
    replies: [
      { name: 'ContractsAck_{stamp}.csv', outcome: { column: 'Taken', accepted: ['yes'], rejected: ['no'] } },
    ],
    match: { $line: 'Line', 'External Contract ID': 'Contract' },
    within: '1d',
  };
  const clock = movedClock('2024-06-11T06:00:00+05:30');
  exchange = await startExports({ contracts: contractExport({ answered }) }, { clock });
  sell(exchange, ['C-1', '2024-06-10'], ['C-2', '2024-06-10']);
  expect((await runExport(exchange)).waitsFor).toBeNull();

  const reply = join(exchange.root, 'out', 'ContractsAck_20240611_000000.csv');
  await writeFile(`${reply}.part`, 'Line,Contract,Taken\n2,C-1,yes\n3,C-2,no\n');
  await rename(`${reply}.part`, reply);
  const [agreement] = exchange.app.agreements;
  if (!agreement) throw new Error('nobody is expected to answer');
  expect((await exchange.app.pollReplies(agreement)).waitsFor).toBeNull();
  expect(await exchange.app.ledger.dispatches({ limit: 9 })).toMatchObject([
    {
      ...{ agreement: 'export contracts', stamp: '20240611_000000' },
      counts: { rows: 2, awaited: 0, accepted: 1, rejected: 1 },
    },
  ]);
});
