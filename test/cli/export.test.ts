import { afterEach, beforeEach, expect, it } from 'vitest';
import { typed } from '../support/cli.ts';
import type { Exchange } from '../support/exchange.ts';
import { contractExport, sell, startExports } from '../support/exports.ts';

let exchange: Exchange;
beforeEach(async () => {
  const window = { start: '2024-06-01', length: 'month', missed: 'one' };
  exchange = await startExports({ contracts: contractExport({ window }) });
  sell(exchange, ['C-1', '2024-06-10'], ['C-2', '2024-07-10']);
  await exchange.app.close();
});
afterEach(async () => {
  await exchange.restart();
  await exchange.stop();
});

const tidegate = (...args: string[]) => typed([...args, '-c', exchange.rehearsal.configFolder]);
const files = (): Promise<string[]> => exchange.list('/out');

it('says what is due and sends nothing, then sends it, then has nothing to do', async () => {
  const dry = await tidegate('export', '--dry-run');
  expect([dry.code, await files()]).toEqual([0, []]);
  expect(dry.stdout).toMatch(/contracts.*2024-06-01 00:00:00 – .* Asia\/Kolkata.*due/);
  const sent = await tidegate('export', 'contracts');
  expect(sent.code).toBe(0);
  expect(sent.stdout).toMatch(/^contracts .*: 2 rows → \/out\/Contracts_\d{8}_000000\.csv$/m);
  expect(await files()).toHaveLength(1);
  expect((await tidegate('export')).stdout).toBe('No window is due.\n');
  expect((await tidegate('export', '--dry-run')).stdout).toBe('No window is due.\n');
  const status = await tidegate('status');
  expect(status.stdout).toMatch(
    /contracts.*00:00:00 Asia\/Kolkata.*\/out\/Contracts_\d{8}_000000\.csv.*2.*sent/,
  );
});

it('sends a window once more, named after its end', async () => {
  await tidegate('once');
  const [covered] = await files();
  const again = await tidegate('export', 'contracts', '--from', '2024-06-10', '--to', '2024-06-11');
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('once more: 1 row → /out/Contracts_20240611_000000.csv');
  expect(await files()).toEqual(['Contracts_20240611_000000.csv', covered]);
  const shown = JSON.parse((await tidegate('status', '--json')).stdout);
  expect(shown.exports).toMatchObject([{ export: 'contracts', latest: { rows: 2, state: 'sent' } }]);
});

it('only says which window would be sent once more', async () => {
  const args = ['--from', '2024-06-10', '--to', '2024-06-11T00:00:00+05:30', '--dry-run'];
  const { code, stdout } = await tidegate('export', 'contracts', ...args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/2024-06-10 00:00:00 – 2024-06-11 00:00:00 Asia\/Kolkata .*asked for, once more/);
  expect(stdout).not.toContain('due');
  const told = JSON.parse((await tidegate('export', 'contracts', ...args, '--json')).stdout);
  expect(told.due).toMatchObject([{ files: [], again: { from: Date.parse('2024-06-10T00:00:00+05:30') } }]);
  expect(await files()).toEqual([]);
});

it.each([
  [['contract'], 'Did you mean contracts?'],
  [['--from', '2024-06-10'], 'with both of its ends'],
  [['--from', '2024-06-11', '--to', '2024-06-10'], 'none that is over'],
  [['--from', '2024-06-11', '--to', '2999-06-10'], 'none that is over'],
  [['--from', 'yesterday', '--to', '2024-06-10'], '"yesterday" is no time'],
  [['--from', '2024-06-10T12:00', '--to', '2024-06-12'], 'bounded by days'],
  [
    ['--from', '2024-06-10', '--to', '2024-06-11T00:00:00Z'],
    '2024-06-11 05:30:00 Asia/Kolkata lies within one',
  ],
  [['--dry-run', '--from', '2024-06-10'], 'with both of its ends'],
])('refuses %j', async (args, words) => {
  const { code, stderr } = await tidegate('export', ...args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(words);
  expect(await files()).toEqual([]);
});
