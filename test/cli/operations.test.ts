import { expect, it, vi } from 'vitest';
import type { OperationEntry } from '../../src/connectors/catalogue.ts';
import { tidegate } from '../support/cli.ts';

vi.setConfig({ testTimeout: 60_000 });

const listed = async (...args: string[]): Promise<OperationEntry[]> =>
  JSON.parse((await tidegate(['operations', '--json', ...args])).stdout);

it('lists all that the five systems document, without any configuration', async () => {
  const entries = await listed();
  const counts = Map.groupBy(entries, ({ system }) => system);
  expect([...counts].map(([system, own]) => [system, own.length])).toEqual([
    ['servify', 41],
    ['servo', 3],
    ['myserve', 32],
    ['service-orders', 32],
    ['servicer-events', 12],
  ]);
  expect(new Set(entries.map(({ system, id }) => `${system}/${id}`)).size).toBe(120);
  expect(entries.filter(({ use }) => use === 'transport').map(({ id }) => id)).toEqual([
    'Auth/generateToken',
  ]);
});

it('shows a table for people, of one system if asked', async () => {
  const { code, stdout } = await tidegate(['operations', '--system', 'servo']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^servo: 3 operations$/m);
  expect(stdout).toMatch(/Order\/create .* write .* parked/);
  expect(stdout).not.toContain('Contract/createContract');
});

it('shows the fields of one operation', async () => {
  const { code, stdout } = await tidegate(['operations', 'servify/Contract/cancelContract']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^write, POST \/Contract\/cancelContract$/m);
  expect(stdout).toMatch(/^ {2}ReasonCode +string +required +body$/m);
  expect(stdout).toMatch(/^ {2}CancellationInitiationDate +string +required +body +date$/m);
});

it('finds an operation by its own name as well', async () => {
  expect(await listed('Contract/cancelContract')).toMatchObject([{ system: 'servify', kind: 'write' }]);
});

it('lists the systems that files declare beside a configuration, too', async () => {
  const folder = 'samples/warehouse/config';
  expect(await listed('warehouse/Stock/set', '-c', folder)).toMatchObject([
    {
      ...{ system: 'warehouse', kind: 'write', method: 'PUT', repeat: 'safe' },
      batch: { rows: 'articles', rowKey: 'sku', limit: 500 },
      async: { mode: 'poll', statusOperation: 'Jobs/get' },
    },
  ]);
});

it.each([
  [['--system', 'servfy'], /USAGE: there is no system servfy.*Did you mean servify\?/],
  [['Contract/creatContract'], /USAGE: there is no operation .*Did you mean Contract\/createContract\?/],
])('knows what was meant by %j, and calls it a usage error', async (args, says) => {
  const { code, stderr } = await tidegate(['operations', ...args]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
});
