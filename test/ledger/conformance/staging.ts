import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/port.ts';
import {
  accepted,
  claimed,
  current,
  ended,
  fetched,
  invalidRow,
  opened,
  parked,
  rejected,
  row,
  staged,
  staging,
  states,
} from '../store.ts';

export function stagingConforms(ledger: () => Ledger): void {
  const answers = async (arrival: { id: number }) => ledger().answerRows(arrival.id, 0, 100);

  describe('staging', () => {
    it('counts nothing before staged, and everything after', async () => {
      const arrival = await fetched(ledger(), 'a.csv');
      await ledger().addRows(arrival, [row(2, 'A'), invalidRow(3)]);
      expect((await current(ledger(), arrival)).counts.rows).toBe(0);
      const done = await ledger().staged(arrival, staging, 30);
      expect(done.counts).toEqual({ rows: 2, pending: 1, accepted: 0, rejected: 1, duplicate: 0, parked: 0 });
      expect(await answers(arrival)).toMatchObject([
        { line: 2, keys: ['2'], action: 'New Sales', state: 'pending', fields: ['A', 'a'], violations: [] },
        { line: 3, state: 'rejected', code: '', violations: invalidRow(3).violations, duplicateOf: null },
      ]);
    });

    it('forgets an unfinished staging', async () => {
      const arrival = await fetched(ledger(), 'a.csv');
      await ledger().addRows(arrival, [row(2, 'A'), row(3, 'B')]);
      await ledger().discardRows(arrival);
      await ledger().addRows(arrival, [row(2, 'A')]);
      expect((await ledger().staged(arrival, staging, 30)).counts.rows).toBe(1);
    });

    it('adds all rows of a call or none', async () => {
      const arrival = await fetched(ledger(), 'a.csv');
      const many = Array.from({ length: 120 }, (_, i) => row(i + 2, `R${i}`));
      await expect(ledger().addRows(arrival, [...many, row(2, 'twice')])).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
      await ledger().addRows(arrival, many);
      expect((await ledger().staged(arrival, staging, 30)).counts.rows).toBe(120);
    });

    it('gives rows out in pages of their order', async () => {
      const rows = Array.from({ length: 130 }, (_, i) => row(i + 2, `R${i}`));
      const arrival = await staged(ledger(), 'a.csv', rows);
      const page = await ledger().answerRows(arrival.id, 51, 50);
      expect(page.map(({ line }) => line)).toEqual(Array.from({ length: 50 }, (_, i) => i + 52));
    });
  });

  describe('the same reference within a file', () => {
    it('collapses identical rows onto the first', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B'), row(4, 'A'), row(5, 'A')]);
      expect(await states(ledger(), arrival)).toEqual({
        2: 'pending',
        3: 'pending',
        4: 'duplicate',
        5: 'duplicate',
      });
      expect(arrival.counts).toMatchObject({ rows: 4, pending: 2, duplicate: 2 });
      const at = { arrival: arrival.id, name: 'a.csv', line: 2 };
      expect((await answers(arrival)).map(({ duplicateOf }) => duplicateOf)).toEqual([null, null, at, at]);
    });

    it('rejects all rows that ask for different things, and says which', async () => {
      const rows = [row(2, 'A', 'x'), row(3, 'A', 'y'), row(4, 'A', 'x'), row(5, 'B', 'x')];
      const arrival = await staged(ledger(), 'a.csv', rows);
      expect(await states(ledger(), arrival)).toEqual({
        2: 'rejected',
        3: 'rejected',
        4: 'rejected',
        5: 'pending',
      });
      const [first] = await answers(arrival);
      expect(first).toMatchObject({ code: 'DUPLICATE_CONFLICT', violations: [{ column: '', value: 'A' }] });
      expect(first?.violations[0]?.rule).toContain('lines 3, 4 ');
    });

    it('means the same operation, and never a row without reference or with broken values', async () => {
      const rows = [row(2, 'A'), row(3, 'A', 'other', { operation: 'Contract/cancel' })];
      const arrival = await staged(ledger(), 'a.csv', [...rows, row(4, null), row(5, null), invalidRow(6)]);
      expect(arrival.counts).toMatchObject({ pending: 4, rejected: 1, duplicate: 0 });
    });
  });

  describe('a reference known from an earlier file', () => {
    it('makes the row a duplicate when it asks for the same, and rejects it otherwise', async () => {
      const first = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B')]);
      const second = await staged(ledger(), 'b.csv', [row(2, 'B'), row(3, 'A', 'else'), row(4, 'C')]);
      expect(await states(ledger(), second)).toEqual({ 2: 'duplicate', 3: 'rejected', 4: 'pending' });
      const [same, other] = await answers(second);
      expect(same?.duplicateOf).toEqual({ arrival: first.id, name: 'a.csv', line: 3 });
      expect(other).toMatchObject({ code: 'REFERENCE_KNOWN', violations: [{ column: '', value: 'A' }] });
      expect(other?.violations[0]?.rule).toContain('line 2 of a.csv');
    });

    it('belongs to the partner', async () => {
      await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const other = await claimed(ledger(), 'a.csv', { partner: 'bolt' });
      await ledger().fetched(other, { bytes: 1, sha256: 's' }, 2);
      await ledger().addRows(other, [row(2, 'A', 'else')]);
      expect((await ledger().staged(other, staging, 3)).counts.pending).toBe(1);
    });

    it('is free again after a rejection, and stays taken by an accepted or parked row', async () => {
      const first = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B'), row(4, 'C')]);
      await ledger().settleRow(first, 2, rejected, 40);
      await ledger().settleRow(first, 3, accepted, 40);
      await ledger().settleRow(first, 4, parked, 40);
      const second = await staged(ledger(), 'b.csv', [row(2, 'A', 'new'), row(3, 'B', 'new'), row(4, 'C')]);
      expect(await states(ledger(), second)).toEqual({ 2: 'pending', 3: 'rejected', 4: 'duplicate' });
    });

    it('is free again after rows that were refused for their conflict', async () => {
      await staged(ledger(), 'a.csv', [row(2, 'A', 'x'), row(3, 'A', 'y')]);
      expect((await staged(ledger(), 'b.csv', [row(2, 'A', 'x')])).counts.pending).toBe(1);
    });
  });

  describe('delivered', () => {
    it('refuses while a row is pending', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B')]);
      await ledger().settleRow(arrival, 2, accepted, 40);
      await expect(ledger().delivered(arrival, 50)).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
        message: expect.stringContaining('1 accepted'),
      });
      expect((await current(ledger(), arrival)).state).toBe('staged');
    });

    it('closes the sum', async () => {
      const rows = [row(2, 'A'), row(3, 'B'), row(4, 'C'), row(5, 'A'), invalidRow(6)];
      const arrival = await staged(ledger(), 'a.csv', rows);
      await ledger().settleRow(arrival, 2, accepted, 40);
      await ledger().settleRow(arrival, 3, rejected, 40);
      await ledger().settleRow(arrival, 4, parked, 40);
      const done = await ledger().delivered(arrival, 50);
      expect(done.counts).toEqual({ rows: 5, pending: 0, accepted: 1, rejected: 2, duplicate: 1, parked: 1 });
      expect(await ledger().parkedKeys(arrival.id)).toEqual([{ key: 'C', line: 4 }]);
    });

    it('lets duplicates take over what became of the row they repeat, within a file and over files', async () => {
      const all = [row(2, 'A'), row(3, 'A'), row(4, 'B'), row(5, 'B'), row(6, 'C'), row(7, 'C')];
      const first = await staged(ledger(), 'a.csv', all);
      const second = await staged(ledger(), 'b.csv', all);
      expect(second.counts).toMatchObject({ duplicate: 6, pending: 0 });
      await ledger().settleRow(first, 2, accepted, 40);
      await ledger().settleRow(first, 4, rejected, 40);
      await ledger().settleRow(first, 6, parked, 40);

      const one = await ledger().delivered(first, 50);
      expect(one.counts).toMatchObject({ accepted: 1, duplicate: 1, rejected: 2, parked: 2, pending: 0 });
      const two = await ledger().delivered(second, 60);
      expect(two.counts).toMatchObject({ accepted: 0, duplicate: 2, rejected: 2, parked: 2, pending: 0 });

      const like = ({ code, message, cells }: typeof accepted) => ({ code, message, cells });
      const [good, bad, open] = [
        { state: 'duplicate', ...like(accepted) },
        { state: 'rejected', ...like(rejected) },
        { state: 'parked', ...like(parked) },
      ];
      const rowsOf = async (arrival: { id: number }) =>
        (await answers(arrival)).filter(({ duplicateOf }) => duplicateOf);
      expect(await rowsOf(first)).toMatchObject([good, bad, open]);
      expect(await rowsOf(second)).toMatchObject([good, good, bad, bad, open, open]);
    });

    it('lets a duplicate of a refused line have its corrections too', async () => {
      await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const second = await staged(ledger(), 'b.csv', [row(2, 'A', 'else'), row(3, 'A', 'else')]);
      expect((await ledger().delivered(second, 50)).counts).toMatchObject({ rejected: 2, duplicate: 0 });
      const [first, repeated] = await answers(second);
      expect(repeated).toMatchObject({ code: 'REFERENCE_KNOWN', violations: first?.violations });
    });

    it('waits while the repeated row of another file has no outcome', async () => {
      const first = await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const second = await staged(ledger(), 'b.csv', [row(2, 'A')]);
      await expect(ledger().delivered(second, 50)).rejects.toMatchObject({
        ...{ code: 'ARRIVAL_WAITS', retry: 'later', subject: `arrival ${first.id}` },
      });
      await ledger().settleRow(first, 2, rejected, 60);
      expect((await ledger().delivered(second, 70)).counts).toMatchObject({ rejected: 1, duplicate: 0 });
    });

    it('leaves the order keys of repeated rows to the row that is parked itself', async () => {
      const rows = [row(2, 'A'), row(3, 'A', 'a', { orderKey: 'elsewhere' })];
      const arrival = await staged(ledger(), 'a.csv', rows);
      await ledger().settleRow(arrival, 2, parked, 40);
      await ledger().delivered(arrival, 50);
      expect(await ledger().parkedKeys(arrival.id)).toEqual([{ key: 'A', line: 2 }]);
    });

    it('leaves every row with the time of its outcome', async () => {
      const rows = [row(2, 'A'), row(3, 'A'), row(4, 'B'), invalidRow(5), row(6, 'C', 'x'), row(7, 'C', 'y')];
      const arrival = await staged(ledger(), 'a.csv', rows);
      const times = async () => (await answers(arrival)).map(({ settledAt }) => settledAt);
      expect(await times()).toEqual([null, null, null, 30, 30, 30]);
      await ledger().settleRow(arrival, 2, accepted, 40);
      const attempt = await ledger().openAttempt(opened(arrival, 4));
      await ledger().closeAttempt(ended(arrival, 4, attempt, rejected));
      expect(await times()).toEqual([40, null, 50, 30, 30, 30]);
      await ledger().delivered(arrival, 60);
      expect(await times()).toEqual([40, 60, 50, 30, 30, 30]);
    });

    it('ends the changing of rows', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A')]);
      await ledger().settleRow(arrival, 2, accepted, 40);
      await ledger().delivered(arrival, 50);
      await expect(ledger().settleRow(arrival, 2, rejected, 60)).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
    });
  });
}
