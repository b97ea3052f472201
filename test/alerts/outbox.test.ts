import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutbox, type Outbox, type OutboxOptions } from '../../src/alerts/outbox.ts';
import type { Channel, Delivery, Message } from '../../src/alerts/port.ts';
import type { ChannelKind, RouteRule } from '../../src/alerts/routes.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { Ledger, Notice, NoticeMessage } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';

const start = Date.UTC(2024, 5, 11);
const minute = 60_000;
const hour = 60 * minute;
const down = new TidegateError('CHANNEL_FAILED', 'the gateway is away', { retry: 'later' });
const sent: Delivery = { kind: 'sent', except: null };
const refused: Delivery = { kind: 'refused', why: 'no such user', forGood: false };

let folder: string;
let ledger: Ledger;
let now: number;
let logged: string[];
let ending: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  ledger = await openLedger({ file: join(folder, 'ledger.db') });
  [now, logged, ending] = [start, [], new AbortController()];
});
afterEach(async () => {
  await ledger.close();
  await rm(folder, { recursive: true });
});

interface TestChannel {
  kind?: ChannelKind;
  /** Of the rule that sends everything this way. */
  rule?: Partial<RouteRule>;
  perHour?: number;
  mostAttached?: number;
  send?(message: Message): Promise<Delivery>;
}

/** An outbox whose channels get everything, and what each of them was given. */
function outboxOf(channels: Record<string, TestChannel>, over: Partial<OutboxOptions> = {}) {
  const given: Record<string, Message[]> = {};
  const outlets = Object.entries(channels).map(([name, { send, perHour, mostAttached }]) => {
    const messages: Message[] = [];
    given[name] = messages;
    const channel: Channel = {
      send(message) {
        messages.push(message);
        return send ? send(message) : Promise.resolve(sent);
      },
      check: async () => '',
      close: () => undefined,
    };
    return [name, { channel, perHour: perHour ?? null, mostAttached: mostAttached ?? null }] as const;
  });
  const rules = Object.entries(channels).map(
    ([channel, { rule }]): RouteRule => ({
      ...{ channel, to: ['ops@example.com'], severity: 'info', partners: null, feeds: null, kinds: null },
      ...rule,
    }),
  );
  const kinds = Object.entries(channels).map(([name, { kind = 'email' }]): [string, ChannelKind] => [
    name,
    kind,
  ]);
  const outbox: Outbox = createOutbox({
    ...{ store: ledger, channels: new Map(outlets), clock: { now: () => now } },
    routing: { channels: new Map(kinds), rules, digest: null, contacts: new Map() },
    log: { write: ({ text }) => void logged.push(text) },
    isQuiet: () => false,
    fileOf: async () => null,
    signal: ending.signal,
    ...over,
  });
  const subjects = (name: string) => (given[name] ?? []).map(({ subject }) => subject);
  return { tell: () => outbox.tell(), given, subjects };
}

const notice = (key: string, over: Partial<Notice> = {}): Notice => ({
  ...{ key, cause: null, kind: 'rows-parked', partner: 'acme', feed: 'sales', arrival: 3 },
  ...{ subject: key, body: 'b', ...over },
});
async function raise(...keys: string[]): Promise<void> {
  for (const key of keys) await ledger.raise(notice(key), now);
}
const messages = async (): Promise<NoticeMessage[]> =>
  (await ledger.notices(3)).flatMap((one) => one.messages);

