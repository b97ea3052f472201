import { describe, expect, it } from 'vitest';
import type { Arrival, Ledger, Notice } from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';
import * as given from '../store.ts';

export function answersConform(ledger: () => Ledger, store: () => Store): void {
  const delivered = async (name: string): Promise<Arrival> => {
    const arrival = await given.staged(ledger(), name, [given.row(2, name)]);
    await ledger().settleRow(arrival, 2, given.accepted, 40);
    return ledger().delivered(arrival, 50);
  };
  const acknowledgement = (path: string) => ({ kind: 'acknowledgement' as const, round: 0, path });

  describe('answers', () => {
    it('are planned, written and only then allow the source to be filed', async () => {
      const arrival = await delivered('a.csv');
      await ledger().planAnswers(arrival, [
        acknowledgement('/out/a.csv'),
        { kind: 'rejects', round: 0, path: '/out/r.csv' },
      ]);
      await ledger().answerWritten(arrival, { kind: 'rejects', round: 0 }, { bytes: 5, sha256: 'h' }, 60);
      expect(await ledger().answers(arrival.id)).toEqual([
        { ...acknowledgement('/out/a.csv'), packed: null, written: null },
        {
          ...{ kind: 'rejects', round: 0, path: '/out/r.csv' },
          ...{ packed: null, written: { bytes: 5, sha256: 'h', at: 60 } },
        },
      ]);
      await expect(ledger().acknowledged(arrival, 'processed', null, 70)).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
      await ledger().answerWritten(arrival, acknowledgement(''), { bytes: 9, sha256: 'g' }, 70);
      expect(await ledger().acknowledged(arrival, 'processed', null, 80)).toMatchObject({
        state: 'acknowledged',
      });
    });

    it('keep which bytes they are packed into, until they are packed anew or written', async () => {
      const arrival = await delivered('a.csv');
      const answer = acknowledgement('/out/a.csv');
      await expect(ledger().answerPacked(arrival, answer, { bytes: 3, sha256: 'p' })).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
      await ledger().planAnswers(arrival, [answer]);
      await ledger().answerPacked(arrival, answer, { bytes: 3, sha256: 'p' });
      await ledger().planAnswers(arrival, [acknowledgement('/out/b.csv')]);
      expect(await ledger().answers(arrival.id)).toEqual([
        { ...acknowledgement('/out/b.csv'), packed: { bytes: 3, sha256: 'p' }, written: null },
      ]);
      await expect(ledger().acknowledged(arrival, 'processed', null, 60)).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
      await ledger().answerPacked(arrival, answer, { bytes: 4, sha256: 'q' });
      await ledger().answerWritten(arrival, answer, { bytes: 4, sha256: 'q' }, 60);
      expect(await ledger().answers(arrival.id)).toMatchObject([
        { packed: null, written: { sha256: 'q', at: 60 } },
      ]);
    });

    it('may be planned anew until they are written', async () => {
      const arrival = await delivered('a.csv');
      await ledger().planAnswers(arrival, [acknowledgement('/out/a.csv')]);
      await ledger().planAnswers(arrival, [acknowledgement('/out/b.csv')]);
      await ledger().answerWritten(arrival, acknowledgement(''), { bytes: 1, sha256: 'h' }, 60);
      await ledger().planAnswers(arrival, [acknowledgement('/out/c.csv')]);
      expect(await ledger().answers(arrival.id)).toMatchObject([{ path: '/out/b.csv', written: { at: 60 } }]);
      await expect(
        ledger().answerWritten(arrival, { kind: 'success', round: 0 }, { bytes: 1, sha256: 'h' }, 60),
      ).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
    });

    it('tell whether a path is taken by another arrival of the partner', async () => {
      const arrival = await delivered('a.csv');
      await ledger().planAnswers(arrival, [acknowledgement('/out/a.csv')]);
      expect(await ledger().answerPathTaken('acme', '/out/a.csv', arrival.id)).toBe(false);
      expect(await ledger().answerPathTaken('acme', '/out/a.csv', arrival.id + 1)).toBe(true);
      expect(await ledger().answerPathTaken('bolt', '/out/a.csv', arrival.id + 1)).toBe(false);
    });

    it('can be asked for rows of some states', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [given.row(2, 'A'), given.invalidRow(3)]);
      expect(await ledger().answerRows(arrival.id, 0, 10, { states: ['rejected'] })).toMatchObject([
        { line: 3 },
      ]);
    });
  });

  describe('notices', () => {
    const notice = (key: string, arrival: number | null = null): Notice => ({
      ...{ key, cause: null, kind: 'transfer-failure', partner: 'acme', feed: null },
      ...{ arrival, subject: 's', body: 'b' },
    });

    it('are recorded once per key', async () => {
      expect(await ledger().raise(notice('k'), 10)).toBe(true);
      expect(await ledger().raise({ ...notice('k'), body: 'other' }, 20)).toBe(false);
      expect(await ledger().unsentNotices(10)).toMatchObject([
        { ...notice('k'), raisedAt: 10, sentAt: null },
      ]);
    });

    const keys = async (found: Promise<{ key: string }[]>) => (await found).map(({ key }) => key);

    it('are due at once, then at the time of their next try, until they are sent', async () => {
      for (const key of ['a', 'b', 'c']) await ledger().raise(notice(key, 7), 10);
      expect(await keys(ledger().dueNotices(9, 1000, 10))).toEqual([]);
      const [a, b, c] = await ledger().dueNotices(10, 1000, 10);
      if (!a || !b || !c) throw new Error('not all are due');
      const failed = [
        { id: a.id, tries: 1, nextTryAt: 50 },
        { id: c.id, tries: 2, nextTryAt: 40 },
      ];
      await ledger().noticesFailed(failed, 'mute server');
      await ledger().noticeSent(b.id, 20, null);
      await ledger().raise(notice('d'), 45);
      expect(await ledger().dueNotices(49, 1000, 10)).toMatchObject([
        { key: 'c', tries: 2, nextTryAt: 40, lastError: 'mute server' },
        { key: 'd', tries: 0 },
      ]);
      expect(await keys(ledger().dueNotices(50, 1000, 2))).toEqual(['c', 'd']);
      expect(await keys(ledger().dueNotices(50, 1000, 10))).toEqual(['c', 'd', 'a']);
      expect(await keys(ledger().unsentNotices(10))).toEqual(['a', 'c', 'd']);
      await ledger().noticeSent(a.id, 60, null);
      expect(await ledger().notices(7)).toMatchObject([
        { key: 'a', sentAt: 60, lastError: null, left: null },
        { key: 'b', sentAt: 20, lastError: null },
        { key: 'c', sentAt: null },
      ]);
      expect(await ledger().notices(8)).toEqual([]);
    });

    it('are due when their next try lies further away than any pause: the clock was set back since', async () => {
      for (const key of ['a', 'b']) await ledger().raise(notice(key), 5000);
      const [a] = await ledger().dueNotices(5000, 9000, 10);
      await ledger().noticesFailed([{ id: a?.id ?? 0, tries: 1, nextTryAt: 5001 }], 'mute server');
      expect(await keys(ledger().dueNotices(10, 5000, 10))).toEqual(['a']);
      expect(await keys(ledger().dueNotices(10, 4999, 10))).toEqual(['b', 'a']);
    });

    it('are due again for the recipients that are left, and no longer count as unsent', async () => {
      await ledger().raise(notice('k', 7), 10);
      const [first] = await ledger().dueNotices(10, 1000, 10);
      const id = first?.id ?? 0;
      const left = ['gone@example.com'];
      await ledger().noticeSent(id, 20, { left, why: 'no such user', tries: 1, nextTryAt: 80 });
      expect(await ledger().unsentNotices(10)).toEqual([]);
      expect(await ledger().dueNotices(79, 1000, 10)).toEqual([]);
      expect(await ledger().dueNotices(80, 1000, 10)).toMatchObject([
        { id, sentAt: 20, tries: 1, nextTryAt: 80, lastError: 'no such user', left },
      ]);
      await ledger().noticesFailed([{ id, tries: 2, nextTryAt: null }], 'no such user at all');
      expect(await ledger().dueNotices(999, 1000, 10)).toEqual([]);
      expect(await ledger().notices(7)).toMatchObject([
        { sentAt: 20, lastError: 'no such user at all', left },
      ]);
      await ledger().noticeSent(id, 90, null);
      expect(await ledger().notices(7)).toMatchObject([{ sentAt: 20, lastError: null, left: null }]);
    });

    it('wait no more when they are out of date and were never tried, and say why', async () => {
      for (const key of ['sent', 'tried', 'old']) await ledger().raise(notice(key, 7), 10);
      await ledger().raise(notice('new'), 11);
      const [sent, tried] = await ledger().dueNotices(10, 1000, 2);
      await ledger().noticeSent(sent?.id ?? 0, 20, null);
      await ledger().noticesFailed([{ id: tried?.id ?? 0, tries: 1, nextTryAt: 20 }], 'mute server');
      await ledger().dropOutdatedNotices(11, 'too old');
      expect(await keys(ledger().dueNotices(99, 1000, 10))).toEqual(['new', 'tried']);
      expect(await keys(ledger().unsentNotices(10))).toEqual(['tried', 'new']);
      expect((await ledger().notices(7))[2]).toMatchObject({
        ...{ key: 'old', sentAt: null, nextTryAt: null, lastError: 'too old' },
      });
    });
  });

  describe('a restart', () => {
    it('finds everything as it was, in every state of an arrival', async () => {
      const reopened = async <T>(work: (ledger: Ledger) => Promise<T>): Promise<T> => {
        const fresh = await store().open();
        try {
          return await work(fresh);
        } finally {
          await fresh.close();
        }
      };
      const claimed = await reopened((fresh) => given.claimed(fresh, 'a.csv'));
      const same = async (before: Arrival) =>
        expect(await reopened((fresh) => fresh.arrival(before.id))).toEqual(before);
      await same(claimed);
      await same(await reopened((fresh) => fresh.fetched(claimed, { bytes: 100, sha256: 'h' }, 20)));
      await reopened((fresh) => fresh.addRows(claimed, [given.row(2, 'A'), given.row(3, 'B')]));
      await same(await reopened((fresh) => fresh.staged(claimed, given.staging, 30)));
      const attempt = await reopened((fresh) => fresh.openAttempt(given.opened(claimed, 2)));
      expect(await reopened((fresh) => fresh.pendingRows(claimed, 0, 10))).toMatchObject([
        { line: 2, inDoubt: { attempt } },
        { line: 3, inDoubt: null },
      ]);
      await reopened((fresh) => fresh.closeAttempt(given.ended(claimed, 2, attempt, given.accepted)));
      await reopened((fresh) => fresh.settleRow(claimed, 3, given.rejected, 50));
      await same(await reopened((fresh) => fresh.delivered(claimed, 60)));
      await reopened((fresh) => fresh.planAnswers(claimed, [acknowledgement('/out/a.csv')]));
      await reopened((fresh) =>
        fresh.answerWritten(claimed, acknowledgement(''), { bytes: 1, sha256: 'h' }, 70),
      );
      await same(await reopened((fresh) => fresh.acknowledged(claimed, 'processed', '/processed/a.csv', 80)));
      await same(await reopened((fresh) => fresh.settled(claimed, 90)));
    });
  });
}
