import { describe, expect, it, vi } from 'vitest';
import { createTeller } from '../../src/alerts/teller.ts';
import type { App } from '../../src/app/app.ts';
import { serve } from '../../src/app/service.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

describe('telling people', () => {
  let exchange: Exchange;

  it('does not wait for the end of a poll', async () => {
    let mailed: Promise<unknown> = Promise.resolve();
    exchange = await startExchange({
      clock: {
        ...systemClock,
        // The poll rests between its two looks; what the first one found has to be mailed by then.
        async sleep() {
          mailed = vi.waitFor(() => expect(exchange.rehearsal.mail.messages()).toHaveLength(1));
          await mailed;
        },
      },
    });
    await exchange.drop('Claims_20240611.csv', 'x\n');
    await exchange.drop('Sales_20240611.csv', 'x\n');
    await exchange.poll();
    await mailed;
    await exchange.stop();
  });

  it('flushes once at a time, and once more for what came meanwhile', async () => {
    const ends: (() => void)[] = [];
    const teller = createTeller(() => new Promise((resolve) => ends.push(resolve)));
    const first = teller.tell();
    const later = [teller.tell(), teller.tell()];
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await first;
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    ends[1]?.();
    await Promise.all(later);
    expect(ends).toHaveLength(2);
    void teller.tell();
    expect(ends).toHaveLength(3);
  });
});

describe('a service', () => {
  it('tries unsent mails at its start and every minute, until it ends', async () => {
    const clock = new SimulatedClock('2024-06-11T04:00:01Z');
    const tell = vi.fn(async () => undefined);
    const app = {
      ...{ clock, feeds: [], tell, drain: () => undefined, listen: async () => ({ port: null }) },
      ...{ archives: { policies: [] }, exports: { plans: [] }, agreements: [] },
      ...{ config: { heartbeat: null, pauses: { tellAfter: 60_000 }, feeds: {}, exports: {} } },
      ledger: { pauses: async () => [] },
    } as unknown as App;
    const stop = new AbortController();
    const served = serve(app, stop.signal, { write: () => undefined });
    await vi.waitFor(() => expect(tell).toHaveBeenCalledTimes(1));
    await clock.passUntil('2024-06-11T04:02:00Z');
    expect(tell).toHaveBeenCalledTimes(3);
    stop.abort();
    await served;
    await clock.passUntil('2024-06-11T04:05:00Z');
    expect(tell).toHaveBeenCalledTimes(3);
  });
});
