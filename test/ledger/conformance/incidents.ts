import { describe, expect, it } from 'vitest';
import type { ConcernedFile, Incident, Ledger, Notice, Over } from '../../../src/ledger/port.ts';
import { claimed, type Store } from '../store.ts';

export function incidentsConform(ledger: () => Ledger, store: () => Store): void {
  const trouble = (over: Partial<Notice> = {}): Notice => ({
    ...{ key: null, cause: 'partner:acme:REMOTE_AUTH', kind: 'transfer-failure', partner: 'acme' },
    ...{ feed: 'sales', arrival: null, subject: 'no login', body: 'b', ...over },
  });
  const words = ({ cause, reminders }: Incident, files: readonly ConcernedFile[]) => ({
    subject: `${cause} ${reminders} ${files.map(({ name }) => name).join()}`.trim(),
    body: 'w',
  });
  const over = (cause: string, now: number, more: Partial<Over> = {}) =>
    ledger().over({ cause, ...more }, now, words);
  const open = () => ledger().incidents('open', 10);
  const unsent = async () => (await ledger().unsentNotices(10)).map(({ key }) => key);
  const mail = { channel: 'mail', to: ['ops@example.com'], urgent: false };
  async function route(now: number): Promise<void> {
    for (const { notice } of await ledger().unroutedNotices(100))
      await ledger().route(notice.id, [mail], now, null);
  }
  async function tellAll(now: number): Promise<void> {
    await route(now);
    const due = { channel: 'mail', now, farthest: now + 1e6, urgentOnly: false, limit: 100 };
    for (const { id } of await ledger().dueMessages(due)) await ledger().messageSent(id, now, null);
  }

  describe('incidents', () => {
    it('open once for each cause, and count what is noticed again without telling it', async () => {
      expect(await ledger().raise(trouble(), 10)).toBe(true);
      expect(await ledger().raise(trouble({ subject: 'other words' }), 20)).toBe(false);
      expect(await ledger().raise(trouble({ cause: 'partner:bolt:REMOTE_AUTH', partner: 'bolt' }), 30)).toBe(
        true,
      );
      expect(await open()).toEqual([
        {
          ...{ id: 1, cause: 'partner:acme:REMOTE_AUTH', kind: 'transfer-failure', partner: 'acme' },
          ...{ feed: 'sales', arrival: null, subject: 'no login', openedAt: 10, lastSeenAt: 20 },
          ...{ times: 2, reminders: 0, closedAt: null },
        },
        expect.objectContaining({ id: 2, times: 1 }),
      ]);
      expect(await ledger().incidentNotices(1)).toMatchObject([
        { key: 'incident:1:opened', phase: 'opened', incident: 1, subject: 'no login', raisedAt: 10 },
      ]);
    });

    it('collect events that have a key: each is told, and never twice', async () => {
      for (const key of ['a', 'b', 'a']) await ledger().raise(trouble({ key }), 10);
      expect(await open()).toMatchObject([{ times: 2 }]);
      const told = await ledger().incidentNotices(1);
      expect(told.map(({ key, phase }) => [key, phase])).toEqual([
        ['a', 'opened'],
        ['b', 'more'],
      ]);
      await over('partner', 20);
      expect(await ledger().raise(trouble({ key: 'b' }), 30)).toBe(false);
      expect(await open()).toEqual([]);
    });

    it('do not come of news', async () => {
      expect(await ledger().raise(trouble({ key: 'news', cause: null }), 10)).toBe(true);
      expect(await open()).toEqual([]);
      expect(await ledger().unsentNotices(10)).toMatchObject([
        { key: 'news', cause: null, incident: null, phase: null },
      ]);
    });

    it('are over by their cause, or by what it begins with up to a colon', async () => {
      await ledger().raise(trouble({ cause: 'parked:1' }), 10);
      await ledger().raise(trouble({ cause: 'parked:12' }), 10);
      expect(await over('parked:1', 20)).toMatchObject([
        {
          ...{ key: 'incident:1:closed', cause: 'parked:1', incident: 1, phase: 'closed', raisedAt: 20 },
          ...{ kind: 'transfer-failure', partner: 'acme', feed: 'sales', subject: 'parked:1 0', body: 'w' },
        },
      ]);
      expect(await over('parked:1', 21)).toEqual([]);
      expect(await open()).toMatchObject([{ cause: 'parked:12' }]);
      expect(await over('park', 22)).toEqual([]);
      expect(await over('parked', 23)).toHaveLength(1);
      expect(await ledger().incidents('all', 10)).toMatchObject([
        { id: 2, closedAt: 23 },
        { id: 1, closedAt: 20 },
      ]);
    });

    it('open anew when the cause comes back', async () => {
      await ledger().raise(trouble(), 10);
      await over('partner:acme', 20);
      expect(await ledger().raise(trouble(), 30)).toBe(true);
      expect(await open()).toMatchObject([{ id: 2, openedAt: 30, times: 1 }]);
    });

    it('last as long as one of the feeds that noticed them', async () => {
      await ledger().raise(trouble(), 10);
      await ledger().raise(trouble({ feed: 'claims' }), 11);
      expect(await over('partner:acme', 20, { feed: 'sales' })).toEqual([]);
      expect(await over('partner:acme', 21, { feed: 'other' })).toEqual([]);
      // Noticed again, so it is not over for this one either.
      await ledger().raise(trouble(), 22);
      expect(await over('partner:acme', 23, { feed: 'claims' })).toEqual([]);
      expect(await over('partner:acme', 24, { feed: 'sales' })).toHaveLength(1);
    });

    it('last where they are excepted', async () => {
      for (const name of ['x', 'y']) await ledger().raise(trouble({ cause: `incomplete:acme:${name}` }), 10);
      await over('incomplete:acme', 20, { but: new Set(['incomplete:acme:y']) });
      expect(await open()).toMatchObject([{ cause: 'incomplete:acme:y' }]);
    });

    it('know the files that they hold up', async () => {
      const { id } = await claimed(ledger(), 'a.csv');
      const other = await claimed(ledger(), 'b.csv', { feed: 'claims' });
      await ledger().raise(trouble({ arrival: null }), 10);
      await ledger().raise(trouble({ arrival: id }), 11);
      await ledger().raise(trouble({ arrival: id }), 12);
      await ledger().raise(trouble({ arrival: other.id, feed: 'claims' }), 13);
      expect(await over('partner', 20)).toMatchObject([
        { subject: 'partner:acme:REMOTE_AUTH 0 a.csv,b.csv', arrival: null },
      ]);
    });

    it('that nobody was told of are told as one, but for events with details of their own', async () => {
      await ledger().raise(trouble(), 10);
      await ledger().raise(trouble({ key: 'event', cause: 'files:acme' }), 10);
      await over('partner', 20);
      await over('files', 20);
      expect(await unsent()).toEqual(['event', 'incident:1:closed', 'incident:2:closed']);
      expect(await ledger().incidentNotices(1)).toMatchObject([
        { phase: 'opened', messages: [], lastError: expect.stringContaining('recovery') },
        { phase: 'closed', lastError: null },
      ]);
    });

    it('that are over go to where their opening went, or was to go', async () => {
      await ledger().raise(trouble(), 10);
      await route(10);
      await over('partner', 20);
      expect(await ledger().unroutedNotices(10)).toMatchObject([
        { notice: { phase: 'closed' }, opening: [{ channel: 'mail', to: mail.to }] },
      ]);
      expect(await ledger().incidentNotices(1)).toMatchObject([
        { phase: 'opened', messages: [{ nextTryAt: null, lastError: expect.stringContaining('recovery') }] },
        { phase: 'closed' },
      ]);
    });

    it('are reminded of at growing pauses, by kinds, until they are over', async () => {
      const reminding = { kinds: new Set(['transfer-failure' as const]), pauses: [100, 400] };
      const remind = async (now: number) => {
        const told = await ledger().remind(reminding, now, words);
        await tellAll(now);
        return told.map(({ key }) => key);
      };
      await ledger().raise(trouble(), 0);
      await ledger().raise(trouble({ cause: 'files:acme', kind: 'rows-rejected' }), 0);
      await tellAll(0);
      expect(await remind(99)).toEqual([]);
      expect(await remind(100)).toEqual(['incident:1:reminder:1']);
      expect(await remind(499)).toEqual([]);
      expect(await remind(500)).toEqual(['incident:1:reminder:2']);
      expect(await remind(899)).toEqual([]);
      // What was missed is not made up for.
      expect(await remind(5000)).toEqual(['incident:1:reminder:3']);
      await over('partner', 5100);
      expect(await remind(99_999)).toEqual([]);
      expect(await ledger().incidentNotices(1)).toMatchObject([
        { phase: 'opened' },
        { phase: 'reminder', subject: 'partner:acme:REMOTE_AUTH 1' },
        { phase: 'reminder' },
        { phase: 'reminder' },
        { phase: 'closed' },
      ]);
    });

    it('are not reminded of before anybody was told, nor put off by a clock that is set back', async () => {
      const reminding = { kinds: new Set(['transfer-failure' as const]), pauses: [100] };
      await ledger().raise(trouble(), 5000);
      expect(await ledger().remind(reminding, 5100, words)).toEqual([]);
      await tellAll(5101);
      expect(await ledger().remind(reminding, 200, words)).toHaveLength(1);
    });

    it('are reminded of when the first word of them was given up, or taken by no route', async () => {
      const reminding = { kinds: new Set(['transfer-failure' as const]), pauses: [100] };
      const reminded = async (now: number) =>
        (await ledger().remind(reminding, now, words)).map(({ key }) => key);
      await ledger().raise(trouble(), 0);
      expect(await reminded(100)).toEqual([]);
      const [opened] = await ledger().unroutedNotices(1);
      await ledger().route(opened?.notice.id ?? 0, [], 110, 'no route takes it');
      expect(await reminded(200)).toEqual(['incident:1:reminder:1']);
      await route(210);
      const due = { channel: 'mail', now: 210, farthest: 1e6, urgentOnly: false, limit: 9 };
      const [{ id = 0 } = {}] = await ledger().dueMessages(due);
      await ledger().messagesFailed([{ id, tries: 1, nextTryAt: 500 }], 'away');
      expect(await reminded(300)).toEqual([]);
      await ledger().messagesFailed([{ id, tries: 2, nextTryAt: null }], 'given up');
      expect(await reminded(400)).toEqual(['incident:1:reminder:2']);
    });

    it('are reminded of a pause after people have heard of them, and not while something about them waits to be told', async () => {
      const reminding = { kinds: new Set(['transfer-failure' as const]), pauses: [100, 400] };
      const remind = async (now: number) =>
        (await ledger().remind(reminding, now, words)).map(({ key }) => key);
      await ledger().raise(trouble(), 0);
      expect(await remind(100)).toEqual([]);
      await tellAll(150);
      expect(await remind(200)).toEqual([]);
      expect(await remind(249)).toEqual([]);
      expect(await remind(250)).toEqual(['incident:1:reminder:1']);
      expect(await remind(650)).toEqual([]);
      await tellAll(700);
      expect(await remind(1050)).toEqual([]);
      expect(await remind(1100)).toEqual(['incident:1:reminder:2']);
    });

    it('are the same for every process, and open once whoever is first', async () => {
      const other = await store().open();
      const raised = await Promise.all([ledger(), other].map((one) => one.raise(trouble(), 10)));
      expect(raised.toSorted()).toEqual([false, true]);
      const told = await Promise.all(
        [ledger(), other].map((one) => one.over({ cause: 'partner' }, 20, words)),
      );
      expect(told.flat()).toHaveLength(1);
      await other.close();
    });

    it('are reminded of once, whichever process is first', async () => {
      const other = await store().open();
      const reminding = { kinds: new Set(['transfer-failure' as const]), pauses: [100] };
      await ledger().raise(trouble(), 0);
      await tellAll(0);
      const told = await Promise.all([ledger(), other].map((one) => one.remind(reminding, 100, words)));
      expect(told.flat()).toMatchObject([{ key: 'incident:1:reminder:1' }]);
      await other.close();
    });

    it('are summed up with what came, by feed', async () => {
      await claimed(ledger(), 'a.csv');
      await claimed(ledger(), 'b.csv', { feed: 'claims' });
      expect(await ledger().received(0, 10)).toEqual([]);
      const none = { refused: 0, rows: 0, accepted: 0, rejected: 0, duplicate: 0 };
      expect(await ledger().received(10, 11)).toEqual([
        { partner: 'acme', feed: 'claims', files: 1, ...none },
        { partner: 'acme', feed: 'sales', files: 1, ...none },
      ]);
      expect(await ledger().parkedRows()).toBe(0);
    });
  });
}
