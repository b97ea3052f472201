import { describe, expect, it } from 'vitest';
import type { Arrival, Due, DueMessage, Ledger, Notice } from '../../../src/ledger/port.ts';
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
        { ...notice('k'), raisedAt: 10, sentAt: null, messages: [] },
      ]);
      expect([await ledger().knowsNotice('k'), await ledger().knowsNotice('other')]).toEqual([true, false]);
    });

    it('keep whom they are written for and what may go with them', async () => {
      const more = { audience: 'partner' as const, attach: '/out/rejects.csv' };
      await ledger().raise({ ...notice('k', 7), ...more }, 10);
      expect(await ledger().notices(7)).toMatchObject([more]);
    });

    const mail = { channel: 'mail', to: ['ops@example.com', 'b@example.com'], urgent: false };
    const chat = { channel: 'chat', to: [], urgent: true };
    /** Raised and routed, in this order. */
    async function routed(...names: string[]): Promise<void> {
      for (const key of names) await ledger().raise(notice(key, 7), 10);
      for (const { notice: found } of await ledger().unroutedNotices(10))
        await ledger().route(found.id, [mail], 10, null);
    }
    const due = (now: number, over: Partial<Due> = {}) =>
      ledger().dueMessages({ channel: 'mail', now, farthest: 1000, urgentOnly: false, limit: 10, ...over });
    const keys = async (found: Promise<DueMessage[]>) => (await found).map((one) => one.notice.key);
    const failed = (message: DueMessage | undefined, tries: number, nextTryAt: number | null) => ({
      ...{ id: message?.id ?? 0, tries, nextTryAt },
    });

    it('are routed once, to as many channels as there are, or nowhere', async () => {
      for (const key of ['a', 'b']) await ledger().raise(notice(key, 7), 10);
      const [a, b] = await ledger().unroutedNotices(10);
      await ledger().route(a?.notice.id ?? 0, [mail, chat], 20, null);
      await ledger().route(a?.notice.id ?? 0, [{ ...chat, channel: 'other' }], 21, null);
      await ledger().route(b?.notice.id ?? 0, [], 22, 'nobody wants it');
      expect(await ledger().unroutedNotices(10)).toEqual([]);
      const fresh = { sentAt: null, tries: 0, nextTryAt: 20, lastError: null, left: null };
      expect(await ledger().notices(7)).toMatchObject([
        {
          key: 'a',
          messages: [
            { channel: 'mail', to: mail.to, ...fresh },
            { channel: 'chat', to: [], ...fresh },
          ],
        },
        { key: 'b', messages: [], lastError: 'nobody wants it' },
      ]);
      expect((await ledger().unsentNotices(10)).map(({ key }) => key)).toEqual(['a']);
      expect([await keys(due(20)), await keys(due(20, { urgentOnly: true }))]).toEqual([['a'], []]);
      expect(await keys(due(20, { channel: 'chat', urgentOnly: true }))).toEqual(['a']);
    });

    it('are due at once, then at the time of their next try, until they are sent', async () => {
      await routed('a', 'b', 'c');
      expect(await keys(due(9))).toEqual([]);
      const [a, b, c] = await due(10);
      await ledger().messagesFailed([failed(a, 1, 50), failed(c, 2, 40)], 'mute server');
      await ledger().messageSent(b?.id ?? 0, 20, null);
      expect(await due(49)).toMatchObject([
        { notice: { key: 'c' }, tries: 2, nextTryAt: 40, lastError: 'mute server' },
      ]);
      expect(await keys(due(50, { limit: 1 }))).toEqual(['c']);
      expect(await keys(due(50))).toEqual(['c', 'a']);
      expect((await ledger().unsentNotices(10)).map(({ key }) => key)).toEqual(['a', 'c']);
      await ledger().messageSent(a?.id ?? 0, 60, null);
      expect(await ledger().notices(7)).toMatchObject([
        { key: 'a', sentAt: 60, tries: 1, lastError: null },
        { key: 'b', sentAt: 20, lastError: null },
        { key: 'c', sentAt: null, tries: 2, lastError: 'mute server' },
      ]);
      expect(await ledger().notices(8)).toEqual([]);
      expect([await ledger().sentSince('mail', 19), await ledger().sentSince('mail', 20)]).toEqual([2, 1]);
      expect(await ledger().sentSince('chat', 0)).toBe(0);
    });

    it('are due when their next try lies further away than any pause: the clock was set back since', async () => {
      await routed('a');
      const [a] = await due(10);
      await ledger().messagesFailed([failed(a, 1, 5001)], 'mute server');
      expect(await keys(due(10, { farthest: 5001 }))).toEqual([]);
      expect(await keys(due(10, { farthest: 5000 }))).toEqual(['a']);
    });

    it('are due again for the recipients that are left, and no longer count as unsent', async () => {
      await routed('k');
      const [first] = await due(10);
      const left = ['b@example.com'];
      const except = { left, why: 'no such user', tries: 1, nextTryAt: 80 };
      await ledger().messageSent(first?.id ?? 0, 20, except);
      expect(await ledger().unsentNotices(10)).toEqual([]);
      expect(await due(79)).toEqual([]);
      expect(await due(80)).toMatchObject([
        { to: mail.to, sentAt: 20, tries: 1, nextTryAt: 80, lastError: 'no such user', left },
      ]);
      await ledger().messagesFailed([failed(first, 2, null)], 'no such user at all');
      expect(await due(999)).toEqual([]);
      expect(await ledger().notices(7)).toMatchObject([
        { sentAt: 20, lastError: 'no such user at all', messages: [{ left }] },
      ]);
      await ledger().messageSent(first?.id ?? 0, 90, null);
      expect(await ledger().notices(7)).toMatchObject([
        { sentAt: 20, lastError: null, messages: [{ left: null }] },
      ]);
    });

    it('are routed again where their channel is gone and nobody was told', async () => {
      await routed('told', 'untold');
      const [told] = await due(10);
      await ledger().messageSent(told?.id ?? 0, 20, {
        ...{ left: ['b@example.com'], why: 'full', tries: 1, nextTryAt: 30 },
      });
      await ledger().rerouteStranded(['mail']);
      expect(await ledger().unroutedNotices(10)).toEqual([]);
      await ledger().rerouteStranded(['chat']);
      const unrouted = await ledger().unroutedNotices(10);
      expect(unrouted).toMatchObject([{ notice: { key: 'untold' }, opening: [] }]);
      expect(await due(999)).toEqual([]);
      // It is back: the message that was given up goes on.
      await ledger().route(unrouted[0]?.notice.id ?? 0, [mail], 40, null);
      expect(await keys(due(40))).toEqual(['untold']);
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
