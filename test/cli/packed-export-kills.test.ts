import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { start } from '../support/cli.ts';
import type { Exchange } from '../support/exchange.ts';
import { contractExport, runExport, sell, startExports } from '../support/exports.ts';
import { killedAt } from '../support/kills.ts';
import { packedAnswers, unpacked, writeKeys } from '../support/packed.ts';
import { newPgpKey, type TestKey } from '../support/pgp.ts';
import { rowsOf } from '../support/sales.ts';

let exchange: Exchange;
let us: TestKey;
let partner: TestKey;
beforeEach(async () => {
  [us, partner] = await Promise.all([newPgpKey('us'), newPgpKey('partner')]);
  // All months since then make one file, whatever day it is.
  const window = { start: '2024-06-01', length: 'month', missed: 'one' };
  exchange = await startExports(
    { contracts: contractExport({ window, packing: packedAnswers(partner) }) },
    { adjust: (_config, { configFolder }) => writeKeys(configFolder, us, partner) },
  );
  await exchange.app.close();
  sell(exchange, ['C-1', '2024-06-10'], ['C-2', '2024-07-10'], ['C-3', '2024-07-11']);
});
afterEach(() => exchange.stop());

const run = (env = {}) => start(['export', '-c', exchange.rehearsal.configFolder], env);
const out = (): string => join(exchange.root, 'out');
const spool = (): string => join(exchange.folder, 'ledger', 'spool');

async function killed(point: string, nth = 1): Promise<void> {
  const first = run(killedAt(point, nth));
  const { stdout, stderr } = await first.finished;
  expect(first.child.signalCode, `${point} was not reached\n${stdout}${stderr}`).toBe('SIGKILL');
}

/** One whole file of recorded bytes for the window, what lies beside it fits, and nothing else is left anywhere. */
async function expectOneFile(): Promise<void> {
  expect((await run().finished).code).toBe(0);

  const [name = '', ...others] = (await readdir(out())).sort();
  expect(name).toMatch(/^Contracts_\d{8}_000000\.csv\.gz\.pgp$/);
  expect(others).toEqual([`${name}.done`, `${name}.sha256`]);
  const lines = rowsOf(await unpacked(join(out(), name), partner, us));
  expect(lines.map((row) => row['External Contract ID'])).toEqual(['C-1', 'C-2', 'C-3']);
  const sum = createHash('sha256')
    .update(await readFile(join(out(), name)))
    .digest('hex');
  expect(await exchange.read(`/out/${name}.sha256`)).toBe(`${sum}  ${name}\n`);
  expect(await exchange.read(`/out/${name}.done`)).toBe('');
  expect(await readdir(spool())).toEqual([]);

  await exchange.restart();
  expect(await runExport(exchange)).toMatchObject({ files: [], waitsFor: null });
  const [file, ...more] = await exchange.app.ledger.outboundFiles({ limit: 10 });
  expect(more).toEqual([]);
  expect(file).toMatchObject({ state: 'sent', packed: { sha256: sum } });
  const windows = await exchange.app.ledger.coveredWindows('contracts', 10);
  expect(windows).toMatchObject([{ from: Date.parse('2024-06-01T00:00:00+05:30'), outcome: 'sent' }]);
}

it.each([
  ['ledger.outboundWritten:after', 1],
  ['packer.pack:after', 1],
  ['ledger.outboundPacked:before', 1],
  ['ledger.outboundPacked:after', 1],
  ['remote.create /out:chunk', 1],
  ['remote.rename /out:before', 1],
  ['remote.rename /out:after', 1],
  ['remote.rename /out:before', 2],
  ['remote.rename /out:after', 2],
  ['remote.rename /out:before', 3],
  ['remote.rename /out:after', 3],
  ['ledger.outboundSent:after', 1],
  ['spool.clear:before', 1],
])(
  'a kill at %s (%i) leaves one whole packed file, with what lies beside it, once the next run is done',
  async (point, nth) => {
    await killed(point, nth);
    // Where a done-file lies, all is there.
    const there = (await readdir(out())).sort();
    const done = there.find((file) => file.endsWith('.done') && !file.startsWith('.'))?.slice(0, -5);
    if (done !== undefined) expect(there).toEqual([done, `${done}.done`, `${done}.sha256`]);
    await expectOneFile();
  },
  120_000,
);

it.each([
  ['ledger.outboundPacked:after', 1, 'other'],
  ['remote.rename /out:after', 2, 'the same'],
])(
  'a kill at %s (%i), and a spool that is lost with it, leave one file, of %s bytes',
  async (point, nth, bytes) => {
    await killed(point, nth);
    const hashes = async (): Promise<(string | undefined)[]> => {
      await exchange.restart();
      const files = await exchange.app.ledger.outboundFiles({ limit: 10 });
      await exchange.app.close();
      return files.map(({ packed }) => packed?.sha256);
    };
    const before = await hashes();
    await rm(spool(), { recursive: true });
    await expectOneFile();
    expect(JSON.stringify(await hashes()) === JSON.stringify(before)).toBe(bytes === 'the same');
  },
  120_000,
);
