import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Arrival, Ledger, RowOutcome, StagedRow } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import * as given from './store.ts';

const { accepted, rejected, parked, row } = given;
const update = (line: number, contract: string, asks: string): StagedRow =>
  row(line, null, asks, { operation: 'Contract/reactivate', orderKey: contract });
const kim = { by: 'kim', because: 'x' };

describe('a retry behind what came later', () => {
  let folder: string;
  let ledger: Ledger;
  let drops = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    ledger = await openLedger({ file: join(folder, 'ledger.db') });
  });
  afterEach(async () => {
    await ledger.close();
    await rm(folder, { recursive: true });
  });
  const drop = async (rows: readonly StagedRow[], name = 'a.csv'): Promise<Arrival> => {
    const arrival = await given.fetched(ledger, name, `sha-${++drops}`);
    await ledger.addRows(arrival, rows);
    return ledger.staged(arrival, given.staging, 30);
  };
  const settle = async (arrival: Arrival, outcomes: Record<number, RowOutcome> = {}): Promise<Arrival> => {
    for (const { line } of await ledger.pendingRows(arrival, 0, 1000))
      await ledger.settleRow(arrival, line, outcomes[line] ?? accepted, 40);
    await ledger.delivered(arrival, 50);
    await ledger.acknowledged(arrival, 'processed', null, 60);
    return ledger.settled(arrival, 70);
  };
  const retried = async (arrival: Arrival, rows: readonly StagedRow[]): Promise<Arrival> => {
    await ledger.retry(arrival.id, { states: ['rejected', 'parked'], lines: null }, kim, 80);
    const again = await ledger.resume('acme', 'sales', given.me, 81);
    if (again?.id !== arrival.id) throw new Error('other');
    const wanted = (await ledger.rowsToMap(again, 0, 100)).map(({ line }) => line);
    await ledger.mapRows(
      again,
      rows.filter(({ line }) => wanted.includes(line)),
    );
    return ledger.restaged(again, 'm@2', 'reject', 82);
  };
  const states = (arrival: Arrival) => given.states(ledger, arrival);

  it('sends no row again that the partner has sent again since', async () => {
    const first = await settle(await drop([update(2, 'A', 'x')]), { 2: rejected });
    const second = await settle(await drop([update(2, 'A', 'x'), update(3, 'B', 'x')]));
    expect(await states(second)).toEqual({ 2: 'accepted', 3: 'accepted' });
    const again = await retried(first, [update(2, 'A', 'x')]);
    expect(await states(again)).toEqual({ 2: 'rejected' });
    expect((await ledger.answerRows(again.id, 0, 1))[0]).toMatchObject({ code: 'OVERTAKEN' });
  });

  it('sends no row past a later one of its key that is parked', async () => {
    const first = await settle(await drop([update(2, 'A', 'x')]), { 2: rejected });
    await settle(await drop([update(2, 'A', 'x')], 'b.csv'), { 2: parked });
    const again = await retried(first, [update(2, 'A', 'x')]);
    expect(await states(again)).toEqual({ 2: 'rejected' });
  });

  it.each([
    ['rejected', 'y'],
    ['a duplicate', 'x'],
  ])('calls no row %s whose call is in doubt', async (_what, asks) => {
    const first = await settle(await drop([update(2, 'A', 'x')]), { 2: rejected });
    const second = await drop([update(2, 'A', asks)]);
    const attempt = await ledger.openAttempt(given.opened(second, 2));
    await ledger.closeAttempt({ ...given.ended(second, 2, attempt, null), outcome: 'in-doubt' });
    await settle(second, { 2: parked });
    await settle(await retried(first, [update(2, 'A', 'x')]));
    const again = await retried(second, []);
    expect(await states(again)).toEqual({ 2: 'pending' });
  });
});
