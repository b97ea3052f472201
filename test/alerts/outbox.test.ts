import { describe, expect, it } from 'vitest';
import { flushOutbox, type NoticeStore } from '../../src/alerts/outbox.ts';
import type { Channel, Delivery } from '../../src/alerts/port.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { RecordedNotice } from '../../src/ledger/port.ts';

const start = Date.UTC(2024, 5, 11);
const minute = 60_000;

function notice(id: number): RecordedNotice {
  const fixed = {
    kind: 'rows-parked',
    cause: null,
    partner: null,
    feed: null,
    arrival: 3,
    incident: null,
    phase: null,
    subject: 's',
    body: 'b',
    raisedAt: start,
  } as const;
  return {
    ...fixed,
    id,
    key: `k${id}`,
    sentAt: null,
    tries: 0,
    nextTryAt: start,
    lastError: null,
    left: null,
  };
}

const isDue = (at: number, now: number, farthest: number): boolean => at <= now || at > farthest;

/** A store over a plain list, a clock that a test sets, and everything that was logged. */
function parts(...ids: number[]) {
  const notices = ids.map(notice);
  const logged: string[] = [];
  const clock = { time: start, now: () => clock.time };
  const change = (id: number, changes: Partial<RecordedNotice>) => {
    const index = notices.findIndex((candidate) => candidate.id === id);
    const found = notices[index];
    if (found) notices[index] = { ...found, ...changes };
  };
  const store: NoticeStore = {
    dueNotices: async (now, farthest, limit) =>
      notices
        .filter(({ nextTryAt }) => nextTryAt !== null && isDue(nextTryAt, now, farthest))
        .sort((a, b) => (a.nextTryAt ?? 0) - (b.nextTryAt ?? 0))
        .slice(0, limit),
    noticeSent: async (id, at, except) => {
      const { why = null, ...rest } = except ?? { nextTryAt: null, left: null };
      change(id, { sentAt: notices.find((each) => each.id === id)?.sentAt ?? at, lastError: why, ...rest });
    },
    noticesFailed: async (failed, error) => {
      for (const { id, tries, nextTryAt } of failed) change(id, { tries, nextTryAt, lastError: error });
    },
    dropOutdatedNotices: async (before, why) => {
      for (const { id, raisedAt, tries, sentAt } of notices)
        if (sentAt === null && tries === 0 && raisedAt < before)
          change(id, { nextTryAt: null, lastError: why });
    },
  };
  const log = { write: ({ text }: { text: string }) => void logged.push(text) };
  return { notices, store, clock, logged, log };
}

function channel(send: (id: number) => Promise<Delivery>): Channel & { tried: number[] } {
  const tried: number[] = [];
  return {
    tried,
    send: ({ id }) => {
      tried.push(Number(id));
      return send(Number(id));
    },
    check: () => Promise.resolve(''),
    close: () => undefined,
  };
}

const down = new TidegateError('MAIL_FAILED', 'the mail server is away', { retry: 'later' });

