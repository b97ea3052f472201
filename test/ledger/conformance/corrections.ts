import { describe, expect, it } from 'vitest';
import type { Arrival, ChangedRows, Ledger, RowOutcome, StagedRow } from '../../../src/ledger/port.ts';
import * as given from '../store.ts';

const { accepted, rejected, parked, row, only } = given;

/** A row without a reference, as an update is. */
const update = (line: number, contract: string, asks: string): StagedRow =>
  row(line, null, asks, { operation: 'Contract/update', orderKey: contract });

export function correctionsConform(ledger: () => Ledger): void {
  let drops = 0;
  const drop = async (
    rows: readonly StagedRow[],
    changed: ChangedRows = 'reject',
    name = 'a.csv',
  ): Promise<Arrival> => {
    const arrival = await given.fetched(ledger(), name, `sha-${++drops}`);
    await ledger().addRows(arrival, rows);
    return ledger().staged(arrival, given.staging, 30, changed);
  };
  const settle = async (arrival: Arrival, outcomes: Record<number, RowOutcome> = {}): Promise<Arrival> => {
    for (const { line } of await ledger().pendingRows(arrival, 0, 1000))
      await ledger().settleRow(arrival, line, outcomes[line] ?? accepted, 40);
    await ledger().delivered(arrival, 50);
    await ledger().acknowledged(arrival, 'processed', null, 60);
    return ledger().settled(arrival, 70);
  };
  const states = (arrival: Arrival) => given.states(ledger(), arrival);

  describe('a file that corrects an earlier one of its name', () => {
    it('knows the latest one that was worked off', async () => {
      const first = await settle(await drop([update(2, 'A', 'x')]));
      expect(first.corrects).toBeNull();
      const gone = await given.fetched(ledger(), 'a.csv', 'gone');
      expect(gone.corrects).toBe(first.id);
      await ledger().withdrawn(gone, 'gone', 25);
      const refused = await given.fetched(ledger(), 'a.csv', 'refused');
      const problem = { code: 'C', message: 'm', line: 1, column: 1, expected: '', fix: '' };
      await ledger().quarantined(refused, problem, { keyColumns: [], ackColumns: [] }, 30);
      await ledger().acknowledged(refused, 'errored', null, 60);
      await ledger().settled(refused, 70);
      const repeat = await given.fetched(ledger(), 'a.csv', first.sha256 ?? '');
      expect(repeat).toMatchObject({ repeatOf: first.id, corrects: null });
      await settle(await ledger().staged(repeat, given.staging, 30));
      const second = await settle(await drop([]));
      expect(second.corrects).toBe(first.id);
      expect((await drop([])).corrects).toBe(second.id);
      expect((await drop([], 'reject', 'b.csv')).corrects).toBeNull();
    });

    it('has its unchanged rows as duplicates, its changed ones rejected, and its new ones worked off', async () => {
      const first = await settle(
        await drop([update(2, 'A', 'x'), update(3, 'B', 'x'), update(4, 'C', 'x')]),
        { 4: rejected },
      );
      const second = await drop([
        ...[update(2, 'NEW', 'x'), update(3, 'B', 'y'), update(4, 'A', 'x'), update(5, 'C', 'z')],
        ...[row(6, 'R'), given.invalidRow(7)],
      ]);
      expect(await states(second)).toEqual({
        ...{ 2: 'pending', 3: 'rejected', 4: 'duplicate', 5: 'pending', 6: 'pending', 7: 'rejected' },
      });
      const [, changed, same] = await ledger().answerRows(second.id, 0, 10);
      expect(same?.duplicateOf).toEqual({ arrival: first.id, name: 'a.csv', line: 2 });
      expect(changed).toMatchObject({ code: 'ROW_CHANGED', duplicateOf: null, settledAt: 30 });
      expect(changed?.violations[0]?.rule).toContain('line 3 of the earlier a.csv');
      expect((await settle(second)).counts).toMatchObject({
        rows: 6,
        accepted: 3,
        rejected: 2,
        duplicate: 1,
      });
    });

    it('may have changed rows sent, where the feed lets it', async () => {
      await settle(await drop([update(2, 'A', 'x'), update(3, 'B', 'x')]));
      const second = await drop([update(2, 'A', 'y'), update(3, 'B', 'x')], 'send');
      expect(await states(second)).toEqual({ 2: 'pending', 3: 'duplicate' });
      await settle(second);
      const third = await drop([update(2, 'A', 'x'), update(3, 'B', 'x')], 'send');
      expect(await states(third)).toEqual({ 2: 'pending', 3: 'duplicate' });
    });

    it('pairs equal rows off one to one', async () => {
      await settle(await drop([update(2, 'A', 'x'), update(3, 'A', 'x'), update(4, 'A', 'y')]));
      const more = await drop([2, 3, 4].map((line) => update(line, 'A', 'x')));
      expect(await states(more)).toEqual({ 2: 'duplicate', 3: 'duplicate', 4: 'rejected' });
      await settle(more);
      const all = [update(2, 'A', 'x'), update(3, 'A', 'x'), update(4, 'A', 'x'), update(5, 'B', 'x')];
      const other = await settle(await drop(all.slice(0, 2), 'reject', 'b.csv'));
      const third = await drop(all, 'reject', 'b.csv');
      expect(third.corrects).toBe(other.id);
      expect(await states(third)).toEqual({ 2: 'duplicate', 3: 'duplicate', 4: 'pending', 5: 'pending' });
    });

    it('does not get a changed row through by sending it once more', async () => {
      await settle(await drop([update(2, 'A', 'x')]));
      await settle(await drop([update(2, 'A', 'y'), update(3, 'B', 'x')]));
      const third = await drop([update(2, 'A', 'y'), update(3, 'B', 'x'), update(4, 'C', 'x')]);
      expect(await states(third)).toEqual({ 2: 'rejected', 3: 'duplicate', 4: 'pending' });
    });

    it('is held with the row that it repeats, and follows the decision about that', async () => {
      const first = await settle(await drop([update(2, 'A', 'x')]), { 2: parked });
      const second = await settle(await drop([update(2, 'A', 'x'), update(3, 'B', 'x')]));
      expect(await states(second)).toEqual({ 2: 'parked', 3: 'accepted' });
      const verdict = { what: 'accepted', by: 'kim', because: 'seen' } as const;
      await ledger().decide(first.id, only(2), verdict, 80);
      expect(await states(second)).toEqual({ 2: 'duplicate', 3: 'accepted' });
    });

    it('is judged by the same rules when it is worked off again', async () => {
      await settle(await drop([update(2, 'A', 'x'), update(3, 'B', 'x')]));
      const rows = [update(2, 'B', 'y'), update(3, 'A', 'x')];
      const second = await settle(
        await drop([given.invalidRow(2), update(3, 'A', 'x'), given.invalidRow(4)]),
      );
      await ledger().retry(
        second.id,
        { states: ['rejected'], lines: null },
        { by: 'kim', because: 'mended' },
        80,
      );
      const again = await ledger().resume('acme', 'sales', given.me, 81);
      await ledger().mapRows(again ?? second, [...rows.slice(0, 1), update(4, 'A', 'x')]);
      const restaged = await ledger().restaged(again ?? second, 'm@2', 'reject', 82);
      // Its counterpart is taken by line 3, and nothing else is left there.
      expect(await states(restaged)).toEqual({ 2: 'rejected', 3: 'duplicate', 4: 'pending' });
      expect((await ledger().answerRows(second.id, 0, 1))[0]).toMatchObject({ code: 'ROW_CHANGED' });
    });
  });
}
