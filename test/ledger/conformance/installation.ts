import { describe, expect, it } from 'vitest';
import type { HeldFolder, Ledger } from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';

const held = (marker: string, over: Partial<HeldFolder> = {}): HeldFolder => ({
  ...{ partner: 'acme', folder: '/in', marker, since: 10, adoption: null },
  ...over,
});

export function installationConforms(ledger: () => Ledger, store: () => Store): void {
  describe('the installation', () => {
    it('is one for all that work on the ledger, for good', async () => {
      const other = await store().open();
      expect(other.installation).toMatch(/^[0-9a-f]{12}$/);
      expect(other.installation).toBe(ledger().installation);
      await other.close();
      const later = await store().open();
      expect(later.installation).toBe(ledger().installation);
      await later.close();
    });

    it('proves that it can be written, and changes nothing by that', async () => {
      const before = ledger().installation;
      await ledger().proveWritable();
      expect(ledger().installation).toBe(before);
    });

    it('holds a folder by one marker, with who adopted it and why', async () => {
      expect(await ledger().heldFolders()).toEqual([]);
      expect(await ledger().holdFolder(held('m1'), null)).toBe(true);
      const elsewhere = held('m2', { partner: 'bolt', adoption: { by: 'ann', because: 'moved' } });
      expect(await ledger().holdFolder(elsewhere, null)).toBe(true);
      expect(await ledger().heldFolders()).toEqual([held('m1'), elsewhere]);
    });

    it('changes a hold only from what it was thought to be', async () => {
      await ledger().holdFolder(held('m1'), null);
      expect(await ledger().holdFolder(held('m2'), null)).toBe(false);
      expect(await ledger().holdFolder(held('m2'), 'm0')).toBe(false);
      expect(await ledger().heldFolders()).toEqual([held('m1')]);
      expect(await ledger().holdFolder(held('m2', { since: 20 }), 'm1')).toBe(true);
      expect(await ledger().heldFolders()).toEqual([held('m2', { since: 20 })]);
    });

    it('lets one of several take a folder that is free', async () => {
      const tries = Array.from({ length: 8 }, (_, i) => ledger().holdFolder(held(`m${i}`), null));
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    });
  });
}
