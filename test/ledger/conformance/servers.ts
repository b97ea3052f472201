import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';

export function serversConform(ledger: () => Ledger, store: () => Store): void {
  describe('servers', () => {
    const found = { identity: 'sftp://us@them:22 with a key', probedAt: 10, traits: { sizes: 'exact' } };

    it('are not known until somebody has found out about them', async () => {
      expect(await ledger().knownServer('acme')).toBeNull();
    });

    it('are remembered by partner, also by the next process', async () => {
      await ledger().rememberServer('acme', found);
      await ledger().rememberServer('bolt', { ...found, probedAt: 11 });
      const other = await store().open();
      expect(await other.knownServer('acme')).toEqual(found);
      expect(await other.knownServer('bolt')).toEqual({ ...found, probedAt: 11 });
      await other.close();
    });

    it('are known as they were found last', async () => {
      await ledger().rememberServer('acme', found);
      const later = { identity: 'another', probedAt: 20, traits: { sizes: 'unreliable', sessions: null } };
      await ledger().rememberServer('acme', later);
      expect(await ledger().knownServer('acme')).toEqual(later);
    });
  });
}
