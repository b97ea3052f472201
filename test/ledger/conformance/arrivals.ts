import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/port.ts';
import { claimed, current, fetched, leaseMs, me, owner, row, sighting, staged, staging } from '../store.ts';

const failed = expect.objectContaining({ code: 'LEDGER_FAILED' });
const waits = expect.objectContaining({ code: 'ARRIVAL_WAITS', retry: 'later' });
const stale = expect.objectContaining({ code: 'LEDGER_STALE' });

export function arrivalsConform(ledger: () => Ledger): void {
  describe('claim', () => {
    it('makes a new arrival, owned and with nothing known but the sighting', async () => {
      const arrival = await ledger().claim(sighting('a.csv'), me, 10);
      expect(arrival).toMatchObject({
        ...sighting('a.csv'),
        ...{ state: 'claimed', token: 1, sha256: null, repeatOf: null, problem: null, settleAs: null },
        ...{ columns: [], claimedAt: 10, counts: { rows: 0, pending: 0 } },
      });
      expect(await ledger().arrival(arrival?.id ?? 0)).toEqual(arrival);
    });

    it('gives nothing while an unfinished arrival has the same partner, folder and name', async () => {
      await claimed(ledger(), 'a.csv');
      expect(
        await ledger().claim(sighting('a.csv', { size: 5, modifiedAt: 9 }), owner('other'), 11),
      ).toBeNull();
      expect(await ledger().claim(sighting('a.csv', { partner: 'bolt' }), me, 11)).not.toBeNull();
      expect(await ledger().claim(sighting('a.csv', { folder: '/in2' }), me, 11)).not.toBeNull();
      expect(await ledger().claim(sighting('A.csv'), me, 11)).not.toBeNull();
    });

    it('takes the same name again once the earlier one is settled', async () => {
      await settle('a.csv', 'processed');
      expect(await ledger().claim(sighting('a.csv'), me, 90)).not.toBeNull();
    });

    it('leaves a file alone that was left in place, until it changes', async () => {
      await settle('a.csv', 'left');
      expect(await ledger().claim(sighting('a.csv'), me, 90)).toBeNull();
      expect(await ledger().claim(sighting('a.csv', { modifiedAt: 2_000 }), me, 90)).not.toBeNull();
    });

    it('begins nothing of a feed while another owner has an unfinished arrival of it', async () => {
      const first = await claimed(ledger(), 'a.csv');
      const next = (over = {}) => ledger().claim(sighting('b.csv', over), owner('other'), 11);
      await expect(next()).rejects.toEqual(waits);
      await ledger().release(first);
      await expect(next()).rejects.toEqual(waits);
      expect(await next({ feed: 'returns', folder: '/in2' })).toMatchObject({ name: 'b.csv' });
      await ledger().withdrawn(first, 'vanished', 12);
      expect(await next()).toMatchObject({ name: 'b.csv' });
    });

    it('lets exactly one of many owners have a file', async () => {
      const wanted = Array.from({ length: 8 }, (_, i) =>
        ledger().claim(sighting('a.csv'), owner(`o${i}`), 10),
      );
      expect((await Promise.all(wanted)).filter((arrival) => arrival !== null)).toHaveLength(1);
    });
  });

  describe('resume', () => {
    const other = owner('other');
    const resume = (who = other, now = 20) => ledger().resume('acme', 'sales', who, now);

    it('tells what a living owner holds, and takes it when the lease is over', async () => {
      const arrival = await claimed(ledger(), 'a.csv');
      await expect(resume(other, 10 + leaseMs - 1)).rejects.toEqual(waits);
      expect(await resume(other, 10 + leaseMs)).toMatchObject({ id: arrival.id, token: 2 });
      await expect(ledger().withdrawn(arrival, 'x', 99)).rejects.toEqual(stale);
    });

    it('does not wait for a lease that would end far in the future: the clock was set back since', async () => {
      const hour = 3_600_000;
      const arrival = await ledger().claim(sighting('a.csv'), me, hour);
      await expect(resume(other, hour - leaseMs)).rejects.toEqual(waits);
      expect(await resume(other, hour - leaseMs - 1)).toMatchObject({ id: arrival?.id, token: 2 });
    });

    it('goes by the renewed lease', async () => {
      const arrival = await claimed(ledger(), 'a.csv');
      await ledger().renew(arrival, me, 30_000);
      await expect(resume(other, 30_000 + leaseMs - 1)).rejects.toEqual(waits);
      expect(await resume(other, 30_000 + leaseMs)).toMatchObject({ id: arrival.id });
      await expect(ledger().renew(arrival, me, 99)).rejects.toEqual(stale);
    });

    it('does not wait for an owner that is gone, for itself, or for a lease given back', async () => {
      const arrival = await claimed(ledger(), 'a.csv');
      expect(await resume(owner('other', [me.id]))).toMatchObject({ token: 2 });
      const mine = await resume();
      expect(mine).toMatchObject({ token: 3 });
      await ledger().release({ id: arrival.id, token: 3 });
      expect(await resume(me)).toMatchObject({ token: 4 });
      await expect(ledger().release(arrival)).rejects.toEqual(stale);
    });

    it('gives the unfinished arrivals of the feed one at a time, oldest first', async () => {
      await settle('done.csv', 'processed');
      await ledger().withdrawn(await claimed(ledger(), 'gone.csv'), 'vanished', 20);
      const [b, a] = [await claimed(ledger(), 'b.csv'), await claimed(ledger(), 'a.csv')];
      await claimed(ledger(), 'c.csv', { feed: 'returns' });
      for (const { id } of [b, a]) {
        const next = await resume(me);
        expect(next?.id).toBe(id);
        await ledger().withdrawn(next ?? a, 'enough', 30);
      }
      expect(await resume(me)).toBeNull();
    });

    it('does not go past what another owner holds, nor touch what waits behind it', async () => {
      const first = await claimed(ledger(), 'a.csv');
      const behind = await claimed(ledger(), 'b.csv');
      await ledger().release(behind);
      await expect(resume()).rejects.toEqual(waits);
      await ledger().withdrawn(first, 'vanished', 20);
      expect(await resume()).toMatchObject({ id: behind.id, token: 2 });
    });
  });

  describe('steps', () => {
    it('go from claimed to settled and keep what each decided', async () => {
      const arrival = await fetched(ledger(), 'a.csv');
      expect(arrival).toMatchObject({ state: 'fetched', sha256: 'sha-a.csv', repeatOf: null, updatedAt: 20 });
      expect(await ledger().staged(arrival, staging, 30)).toMatchObject({ state: 'staged', ...staging });
      expect(await ledger().delivered(arrival, 40)).toMatchObject({ state: 'delivered' });
      expect(await ledger().acknowledged(arrival, 'processed', '/processed/a.csv', 50)).toMatchObject({
        ...{ state: 'acknowledged', disposition: 'processed', settleAs: '/processed/a.csv' },
      });
      expect(await ledger().settled(arrival, 60)).toMatchObject({ state: 'settled', updatedAt: 60 });
    });

    it('are on record with their times, those of each arrival apart', async () => {
      await claimed(ledger(), 'b.csv');
      const arrival = await fetched(ledger(), 'a.csv');
      await ledger().staged(arrival, staging, 30);
      await ledger().delivered(arrival, 40);
      expect(await ledger().steps(arrival.id)).toEqual([
        { state: 'claimed', at: 10 },
        { state: 'fetched', at: 20 },
        { state: 'staged', at: 30 },
        { state: 'delivered', at: 40 },
      ]);
      const refused = { code: 'C', message: 'm', line: 1, column: 1, expected: '', fix: '' };
      const other = await claimed(ledger(), 'c.csv');
      await ledger().quarantined(other, refused, { keyColumns: [], ackColumns: [] }, 50);
      await ledger().acknowledged(other, 'errored', null, 60);
      await ledger().settled(other, 70);
      const later = (await ledger().steps(other.id)).map(({ state, at }) => `${state} ${at}`);
      expect(later).toEqual(['claimed 10', 'delivered 50', 'acknowledged 60', 'settled 70']);
    });

    it('refuse to be taken out of order', async () => {
      const arrival = await claimed(ledger(), 'a.csv');
      await expect(ledger().staged(arrival, staging, 1)).rejects.toEqual(failed);
      await expect(ledger().addRows(arrival, [row(2, 'R')])).rejects.toEqual(failed);
      await expect(ledger().delivered(arrival, 1)).rejects.toEqual(failed);
      await expect(ledger().settled(arrival, 1)).rejects.toEqual(failed);
      expect(await current(ledger(), arrival)).toMatchObject({ state: 'claimed' });
      await expect(ledger().settled({ id: 999, token: 1 }, 1)).rejects.toEqual(failed);
    });

    it('a stale owner can take none of them', async () => {
      const arrival = await fetched(ledger(), 'a.csv');
      await ledger().resume('acme', 'sales', owner('other'), 10 + leaseMs);
      const file = { bytes: 1, sha256: 'x' };
      const problem = { code: 'C', message: 'm', line: 1, column: 1, expected: '', fix: '' };
      const layout = { keyColumns: [], ackColumns: [] };
      for (const write of [
        () => ledger().fetched(arrival, file, 1),
        () => ledger().discardRows(arrival),
        () => ledger().addRows(arrival, [row(2, 'R')]),
        () => ledger().staged(arrival, staging, 1),
        () => ledger().quarantined(arrival, problem, layout, 1),
        () => ledger().pendingRows(arrival, 0, 1),
        () => ledger().delivered(arrival, 1),
        () => ledger().planAnswers(arrival, []),
        () => ledger().acknowledged(arrival, 'errored', null, 1),
      ]) {
        await expect(write()).rejects.toEqual(stale);
      }
    });

    it('a refused file goes straight to delivered, without rows', async () => {
      const arrival = await fetched(ledger(), 'a.csv');
      await ledger().addRows(arrival, [row(2, 'R')]);
      const problem = { code: 'FILE_HEADER', message: 'm', line: 1, column: null, expected: 'e', fix: 'f' };
      const layout = { keyColumns: ['Id'], ackColumns: ['Status'] };
      const refused = await ledger().quarantined(arrival, problem, layout, 30);
      expect(refused).toMatchObject({ state: 'delivered', problem, counts: { rows: 0 }, ...layout });
      expect(await ledger().answerRows(arrival.id, 0, 10)).toEqual([]);
    });
  });

  describe('the same bytes again', () => {
    it('repeat the earliest arrival that is neither withdrawn nor a repeat', async () => {
      const gone = await fetched(ledger(), 'gone.csv', 'same');
      await ledger().withdrawn(gone, 'changed', 25);
      const first = await fetched(ledger(), 'a.csv', 'same');
      expect(first.repeatOf).toBeNull();
      const second = await fetched(ledger(), 'b.csv', 'same');
      expect(second.repeatOf).toBe(first.id);
      expect(await fetched(ledger(), 'c.csv', 'same')).toMatchObject({ repeatOf: first.id });
      expect(await fetched(ledger(), 'd.csv', 'other')).toMatchObject({ repeatOf: null });
      const elsewhere = await claimed(ledger(), 'e.csv', { feed: 'returns' });
      expect(await ledger().fetched(elsewhere, { bytes: 1, sha256: 'same' }, 1)).toMatchObject({
        repeatOf: null,
      });
    });

    it('do not repeat a file that was refused as a whole: it is read anew', async () => {
      const first = await fetched(ledger(), 'a.csv', 'same');
      const problem = { code: 'FILE_EMPTY', message: 'm', line: null, column: null, expected: '', fix: '' };
      await ledger().quarantined(first, problem, { keyColumns: [], ackColumns: [] }, 30);
      expect((await fetched(ledger(), 'b.csv', 'same')).repeatOf).toBeNull();
    });

    it('stay the original when fetched once more', async () => {
      const first = await fetched(ledger(), 'a.csv', 'same');
      await fetched(ledger(), 'b.csv', 'same');
      expect(await ledger().fetched(first, { bytes: 100, sha256: 'same' }, 30)).toMatchObject({
        repeatOf: null,
      });
    });
  });

  describe('listing', () => {
    it('filters by partner, feed and state, newest first, and counts by state', async () => {
      const a = await staged(ledger(), 'a.csv', [row(2, 'R')]);
      const b = await claimed(ledger(), 'b.csv', { partner: 'bolt' });
      const c = await claimed(ledger(), 'c.csv');
      const ids = async (filter: Parameters<Ledger['arrivals']>[0]) =>
        (await ledger().arrivals(filter)).map(({ id }) => id);
      expect(await ids({ limit: 10 })).toEqual([c.id, b.id, a.id]);
      expect(await ids({ limit: 1 })).toEqual([c.id]);
      expect(await ids({ partner: 'acme', feed: 'sales', limit: 10 })).toEqual([c.id, a.id]);
      expect(await ids({ states: ['staged', 'settled'], limit: 10 })).toEqual([a.id]);
      expect(await ledger().arrival(999)).toBeNull();
      expect(await ledger().countByState()).toEqual({
        'acme/sales': { staged: 1, claimed: 1 },
        'bolt/sales': { claimed: 1 },
      });
    });
  });

  async function settle(name: string, disposition: 'processed' | 'left'): Promise<void> {
    const arrival = await staged(ledger(), name, []);
    await ledger().delivered(arrival, 40);
    await ledger().acknowledged(arrival, disposition, null, 50);
    await ledger().settled(arrival, 60);
  }
}
