import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { typed } from '../support/cli.ts';
import { type LayoutExchange, layoutCsv, startLayout } from '../support/layout-exchange.ts';
import { sale } from '../support/sales.ts';

const source = 'Sales_20240611_090000.csv';

let layout: LayoutExchange;
let config: string[];
beforeEach(async () => {
  layout = await startLayout({
    answered: {
      replies: [
        {
          name: 'ContractsAck_{stamp}.csv',
          outcome: { column: 'Said', accepted: ['yes'], rejected: ['no'] },
          id: 'Number',
          reason: ['Why'],
        },
      ],
      match: { 'Contract Id': 'Contract' },
      within: '1d',
    },
  });
  config = ['-c', layout.exchange.rehearsal.configFolder];
});
afterEach(() => layout.exchange.stop());

describe('dispatches', () => {
  it('lists what was sent and how it stands, and shows one row by row', async () => {
    await layout.exchange.drop(source, layoutCsv([sale(1), sale(2), sale(3)]));
    await layout.exchange.poll();
    const before = await typed(['dispatches', ...config]);
    expect(before.stdout).toMatch(/Contracts-IN_20240611_090000\.csv.*│ awaited/);
    expect(before.code).toBe(0);

    await layout.reply(
      'ContractsAck_20240611_090000.csv',
      'Contract,Said,Number,Why\nC-1,yes,T-1,\nC-2,no,,\u001b[2Jtoo\u009b old\nC-9,yes,T-9,\n',
    );
    await layout.pollReplies();
    const listed = await typed(['dispatches', '--json', ...config]);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { outbound: 1, standing: 'awaited', counts: { rows: 3, accepted: 1, rejected: 1, awaited: 1 } },
    ]);
    expect(listed.code).toBe(3);
    const { stdout } = await typed(['dispatches', '1', ...config]);
    expect(stdout).toContain('rows: 1 accepted + 1 rejected + 1 without a word of 3');
    expect(stdout).toContain('reply 1: ContractsAck_20240611_090000.csv (read, 3 rows)');
    expect(stdout).toMatch(/│ 3\s+│ C-2\s+│ rejected\s+│\s+│ \\u\{1b\}\[2Jtoo\\u\{9b\} old/);
    expect(stdout).toMatch(/│ 4\s+│ C-3\s+│ awaited/);
    expect((await typed(['dispatches', '--open', '--json', ...config])).stdout).toContain('"outbound"');
    expect((await typed(['dispatches', '7', ...config])).stderr).toContain('NOT_FOUND');

    const replies = await typed(['dispatches', '--replies', ...config]);
    expect([replies.code, replies.stdout]).toEqual([
      0,
      expect.stringMatching(/ContractsAck_20240611_090000\.csv[\s\S]*unknown: line 4 says accepted of C-9/),
    ]);
    await layout.reply('ContractsAck_20240611_100000.csv', 'Contract,Said\nC-1\n');
    await layout.pollReplies();
    const refused = await typed(['dispatches', '--replies', '--json', ...config]);
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
      3,
      [{ state: 'refused', problem: { line: expect.anything() } }, { findings: [{ kind: 'unknown' }] }],
    ]);

    const shown = await typed(['show', '1', ...config]);
    expect(shown.stdout).toMatch(
      /outbound file 1: \/in\/Contracts-IN_20240611_090000\.csv of office \(sent, 3 rows, sha256 [0-9a-f]+\); answered: 1 accepted/,
    );
  });
});

describe('preview', () => {
  it('shows which lines would go to which file, personal values masked', async () => {
    const file = join(layout.exchange.folder, source);
    await writeFile(
      file,
      layoutCsv([sale(1), sale(2, { 'Country Code': 'US' }), sale(3, { 'Country Code': '' })]),
    );
    const { stdout, code } = await typed(['preview', file, '-f', feedName(), ...config]);
    expect(code).toBe(3);
    expect(stdout).toContain('→ office:/in/Contracts-IN_20240611_090000.csv {"Contract Id":"C-1"');
    expect(stdout).toContain('•••');
    expect(stdout).toContain('→ office:/in/Contracts-US_20240611_090000.csv: 1');
    expect(stdout).not.toContain('contract-layout/New Sales');
    const json = JSON.parse((await typed(['preview', file, '--json', '-f', feedName(), ...config])).stdout);
    expect(json.byFile).toEqual({
      'office:/in/Contracts-IN_20240611_090000.csv': 1,
      'office:/in/Contracts-US_20240611_090000.csv': 1,
    });
  });
});

const feedName = (): string => layout.exchange.app.feeds[0]?.name ?? '';
