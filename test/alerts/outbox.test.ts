import { describe, expect, it } from 'vitest';
import { flushOutbox, type NoticeStore } from '../../src/alerts/outbox.ts';
import type { Channel, Delivery } from '../../src/alerts/port.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { RecordedNotice } from '../../src/ledger/port.ts';

const clock = { now: () => 1000 };

function notice(id: number): RecordedNotice {
  const fixed = {
    kind: 'rows-parked',
    partner: null,
    arrival: 3,
    subject: 's',
    body: 'b',
    raisedAt: 1,
  } as const;
  return { ...fixed, id, key: `k${id}`, sentAt: null, lastError: null };
}

/** A store over a plain list, and everything that was logged. */
function parts(...ids: number[]) {
  const notices = ids.map(notice);
  const logged: string[] = [];
  const change = (id: number, changes: Partial<RecordedNotice>) => {
    const index = notices.findIndex((candidate) => candidate.id === id);
    const found = notices[index];
    if (found) notices[index] = { ...found, ...changes };
  };
  const store: NoticeStore = {
    unsentNotices: async (limit) => notices.filter(({ sentAt }) => sentAt === null).slice(0, limit),
    noticeSent: async (id, at) => change(id, { sentAt: at, lastError: null }),
    noticeFailed: async (id, error) => change(id, { lastError: error }),
  };
  return { notices, store, logged, log: { write: ({ text }: { text: string }) => void logged.push(text) } };
}

function channel(send: (id: number) => Promise<Delivery>): Channel & { tried: number[] } {
  const tried: number[] = [];
  return {
    tried,
    send: ({ id }) => {
      tried.push(id);
      return send(id);
    },
    check: () => Promise.resolve(''),
    close: () => undefined,
  };
}

const down = new TidegateError('MAIL_FAILED', 'the mail server is away', { retry: 'later' });

describe('the outbox', () => {
  it('sends what is unsent, oldest first, and marks it', async () => {
    const { notices, store, log } = parts(1, 2, 3);
    const mail = channel(async () => ({ kind: 'sent' }));
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([1, 2, 3]);
    expect(notices.map(({ sentAt }) => sentAt)).toEqual([1000, 1000, 1000]);
  });

  it('goes on after a notice that was refused and keeps the reason', async () => {
    const { notices, store, log } = parts(1, 2);
    const mail = channel(async (id) =>
      id === 1 ? { kind: 'refused', why: 'no such user' } : { kind: 'sent' },
    );
    await flushOutbox(store, mail, clock, log);
    expect(notices).toMatchObject([{ sentAt: null, lastError: 'no such user' }, { sentAt: 1000 }]);
  });

  it('stops at the first sign that the server is away, and tries again at the next flush', async () => {
    const { notices, store, log } = parts(1, 2);
    let away = true;
    const mail = channel(async () => {
      if (away) throw down;
      return { kind: 'sent' };
    });
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([1]);
    expect(notices[0]?.lastError).toContain('the mail server is away');

    away = false;
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([1, 1, 2]);
    expect(notices.every(({ sentAt }) => sentAt === 1000)).toBe(true);
  });

  it('sends no notice twice when two feeds flush at the same time', async () => {
    const { store, log } = parts(1, 2);
    const mail = channel(async () => ({ kind: 'sent' }));
    await Promise.all([flushOutbox(store, mail, clock, log), flushOutbox(store, mail, clock, log)]);
    expect(mail.tried).toEqual([1, 2]);
  });

  it('never throws, whatever fails', async () => {
    const { store, log, logged } = parts(1);
    const broken: NoticeStore = {
      ...store,
      unsentNotices: () => Promise.reject(new TidegateError('LEDGER_FAILED', 'disk full')),
    };
    await flushOutbox(
      broken,
      channel(async () => ({ kind: 'sent' })),
      clock,
      log,
    );
    await flushOutbox(
      store,
      channel(() => Promise.reject(new Error('a bug'))),
      clock,
      log,
    );
    expect(logged).toEqual([expect.stringContaining('disk full'), expect.stringContaining('a bug')]);
  });
});
