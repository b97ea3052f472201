import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { typed } from '../support/cli.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { cancellation, csv, sale } from '../support/sales.ts';

const create = 'Contract/createContract';

describe('show', () => {
  let exchange: Exchange;
  let config: string[];
  beforeEach(async () => {
    exchange = await startExchange();
    config = ['-c', exchange.rehearsal.configFolder];
  });
  afterEach(() => exchange.stop());

  const show = (...args: string[]) => typed(['show', ...args, ...config]);
  const linesOf = (text: string) =>
    [...text.matchAll(/│ (\d+)\s+│ rejected/g)].map(([, line]) => Number(line));

  it('says how many rows it leaves out, and shows as many as are wanted', async () => {
    const wrong = Array.from({ length: 25 }, (_, index) => sale(index, { State: '' }));
    await exchange.drop('Sales_20240611.csv', csv(wrong));
    await exchange.poll();
    const { stdout } = await show('1');
    expect(linesOf(stdout)).toHaveLength(20);
    expect(stdout).toContain(
      '5 more of the 25 rows that were not accepted: `tidegate show 1 --limit 25` has all of them.',
    );
    const all = (await show('1', '--limit', '25')).stdout;
    expect(linesOf(all)).toEqual(wrong.map((_, index) => index + 2));
    expect(all).not.toContain('more of the');
    expect(all).not.toContain('next:');
    const { rows, moreRows } = JSON.parse((await show('1', '--json', '-n', '1')).stdout);
    expect([rows, moreRows]).toEqual([
      [expect.objectContaining({ line: 2, code: 'INVALID_ROW', message: '1 correction is needed' })],
      24,
    ]);
    expect(JSON.parse((await show('1', '--json', '--line', '2')).stdout)).toMatchObject({ moreRows: 0 });
  });

  it('says the same of a file that only repeats another', async () => {
    const file = csv([sale(1, { State: '' }), sale(2, { State: '' })]);
    for (const name of ['Sales_20240611.csv', 'Sales_20240612.csv']) {
      await exchange.drop(name, file);
      await exchange.poll();
    }
    expect((await show('2', '-n', '1')).stdout).toContain(
      '1 more of the 2 rows that were not accepted: `tidegate show 2 --limit 2`',
    );
  });

  it('tells of a decision what makes it happen, and that the source stays where it was filed', async () => {
    exchange.rehearsal.servify.faults.next('Contract/cancelContract', { kind: 'drop-after' });
    await exchange.drop('Sales_20240611.csv', csv([sale(1), cancellation(1), sale(2, { State: '' })]));
    await exchange.poll();
    const { ledger } = exchange.app;
    const person = { by: userInfo().username, because: 'the target says so' };
    for (const begin of [
      () => ledger.decide(1, [{ from: 3, to: 3 }], { what: 'accepted', ...person }, Date.now()),
      () => ledger.retry(1, { states: ['rejected'], lines: null }, person, Date.now()),
    ]) {
      const { state, round } = await begin();
      const { stdout } = await show('1');
      expect(stdout).toContain(`state: ${state}, round ${round}\n`);
      expect(stdout).toMatch(
        new RegExp(`^next: Run \`tidegate once\`, or let the service .* supplement ${round}\\.$`, 'm'),
      );
      expect(stdout).toContain('source: /processed/Sales_20240611.csv\n');
      await exchange.poll();
    }
  });

  it('explains an attempt that has no end', async () => {
    exchange.rehearsal.servify.faults.next(create, { kind: 'late', ms: 3000 });
    await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
    const polling = exchange.poll();
    await expect.poll(() => exchange.rehearsal.servify.calls.get(create), { timeout: 10_000 }).toBe(1);
    const { stdout } = await show('1', '--line', '2');
    expect(stdout).toMatch(/line 2: pending/);
    expect(stdout).toMatch(/attempt 1 is open: its call may have left, .* quiet period/);
    await polling;
    expect((await show('1', '--line', '2')).stdout).not.toContain('is open');
  });
});
