import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tidegate } from '../support/cli.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

// The command is a process of its own, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/.source;

describe('what an auditor asks about an arrival', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange();
    await exchange.drop('Sales_20240611_153000.csv', csv([sale(1), sale(2, { State: '' })]));
    await exchange.poll();
  });
  afterEach(() => exchange.stop());

  const show = async (...args: string[]) =>
    (await tidegate(['show', '1', ...args, '-c', exchange.rehearsal.configFolder])).stdout;

  it('is when each step was done', async () => {
    const steps = ['claimed', 'fetched', 'staged', 'delivered', 'acknowledged', 'settled'];
    expect(await show()).toMatch(new RegExp(steps.map((step) => `${step} ${time}`).join(', ')));
    const known = JSON.parse(await show('--json'));
    expect(known.steps.map(({ state }: { state: string }) => state)).toEqual(steps);
    const times = known.steps.map(({ at }: { at: number }) => at);
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
  });

  it('is when a row got its outcome, and by which call', async () => {
    expect(await show('--line', '2')).toMatch(new RegExp(`line 2: accepted ${time}`));
    expect(await show('--line', '3')).toMatch(new RegExp(`line 3: rejected ${time}`));
    const { rows, attempts } = JSON.parse(await show('--line', '2', '--json'));
    expect(rows[0].settledAt).toBe(attempts.at(-1).closedAt);
  });
});
