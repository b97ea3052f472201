import { beforeEach, describe, expect, it } from 'vitest';
import type { Channel, Delivery, Message } from '../../src/alerts/port.ts';
import { keepUnrecorded, type Unrecorded } from '../../src/alerts/unrecorded.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { Notice } from '../../src/ledger/port.ts';

const notice = (key: string): Notice => ({
  ...{ key, cause: null, kind: 'transfer-failure', partner: null, feed: null, arrival: null },
  ...{ subject: `about ${key}`, body: 'b' },
});

describe('notices that the ledger could not take', () => {
  let now: number;
  let tried: Message[];
  let answer: () => Promise<Delivery>;
  let logged: string[];
  let unrecorded: Unrecorded;
  beforeEach(() => {
    [now, tried, logged] = [1000, [], []];
    answer = async () => ({ kind: 'sent', except: null });
    const channel: Channel = {
      send(message) {
        tried.push(message);
        return answer();
      },
      check: async () => '',
      close: () => undefined,
    };
    const log = { write: ({ text }: { text: string }) => void logged.push(text) };
    unrecorded = keepUnrecorded(() => [{ channel, to: ['ops@example.com'] }], { now: () => now }, log);
  });
  const subjects = () => tried.map(({ subject }) => subject);

  it('are mailed once per cause', async () => {
    for (const key of ['ledger:9', 'ledger:9', 'ledger:10']) unrecorded.keep(notice(key));
    await unrecorded.flush();
    unrecorded.keep(notice('ledger:9'));
    await unrecorded.flush();
    expect(subjects()).toEqual(['about ledger:9', 'about ledger:10']);
    expect(new Set(tried.map(({ id }) => id)).size).toBe(2);
  });

  it('are mailed once per hour when they last', async () => {
    const lasts = { ...notice('lasts'), key: null, cause: 'storage:LEDGER_FAILED' };
    for (now of [1000, 2000, 3_600_000]) unrecorded.keep(lasts);
    await unrecorded.flush();
    expect(tried).toHaveLength(2);
  });

  it('wait while the channel cannot be used, and go as the same message when it can', async () => {
    answer = () => Promise.reject(new TidegateError('MAIL_FAILED', 'mute', { retry: 'later' }));
    for (const key of ['a', 'b']) unrecorded.keep(notice(key));
    expect(await unrecorded.flush()).toBe(false);
    expect(subjects()).toEqual(['about a']);
    now = 9000;
    answer = async () => ({ kind: 'sent', except: null });
    expect(await unrecorded.flush()).toBe(true);
    expect(subjects()).toEqual(['about a', 'about a', 'about b']);
    expect(tried[1]).toEqual(tried[0]);
    expect(logged[0]).toContain('MAIL_FAILED');
  });

  it('reach the channels that can be used while another one is down', async () => {
    const reached: string[] = [];
    const destination = (name: string, down: boolean) => ({
      to: [],
      channel: {
        send: async (): Promise<Delivery> => {
          if (down) throw new TidegateError('CHANNEL_FAILED', 'away', { retry: 'later' });
          reached.push(name);
          return { kind: 'sent', except: null };
        },
        check: async () => '',
        close: () => undefined,
      },
    });
    const both = [destination('down', true), destination('up', false)];
    unrecorded = keepUnrecorded(() => both, { now: () => now }, { write: () => undefined });
    for (const key of ['a', 'b']) unrecorded.keep(notice(key));
    expect([await unrecorded.flush(), reached]).toEqual([false, ['up', 'up']]);
  });

  it('are left for later once the process is to end', async () => {
    const ending = new AbortController();
    answer = async () => {
      ending.abort();
      return { kind: 'sent', except: null };
    };
    for (const key of ['a', 'b']) unrecorded.keep(notice(key));
    await unrecorded.flush(ending.signal);
    expect(subjects()).toEqual(['about a']);
  });

  it('take up no more than so much memory, and never throw', async () => {
    answer = () => Promise.reject(new Error('a bug'));
    for (let key = 0; key < 1000; key++) unrecorded.keep(notice(`k${key}`));
    await unrecorded.flush();
    answer = async () => ({ kind: 'refused', why: 'no such user', forGood: false });
    await unrecorded.flush();
    expect(tried).toHaveLength(101);
    expect(logged.at(-1)).toContain('no such user');
    await unrecorded.flush();
    expect(tried).toHaveLength(101);
  });
});