describe('the outbox', () => {
  it('sends what is unsent, oldest first, and marks it', async () => {
    const { notices, store, clock, log } = parts(1, 2, 3);
    const mail = channel(async () => ({ kind: 'sent', except: null }));
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([1, 2, 3]);
    expect(notices.map(({ sentAt }) => sentAt)).toEqual([start, start, start]);
  });

  it('goes on after a notice that was refused and keeps the reason', async () => {
    const { notices, store, clock, log } = parts(1, 2);
    const mail = channel(async (id) =>
      id === 1 ? { kind: 'refused', why: 'no such user' } : { kind: 'sent', except: null },
    );
    await flushOutbox(store, mail, clock, log);
    expect(notices).toMatchObject([{ sentAt: null, lastError: 'no such user' }, { sentAt: start }]);
  });

  it('counts a notice as sent that somebody got, and tries the others again until they have it', async () => {
    const { notices, store, clock, log } = parts(1);
    const except = { left: ['gone@example.com'], why: 'recipient 2 of 2 was refused' };
    const outcomes: Delivery[] = [
      { kind: 'sent', except },
      { kind: 'refused', why: 'recipient 2 of 2 was refused again' },
      { kind: 'sent', except: null },
    ];
    const left: unknown[] = [];
    const mail = channel(async () => {
      left.push(notices[0]?.left);
      return outcomes.shift() ?? { kind: 'sent', except: null };
    });
    await flushOutbox(store, mail, clock, log);
    expect(notices).toMatchObject([{ sentAt: start, tries: 1, lastError: except.why, left: except.left }]);
    for (const pause of [1, 2, 60]) {
      clock.time += pause * minute;
      await flushOutbox(store, mail, clock, log);
    }
    expect(left).toEqual([null, except.left, except.left]);
    expect(notices).toMatchObject([{ sentAt: start, nextTryAt: null, lastError: null, left: null }]);
  });

  it('gives up on a recipient after about a day, since others know', async () => {
    const { notices, store, clock, log } = parts(1);
    const except = { left: ['gone@example.com'], why: 'no such user' };
    const mail = channel(async () =>
      notices[0]?.sentAt === null ? { kind: 'sent', except } : { kind: 'refused', why: 'no such user' },
    );
    while (notices[0]?.nextTryAt !== null) {
      clock.time = notices[0]?.nextTryAt ?? 0;
      await flushOutbox(store, mail, clock, log);
    }
    expect((clock.time - start) / (60 * minute)).toBeGreaterThan(23);
    expect(notices).toMatchObject([{ sentAt: start, lastError: 'no such user', left: except.left }]);
  });

  it('tries a refused notice again after 1, 2, 4 … minutes, and every hour at most', async () => {
    const { notices, store, clock, log } = parts(1);
    const mail = channel(async () => ({ kind: 'refused', why: 'no such user' }));
    const pauses: number[] = [];
    for (let flush = 0; flush < 9; flush++) {
      await flushOutbox(store, mail, clock, log);
      await flushOutbox(store, mail, clock, log);
      const due = notices[0]?.nextTryAt ?? 0;
      pauses.push((due - clock.time) / minute);
      clock.time = due;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(mail.tried).toHaveLength(9);
    expect(notices[0]?.tries).toBe(9);
  });

  it('lets no notices that are refused for ever keep a new one waiting', async () => {
    const { notices, store, clock, log } = parts(...Array.from({ length: 1001 }, (_, i) => i));
    const mail = channel(async () => ({ kind: 'refused', why: 'no such user' }));
    await flushOutbox(store, mail, clock, log);
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toHaveLength(1001);
    expect(notices[1000]?.tries).toBe(1);
  });

  it('stops at the first sign that the server is away, and tries all of them again later', async () => {
    const { notices, store, clock, log } = parts(1, 2);
    let away = true;
    const mail = channel(async () => {
      if (away) throw down;
      return { kind: 'sent', except: null };
    });
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([1]);
    const waits = { tries: 1, nextTryAt: start + minute };
    expect(notices).toMatchObject([waits, waits]);
    expect(notices[1]?.lastError).toContain('the mail server is away');

    away = false;
    clock.time += minute;
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([1, 1, 2]);
    expect(notices.every(({ sentAt }) => sentAt === clock.time)).toBe(true);
  });

  it('does not mail what is older than a day and was never tried', async () => {
    const { notices, store, clock, log } = parts(1, 2);
    const mail = channel(async () => ({ kind: 'sent', except: null }));
    if (notices[1]) notices[1] = { ...notices[1], tries: 3 };
    clock.time = start + 24 * 60 * minute + 1;
    await flushOutbox(store, mail, clock, log);
    expect(mail.tried).toEqual([2]);
    expect(notices[0]).toMatchObject({
      sentAt: null,
      nextTryAt: null,
      lastError: expect.stringMatching(/day/),
    });
  });

  it('mails in time also when the clock is set back, and again when it is set forward', async () => {
    const { notices, store, clock, log } = parts(1, 2);
    let away = true;
    const mail = channel(async () => {
      if (away) throw down;
      return { kind: 'sent', except: null };
    });
    await flushOutbox(store, mail, clock, log);
    away = false;
    clock.time -= 48 * 60 * minute;
    await flushOutbox(store, mail, clock, log);
    expect(notices.map(({ sentAt }) => sentAt)).toEqual([clock.time, clock.time]);

    notices.push({ ...notice(3), raisedAt: clock.time, nextTryAt: clock.time });
    clock.time += 48 * 60 * minute;
    await flushOutbox(store, mail, clock, log);
    expect(notices[2]?.sentAt).toBe(clock.time);
  });

  it('sends no notice twice when two feeds flush at the same time', async () => {
    const { store, clock, log } = parts(1, 2);
    const mail = channel(async () => ({ kind: 'sent', except: null }));
    await Promise.all([flushOutbox(store, mail, clock, log), flushOutbox(store, mail, clock, log)]);
    expect(mail.tried).toEqual([1, 2]);
  });

  it('never throws, whatever fails', async () => {
    const { store, clock, log, logged } = parts(1);
    const broken: NoticeStore = {
      ...store,
      dueNotices: () => Promise.reject(new TidegateError('LEDGER_FAILED', 'disk full')),
    };
    await flushOutbox(
      broken,
      channel(async () => ({ kind: 'sent', except: null })),
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

  it('begins no further mail once it is to end, and leaves the rest as it was', async () => {
    const { store, clock, log, notices } = parts(1, 2, 3);
    const ending = new AbortController();
    const mail = channel(async () => {
      ending.abort();
      return { kind: 'sent', except: null };
    });
    await flushOutbox(store, mail, clock, log, ending.signal);
    expect(mail.tried).toEqual([1]);
    expect(notices.map(({ sentAt, tries }) => [sentAt, tries])).toEqual([
      [start, 0],
      [null, 0],
      [null, 0],
    ]);
  });
});