describe('the outbox', () => {
  it('sends what is unsent, oldest first, and marks it', async () => {
    const { tell, subjects } = outboxOf({ mail: {} });
    await raise('a', 'b', 'c');
    await tell();
    await tell();
    expect(subjects('mail')).toEqual(['a', 'b', 'c']);
    expect((await ledger.notices(3)).map(({ sentAt }) => sentAt)).toEqual([start, start, start]);
  });

  it('goes on after a notice that was refused and keeps the reason', async () => {
    const { tell } = outboxOf({
      mail: { send: async ({ subject }) => (subject === 'a' ? refused : sent) },
    });
    await raise('a', 'b');
    await tell();
    expect(await ledger.notices(3)).toMatchObject([
      { sentAt: null, lastError: 'no such user' },
      { sentAt: start },
    ]);
  });

  it('counts a notice as sent that somebody got, and tries the others again until they have it', async () => {
    const except = { left: ['gone@example.com'], why: 'recipient 2 of 2 was refused' };
    const outcomes: Delivery[] = [{ kind: 'sent', except }, refused, sent];
    const { tell, given } = outboxOf({
      mail: {
        rule: { to: ['ops@example.com', 'gone@example.com'] },
        send: async () => outcomes.shift() ?? sent,
      },
    });
    await raise('a');
    await tell();
    expect(await messages()).toMatchObject([
      { sentAt: start, tries: 1, lastError: except.why, left: except.left },
    ]);
    for (const pause of [1, 2, 60]) {
      now += pause * minute;
      await tell();
    }
    expect(given['mail']?.map(({ left }) => left)).toEqual([null, except.left, except.left]);
    expect(await messages()).toMatchObject([{ sentAt: start, nextTryAt: null, lastError: null, left: null }]);
  });

  it('gives up on a recipient after about a day, since others know', async () => {
    const except = { left: ['gone@example.com'], why: 'no such user' };
    const { tell } = outboxOf({
      mail: { send: async ({ left }) => (left === null ? { kind: 'sent', except } : refused) },
    });
    await raise('a');
    await tell();
    for (let next = (await messages())[0]?.nextTryAt; next; next = (await messages())[0]?.nextTryAt) {
      now = next;
      await tell();
    }
    expect((now - start) / hour).toBeGreaterThan(23);
    expect(await messages()).toMatchObject([{ sentAt: start, lastError: 'no such user', left: except.left }]);
  });

  it('tries a refused notice again after 1, 2, 4 … minutes, and every hour at most', async () => {
    const { tell, given } = outboxOf({ mail: { send: async () => refused } });
    await raise('a');
    const pauses: number[] = [];
    for (let flush = 0; flush < 9; flush++) {
      await tell();
      await tell();
      const due = (await messages())[0]?.nextTryAt ?? 0;
      pauses.push((due - now) / minute);
      now = due;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(given['mail']).toHaveLength(9);
  });

  it('gives up at once what will never be taken', async () => {
    const { tell, given } = outboxOf({ sms: { send: async () => ({ ...refused, forGood: true }) } });
    await raise('a');
    await tell();
    now += 2 * hour;
    await tell();
    expect(given['sms']).toHaveLength(1);
    expect(await messages()).toMatchObject([{ sentAt: null, nextTryAt: null, lastError: 'no such user' }]);
  });

  it('stops at the first sign that a channel is away, and tries all of them again later', async () => {
    let away = true;
    const { tell, subjects } = outboxOf({
      mail: {
        send: async () => {
          if (away) throw down;
          return sent;
        },
      },
    });
    await raise('a', 'b');
    await tell();
    expect(subjects('mail')).toEqual(['a']);
    const waits = {
      tries: 1,
      nextTryAt: start + minute,
      lastError: expect.stringContaining('the gateway is away'),
    };
    expect(await messages()).toMatchObject([waits, waits]);
    away = false;
    now += minute;
    await tell();
    expect(subjects('mail')).toEqual(['a', 'a', 'b']);
  });

  it('does not send what was more than a day old when somebody could first be told', async () => {
    await raise('old');
    now += 24 * hour + 1;
    await raise('new');
    const { tell, subjects } = outboxOf({ mail: {} });
    await tell();
    expect(subjects('mail')).toEqual(['new']);
    expect(await ledger.notices(3)).toMatchObject([
      { sentAt: null, lastError: expect.stringMatching(/day/) },
      { sentAt: now },
    ]);
  });

  it('sends in time also when the clock is set back, and again when it is set forward', async () => {
    let away = true;
    const { tell, subjects } = outboxOf({
      mail: {
        send: async () => {
          if (away) throw down;
          return sent;
        },
      },
    });
    await raise('a');
    await tell();
    away = false;
    now -= 48 * hour;
    await tell();
    expect(subjects('mail')).toEqual(['a', 'a']);
    await raise('b');
    now += 48 * hour;
    await tell();
    expect(subjects('mail')).toEqual(['a', 'a', 'b']);
  });

  it('sends no notice twice when it is told twice at the same time', async () => {
    const { tell, subjects } = outboxOf({ mail: {} });
    await raise('a', 'b');
    await Promise.all([tell(), tell(), tell()]);
    expect(subjects('mail')).toEqual(['a', 'b']);
  });

  it('never throws, whatever fails', async () => {
    await raise('a');
    await outboxOf({ mail: { send: () => Promise.reject(new Error('a bug')) } }).tell();
    const store = {
      ...ledger,
      dueMessages: () => Promise.reject(new TidegateError('LEDGER_FAILED', 'disk full')),
    };
    await outboxOf({ mail: {} }, { store }).tell();
    expect(logged).toEqual([expect.stringContaining('a bug'), expect.stringContaining('disk full')]);
  });

  it('begins no further message once it is to end, and leaves the rest as it was', async () => {
    const { tell, subjects } = outboxOf({
      mail: {
        send: async () => {
          ending.abort();
          return sent;
        },
      },
    });
    await raise('a', 'b', 'c');
    await tell();
    expect(subjects('mail')).toEqual(['a']);
    expect((await messages()).map(({ sentAt, tries }) => [sentAt, tries])).toEqual([
      [start, 0],
      [null, 0],
      [null, 0],
    ]);
  });
});

describe('several channels', () => {
  it('send each by itself: one that is down or slow holds up no other', async () => {
    const stuck = Promise.withResolvers<Delivery>();
    const { tell, subjects } = outboxOf({
      slow: { send: () => stuck.promise },
      down: { send: () => Promise.reject(down) },
      mail: {},
    });
    await raise('a');
    const first = tell();
    await expect.poll(() => subjects('mail')).toEqual(['a']);
    await raise('b');
    const second = tell();
    await expect.poll(() => subjects('mail')).toEqual(['a', 'b']);
    await expect.poll(() => subjects('down')).toEqual(['a', 'b']);
    expect(subjects('slow')).toEqual(['a']);
    stuck.resolve(sent);
    await Promise.all([first, second]);
    expect(subjects('slow')).toEqual(['a', 'b']);
  });

  it('get only what their route takes, and what nobody takes stays on record with the reason', async () => {
    const { tell, subjects } = outboxOf({
      urgent: { rule: { severity: 'critical' } },
      acme: { rule: { partners: ['acme'], feeds: ['sales'] } },
      parked: { rule: { kinds: ['rows-parked'], partners: ['acme'] } },
    });
    await raise('a');
    await ledger.raise(notice('host', { kind: 'host-key', partner: 'bolt' }), now);
    await ledger.raise(notice('other', { kind: 'callback', partner: 'bolt' }), now);
    await ledger.raise(notice('everybody', { kind: 'storage-failure', partner: null }), now);
    await tell();
    expect([subjects('urgent'), subjects('acme'), subjects('parked')]).toEqual([
      ['host', 'everybody'],
      ['a', 'everybody'],
      ['a'],
    ]);
    expect((await ledger.notices(3))[2]).toMatchObject({
      key: 'other',
      messages: [],
      lastError: 'no route takes it',
    });
    expect(await ledger.unsentNotices(10)).toEqual([]);
  });

  it('give one message to all readers of a mail, and one to each telephone', async () => {
    const { tell, given } = outboxOf({
      mail: { rule: { to: ['a@example.com', 'b@example.com'] } },
      sms: { kind: 'sms', rule: { to: ['+491', '+492'] } },
    });
    await raise('a');
    await tell();
    expect(given['mail']?.map(({ to }) => to)).toEqual([['a@example.com', 'b@example.com']]);
    expect(given['sms']?.map(({ to }) => to)).toEqual([['+491'], ['+492']]);
  });

  it('keep what is not critical until quiet hours are over', async () => {
    let quiet = true;
    const { tell, subjects } = outboxOf({ mail: {} }, { isQuiet: () => quiet });
    await raise('a');
    await ledger.raise(notice('host', { kind: 'host-key' }), now);
    await tell();
    expect(subjects('mail')).toEqual(['host']);
    quiet = false;
    await tell();
    expect(subjects('mail')).toEqual(['host', 'a']);
  });

  it('send no more than they may within an hour, and others tell what was held back', async () => {
    const { tell, subjects, given } = outboxOf({ sms: { kind: 'sms', perHour: 2 }, mail: {} });
    await raise('a', 'b', 'c', 'd');
    await tell();
    await tell();
    expect(subjects('sms')).toEqual(['a', 'b']);
    expect(subjects('mail')).toEqual(['a', 'b', 'c', 'd', '2 messages by sms held back']);
    expect(given['mail']?.at(-1)?.body).toMatch(/Held back:\n {2}c\n {2}d\n/);
    await raise('e');
    await tell();
    await tell();
    expect(subjects('mail').slice(-2)).toEqual(['e', '1 message by sms held back']);
    now += hour;
    await raise('f');
    await tell();
    expect(subjects('sms')).toEqual(['a', 'b', 'f']);
  });

  it('give up what is held back only when the word about it is on record', async () => {
    const store: OutboxOptions['store'] = Object.create(ledger, {
      raise: { value: () => Promise.reject(new Error('the disk is full')) },
    });
    const channels: Record<string, TestChannel> = { sms: { kind: 'sms', perHour: 1 }, mail: {} };
    await raise('a', 'b');
    await outboxOf(channels, { store }).tell();
    expect(logged).toContainEqual(expect.stringContaining('the disk is full'));
    const next = outboxOf(channels);
    await next.tell();
    await next.tell();
    expect(next.subjects('mail')).toEqual(['1 message by sms held back']);
    expect(next.subjects('sms')).toEqual([]);
  });

  it('attach a file where they may, and tell without it where it cannot be had', async () => {
    const asked: unknown[] = [];
    const { tell, given } = outboxOf(
      { with: { mostAttached: 100 }, without: {} },
      {
        fileOf: async (...what) => {
          asked.push(what);
          if (what[0] === '/out/gone.csv') throw new Error('gone');
          return { name: 'r.csv', content: Buffer.from('x') };
        },
      },
    );
    await ledger.raise(notice('a', { attach: '/out/r.csv' }), now);
    await ledger.raise(notice('b', { attach: '/out/gone.csv' }), now);
    await tell();
    expect(asked).toEqual([
      ['/out/r.csv', 3, 100],
      ['/out/gone.csv', 3, 100],
    ]);
    const attached = (name: string) => given[name]?.map(({ attachment }) => attachment?.name ?? null);
    expect([attached('with'), attached('without')]).toEqual([
      ['r.csv', null],
      [null, null],
    ]);
  });

  it('that are gone from the configuration hand over what reached nobody', async () => {
    const before = outboxOf({
      old: { send: () => Promise.reject(down) },
      mail: { rule: { kinds: ['callback'] } },
    });
    await raise('a');
    await before.tell();
    const after = outboxOf({ mail: {} });
    await after.tell();
    expect(after.subjects('mail')).toEqual(['a']);
    expect((await messages()).map(({ channel, nextTryAt }) => [channel, nextTryAt])).toEqual([
      ['old', null],
      ['mail', null],
    ]);
  });
});

describe('an incident', () => {
  const outage = (over: Partial<Notice> = {}): Notice =>
    notice('', { key: null, cause: 'target:servify:down', kind: 'target-down', subject: 'down', ...over });
  const over = () =>
    ledger.over({ cause: 'target:servify' }, now, ({ subject }) => ({
      subject: `over: ${subject}`,
      body: 'b',
    }));

  it('that is over is told to whoever was told of its beginning, wherever it would go by now', async () => {
    const before = outboxOf({ chat: {}, mail: { rule: { kinds: ['callback'] } } });
    await ledger.raise(outage(), now);
    await before.tell();
    await over();
    const after = outboxOf({ chat: { rule: { kinds: ['callback'] } }, mail: {} });
    await after.tell();
    expect([after.subjects('chat'), after.subjects('mail')]).toEqual([['over: down'], []]);
  });

  it('that is over before it was told is told once, by each channel that would have told of it', async () => {
    let away = true;
    const { tell, subjects } = outboxOf({
      chat: {},
      mail: {
        send: async () => {
          if (away) throw down;
          return sent;
        },
      },
    });
    await ledger.raise(outage(), now);
    await tell();
    away = false;
    await over();
    now += minute;
    await tell();
    // The first of the mails is the one that failed.
    expect([subjects('chat'), subjects('mail')]).toEqual([
      ['down', 'over: down'],
      ['down', 'over: down'],
    ]);
    now += 2 * hour;
    await tell();
    expect(subjects('mail')).toHaveLength(2);
  });

  it('that began and ended in quiet hours is told once when they are over', async () => {
    let quiet = true;
    const { tell, subjects } = outboxOf({ mail: {} }, { isQuiet: () => quiet });
    await ledger.raise(outage(), now);
    await tell();
    await over();
    await tell();
    expect(subjects('mail')).toEqual([]);
    quiet = false;
    await tell();
    expect(subjects('mail')).toEqual(['over: down']);
  });
});
