import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';
import * as given from '../store.ts';

const asked = { what: 'feed', name: 'acme-sales', until: null, by: 'ann', because: 'a new layout' } as const;

export function schedulesConform(ledger: () => Ledger, store: () => Store): void {
  describe('pauses', () => {
    it('hold until a person ends them, for the next process too', async () => {
      const paused = await ledger().pause(asked, 10);
      expect(paused).toEqual({ ...asked, id: paused.id, since: 10 });
      const other = await store().open();
      expect(await other.pauses(99)).toEqual([paused]);
      expect(await other.endPause('feed', 'acme-sales', { by: 'kim', because: 'done' }, 100)).toEqual(paused);
      await other.close();
      expect(await ledger().pauses(100)).toEqual([]);
      expect(await ledger().endPause('feed', 'acme-sales', { by: 'kim', because: 'done' }, 101)).toBeNull();
    });

    it('hold no longer than they are meant to', async () => {
      const paused = await ledger().pause({ ...asked, until: 50 }, 10);
      expect(await ledger().pauses(49)).toEqual([paused]);
      expect(await ledger().pauses(50)).toEqual([]);
      expect(await ledger().endPause('feed', 'acme-sales', { by: 'kim', because: 'done' }, 50)).toBeNull();
    });

    it('are one for each thing: a later one takes the place of an earlier', async () => {
      await ledger().pause({ ...asked, until: 50 }, 10);
      const later = await ledger().pause({ ...asked, by: 'kim' }, 20);
      const partner = await ledger().pause({ ...asked, what: 'partner' }, 30);
      expect(await ledger().pauses(40)).toEqual([later, partner]);
    });
  });

  describe('looks', () => {
    it('are not known until the first one, and then by the first and the last', async () => {
      expect(await ledger().looks('acme', 'sales')).toBeNull();
      for (const at of [10, 20, 30]) await ledger().looked('acme', 'sales', at);
      expect(await ledger().looks('acme', 'sales')).toEqual({ first: 10, last: 30 });
      expect(await ledger().looks('acme', 'claims')).toBeNull();
    });

    it('tell since when a file may have been there', async () => {
      const claim = (name: string, at: number) => ledger().claim(given.sighting(name), given.me, at);
      const first = await claim('a.csv', 5);
      await ledger().looked('acme', 'sales', 10);
      await ledger().looked('acme', 'claims', 15);
      const second = await claim('b.csv', 20);
      const coming = { absentAt: null, refused: false };
      expect(await ledger().comings('acme', 'sales', 0)).toEqual([
        { ...coming, arrival: first?.id, name: 'a.csv', seenAt: 5 },
        { ...coming, arrival: second?.id, name: 'b.csv', absentAt: 10, seenAt: 20 },
      ]);
      expect(await ledger().comings('acme', 'sales', 6)).toMatchObject([{ name: 'b.csv' }]);
      expect(await ledger().comings('acme', 'claims', 0)).toEqual([]);
    });
  });
}
