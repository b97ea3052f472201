import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';
import * as given from '../store.ts';

export function attachmentsConform(ledger: () => Ledger, store: () => Store): void {
  const photo = {
    ...{ number: 1, folder: '/in', name: 'photo.jpg', size: 10, modifiedAt: 5, sha256: 'h1' },
  };
  const failed = { code: 'LEDGER_FAILED' };

  describe('files that rows name', () => {
    it('are kept by number while rows are read, and known to the next process', async () => {
      const arrival = await given.fetched(ledger(), 'a.csv');
      await ledger().keepAttachment(arrival, { ...photo, number: 2, name: 'b.jpg' });
      await ledger().keepAttachment(arrival, photo);
      const other = await store().open();
      expect(await other.attachments(arrival.id)).toEqual([
        { ...photo, settleAs: null, settledAt: null },
        { ...photo, number: 2, name: 'b.jpg', settleAs: null, settledAt: null },
      ]);
      expect(await other.attachments(arrival.id + 1)).toEqual([]);
      await other.close();
    });

    it('mean the same bytes for good', async () => {
      const arrival = await given.fetched(ledger(), 'a.csv');
      await ledger().keepAttachment(arrival, photo);
      const changed = { ...photo, number: 2, sha256: 'h2' };
      await expect(ledger().keepAttachment(arrival, changed)).rejects.toMatchObject(failed);
      expect(await ledger().attachments(arrival.id)).toMatchObject([{ sha256: 'h1' }]);
    });

    it('are added by nobody else, and not once the rows are staged', async () => {
      const arrival = await given.fetched(ledger(), 'a.csv');
      await given.takenOver(ledger());
      await expect(ledger().keepAttachment(arrival, photo)).rejects.toMatchObject({ code: 'LEDGER_STALE' });
      const late = await given.current(ledger(), arrival);
      await ledger().staged(late, given.staging, 30);
      await expect(ledger().keepAttachment(late, photo)).rejects.toMatchObject(failed);
    });

    it('are filed after the answer: first the place is known, then that they lie there', async () => {
      const arrival = await given.fetched(ledger(), 'a.csv');
      await ledger().keepAttachment(arrival, photo);
      await ledger().staged(arrival, given.staging, 30);
      const place = '/processed/photo.jpg';
      await expect(ledger().settleAttachment(arrival, 1, place, null)).rejects.toMatchObject(failed);
      await ledger().delivered(arrival, 40);
      await ledger().acknowledged(arrival, 'processed', '/processed/a.csv', 50);
      await ledger().settleAttachment(arrival, 1, place, null);
      expect(await ledger().attachments(arrival.id)).toMatchObject([{ settleAs: place, settledAt: null }]);
      await ledger().settleAttachment(arrival, 1, place, 60);
      expect(await ledger().attachments(arrival.id)).toMatchObject([{ settleAs: place, settledAt: 60 }]);
    });
  });
}
