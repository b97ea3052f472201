import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';
import * as given from '../store.ts';

const { accepted, rejected, parked, row, staged, opened, ended } = given;

export function deliveryConforms(ledger: () => Ledger, store: () => Store): void {
  describe('attempts', () => {
    it('are open until they are closed, and then tell the whole story', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B')]);
      const attempt = await ledger().openAttempt(opened(arrival, 2));
      expect(await ledger().attempts(arrival.id)).toMatchObject([
        {
          id: attempt,
          line: 2,
          request: { line: 2 },
          openedAt: 40,
          closedAt: null,
          outcome: null,
          answer: null,
        },
      ]);
      await ledger().closeAttempt(ended(arrival, 2, attempt, accepted));
      expect(await ledger().attempts(arrival.id, 2)).toMatchObject([
        { closedAt: 50, outcome: 'accepted', status: 200, code: 'C', ticket: 'T', answer: { ok: true } },
      ]);
      expect(await ledger().attempts(arrival.id, 3)).toEqual([]);
      expect(await given.pendingLines(ledger(), arrival)).toEqual([3]);
      expect((await given.current(ledger(), arrival)).counts).toMatchObject({ pending: 1, accepted: 1 });
    });

    it('keep the read that decided a row, with its answer, in the same moment', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B')]);
      const read = {
        ...{ operation: 'Eligibility/check', request: { sku: 'X' }, outcome: 'rejected' as const },
        ...{ status: 200, code: 'UNSUPPORTED', message: 'No', ticket: null, answer: { eligible: false } },
      };
      await ledger().settleRow(arrival, 2, rejected, 60, { ...read, keptSince: null });
      expect(await ledger().attempts(arrival.id)).toEqual([
        { id: expect.any(Number), line: 2, purpose: 'read', openedAt: 60, closedAt: 60, call: null, ...read },
      ]);
      await expect(
        ledger().settleRow(arrival, 2, rejected, 70, { ...read, keptSince: null }),
      ).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
      await ledger().settleRow(arrival, 3, accepted, 70);
      expect(await ledger().attempts(arrival.id)).toHaveLength(1);
    });

    it('tell a read that was made earlier for another row, with the time when it was made', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const read = {
        ...{ operation: 'Brand/list', request: {}, outcome: 'accepted' as const, status: 200 },
        ...{ code: '', message: '', ticket: null, answer: { entries: 3 } },
      };
      await ledger().settleRow(arrival, 2, rejected, 60, { ...read, keptSince: 20 });
      expect(await ledger().attempts(arrival.id, 2)).toEqual([
        { id: expect.any(Number), line: 2, purpose: 'kept', call: null, openedAt: 20, closedAt: 20, ...read },
      ]);
    });

    it('close once, and a row has one outcome', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const attempt = await ledger().openAttempt(opened(arrival, 2));
      await ledger().closeAttempt(ended(arrival, 2, attempt, accepted));
      const failed = { code: 'LEDGER_FAILED' };
      await expect(ledger().closeAttempt(ended(arrival, 2, attempt, null))).rejects.toMatchObject(failed);
      await expect(ledger().settleRow(arrival, 2, rejected, 60)).rejects.toMatchObject(failed);
      await expect(ledger().settleRow(arrival, 99, rejected, 60)).rejects.toMatchObject(failed);
      await expect(ledger().openAttempt(opened(arrival, 99))).rejects.toMatchObject(failed);
      expect((await given.current(ledger(), arrival)).counts).toMatchObject({ accepted: 1, rejected: 0 });
    });
  });

  describe('pending rows', () => {
    it('come in pages with their plan', async () => {
      const arrival = await staged(ledger(), 'a.csv', [
        row(2, 'A'),
        given.invalidRow(3),
        row(4, 'B'),
        row(5, 'C'),
      ]);
      const [first, second] = await ledger().pendingRows(arrival, 0, 2);
      expect(first).toEqual({
        ...{ line: 2, action: 'New Sales', operation: 'Contract/create', orderKey: 'A' },
        ...{
          plan: row(2, 'A').plan,
          inDoubt: null,
          wasInDoubt: false,
          overruled: false,
          leftOut: false,
          attempts: 0,
        },
      });
      expect(second?.line).toBe(4);
      expect((await ledger().pendingRows(arrival, 4, 2)).map(({ line }) => line)).toEqual([5]);
    });

    it('are in doubt while their last write was not closed, or closed in doubt', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const pending = async () => (await ledger().pendingRows(arrival, 0, 10))[0];
      const first = await ledger().openAttempt(opened(arrival, 2));
      const open = { attempt: first, request: { line: 2, purpose: 'write' }, givenUpAt: null, call: null };
      expect(await pending()).toMatchObject({ inDoubt: open, attempts: 0 });
      await ledger().closeAttempt({ ...ended(arrival, 2, first, null), outcome: 'in-doubt' });
      const doubt = { ...open, givenUpAt: 50 };
      expect(await pending()).toMatchObject({ inDoubt: doubt, attempts: 1 });
      const lookup = await ledger().openAttempt(opened(arrival, 2, 'lookup'));
      expect(await pending()).toMatchObject({ inDoubt: doubt, attempts: 1 });
      await ledger().closeAttempt({ ...ended(arrival, 2, lookup, null), outcome: 'failed' });
      expect(await pending()).toMatchObject({ inDoubt: doubt, attempts: 2 });
      const second = await ledger().openAttempt(opened(arrival, 2));
      expect(await pending()).toMatchObject({ inDoubt: { attempt: second } });
      await ledger().closeAttempt({ ...ended(arrival, 2, second, null), outcome: 'failed' });
      expect(await pending()).toMatchObject({ inDoubt: null, wasInDoubt: true, attempts: 3 });
    });

    it('of a key wait behind a parked row before them, in this file of the feed or an earlier one', async () => {
      const rows = [row(2, 'A'), row(3, 'B', 'b', { orderKey: 'A' }), row(4, 'C')];
      const first = await staged(ledger(), 'a.csv', rows);
      const second = await staged(ledger(), 'b.csv', [row(2, 'D')]);
      expect(await ledger().parkedKeys(first.id)).toEqual([]);
      await ledger().settleRow(first, 2, parked, 40);
      await ledger().settleRow(first, 3, parked, 40);
      await ledger().settleRow(second, 2, parked, 40);
      expect(await ledger().parkedKeys(first.id)).toEqual([{ key: 'A', line: 2 }]);
      const both = await ledger().parkedKeys(second.id);
      expect(both.toSorted((a, b) => a.line - b.line)).toEqual([
        { key: 'A', line: 0 },
        { key: 'D', line: 2 },
      ]);
      for (const other of [{ feed: 'returns' }, { partner: 'bolt' }]) {
        const elsewhere = await given.claimed(ledger(), 'c.csv', other);
        expect(await ledger().parkedKeys(elsewhere.id)).toEqual([]);
        await ledger().withdrawn(elsewhere, 'enough', 50);
      }
    });
  });

  describe('writes of one moment', () => {
    it('all arrive, whatever their number', async () => {
      const rows = Array.from({ length: 700 }, (_, i) => row(i + 2, `R${i}`));
      const arrival = await staged(ledger(), 'a.csv', rows);
      const ids = await Promise.all(rows.map(({ line }) => ledger().openAttempt(opened(arrival, line))));
      expect(new Set(ids).size).toBe(700);
      const ends = rows.map(({ line }, i) =>
        ledger().closeAttempt(ended(arrival, line, ids[i] ?? 0, accepted)),
      );
      await Promise.all(ends);
      expect((await ledger().delivered(arrival, 60)).counts).toMatchObject({ rows: 700, accepted: 700 });
    });

    it('fail alone', async () => {
      const gone = await staged(ledger(), 'b.csv', [row(2, 'X')]);
      const mine = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B'), row(4, 'C')]);
      await given.takenOver(ledger());
      const results = await Promise.allSettled([
        ledger().openAttempt(opened(mine, 2)),
        ledger().openAttempt(opened(gone, 2)),
        ledger().openAttempt(opened(mine, 99)),
        ledger().closeAttempt(ended(mine, 3, 12345, accepted)),
        ledger().settleRow(mine, 4, rejected, 50),
      ]);
      expect(results).toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: { code: 'LEDGER_STALE' } },
        { status: 'rejected', reason: { code: 'LEDGER_FAILED' } },
        { status: 'rejected', reason: { code: 'LEDGER_FAILED' } },
        { status: 'fulfilled' },
      ]);
      expect(await ledger().attempts(mine.id)).toHaveLength(1);
      expect(await given.states(ledger(), mine)).toEqual({ 2: 'pending', 3: 'pending', 4: 'rejected' });
      expect((await given.current(ledger(), mine)).counts).toMatchObject({ pending: 2, rejected: 1 });
    });

    it('are all there before close returns', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A')]);
      const second = await store().open();
      const opening = second.openAttempt(opened(arrival, 2));
      await second.close();
      expect(await ledger().attempts(arrival.id)).toMatchObject([{ id: await opening }]);
    });
  });

  describe('two owners on one store', () => {
    it('the older one can write nothing more', async () => {
      const arrival = await staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'B')]);
      const attempt = await ledger().openAttempt(opened(arrival, 2));
      const second = await store().open();
      const taken = await given.takenOver(second);
      const stale = { code: 'LEDGER_STALE' };
      await expect(ledger().openAttempt(opened(arrival, 3))).rejects.toMatchObject(stale);
      await expect(ledger().closeAttempt(ended(arrival, 2, attempt, accepted))).rejects.toMatchObject(stale);
      await expect(ledger().settleRow(arrival, 2, rejected, 50)).rejects.toMatchObject(stale);
      await second.closeAttempt(ended(taken, 2, attempt, accepted));
      await second.settleRow(taken, 3, rejected, 50);
      expect((await second.delivered(taken, 60)).counts).toMatchObject({ accepted: 1, rejected: 1 });
      await second.close();
    });

    it('write side by side without losing anything', async () => {
      const second = await store().open();
      const sides = await Promise.all(
        [ledger(), second].map(async (side, i) => {
          const rows = Array.from({ length: 100 }, (_, n) => row(n + 2, `${i}-${n}`));
          const arrival = await staged(side, `${i}.csv`, rows);
          await Promise.all(rows.map(({ line }) => side.settleRow(arrival, line, accepted, 40)));
          return side.delivered(arrival, 50);
        }),
      );
      expect(sides.map(({ counts }) => counts.accepted)).toEqual([100, 100]);
      await second.close();
    });
  });
}
