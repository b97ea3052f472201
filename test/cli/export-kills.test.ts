import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { start } from '../support/cli.ts';
import type { Exchange } from '../support/exchange.ts';
import { contractExport, sell, startExports } from '../support/exports.ts';
import { killedAt } from '../support/kills.ts';
import { rowsOf } from '../support/sales.ts';

let exchange: Exchange;
beforeEach(async () => {
  // All months since then make one file, whatever day it is.
  const window = { start: '2024-06-01', length: 'month', missed: 'one' };
  exchange = await startExports({ contracts: contractExport({ window }) });
  await exchange.app.close();
  sell(exchange, ['C-1', '2024-06-10'], ['C-2', '2024-07-10'], ['C-3', '2024-07-11']);
});
afterEach(() => exchange.stop());

const run = (env = {}) => start(['export', '-c', exchange.rehearsal.configFolder], env);

it.each([
  'ledger.planOutbound:before',
  'ledger.planOutbound:after',
  'connector.call Contract/getContractList:after',
  'connector.call Contract/getContractInfo:after',
  'ledger.outboundWritten:before',
  'ledger.outboundWritten:after',
  'remote.create /out:before',
  'remote.create /out:chunk',
  'remote.create /out:after',
  'remote.rename /out:before',
  'remote.rename /out:after',
  'ledger.outboundSent:before',
  'ledger.outboundSent:after',
  'spool.clear:before',
])(
  'a kill at %s leaves one whole file for the window, once the next run is done',
  async (point) => {
    const first = run(killedAt(point));
    await first.finished;
    expect(first.child.signalCode).toBe('SIGKILL');
    expect((await run().finished).code).toBe(0);
    expect((await run().finished).stdout).toContain('No window is due.');

    const [file, ...others] = await readdir(join(exchange.root, 'out'));
    expect(others).toEqual([]);
    expect(file).toMatch(/^Contracts_\d{8}_000000\.csv$/);
    const lines = rowsOf(await exchange.read(`/out/${file}`));
    expect(lines.map((row) => row['External Contract ID'])).toEqual(['C-1', 'C-2', 'C-3']);
    await exchange.restart();
    const [window, ...more] = await exchange.app.ledger.coveredWindows('contracts', 10);
    expect(more).toEqual([]);
    expect(window).toMatchObject({ from: Date.parse('2024-06-01T00:00:00+05:30'), outcome: 'sent' });
  },
  120_000,
);
