import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type HeartbeatOptions, startHeartbeat } from '../../src/alerts/heartbeat.ts';
import { systemClock } from '../../src/base/clock.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const secretPart = '0b1c7d52-secret';

/** A watch that people are told by when nothing comes. */
async function startWatch(
  answer: RequestListener,
): Promise<{ url: string; beats: () => number; server: Server }> {
  let beats = 0;
  const server = createServer((request, response) => {
    beats++;
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/ping/${secretPart}`, beats: () => beats, server };
}

describe('the sign of life', () => {
  const troubles: (string | null)[] = [];
  let stop: () => Promise<void> = async () => undefined;
  afterEach(async () => {
    await stop();
    expect(JSON.stringify(troubles)).not.toContain(secretPart);
    troubles.length = 0;
  });

  function beat(url: string, over: Partial<HeartbeatOptions> = {}): void {
    ({ stop } = startHeartbeat({
      ...{ url, everyMs: 20, clock: systemClock, deadlineMs: 1000, isAlive: async () => undefined },
      onTrouble: (trouble) => void troubles.push(trouble),
      ...over,
    }));
  }
  const seen = () => expect.poll(() => troubles);

  it('comes at once, again and again, and no more after the end', async () => {
    const { url, beats } = await startWatch((_request, response) => response.end('ok'));
    beat(url);
    await expect.poll(beats).toBeGreaterThan(3);
    await stop();
    // What had left by then arrives before these.
    await fetch(url);
    const then = beats();
    for (let call = 0; call < 50; call++) await fetch(url);
    expect([beats(), troubles]).toEqual([then + 50, []]);
  });

  it('is held back while no work can be done, and comes again', async () => {
    const { url, beats } = await startWatch((_request, response) => response.end());
    let dead = true;
    beat(url, {
      isAlive: async () => {
        if (dead) throw new Error('the disk is full');
      },
    });
    await seen().toContain('held back, because no work can be done: the disk is full');
    expect(beats()).toBe(0);
    dead = false;
    await expect.poll(beats).toBeGreaterThan(0);
    await seen().toContain(null);
  });

  it.each<[what: string, answer: RequestListener, trouble: string]>([
    ['refuses it', (_request, response) => response.writeHead(404).end(), 'refused with status 404'],
    [
      'points elsewhere',
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'not taken: TypeError',
    ],
    ['breaks off', (request) => request.socket.destroy(), 'not taken: UND_ERR_SOCKET'],
    ['is mute', () => undefined, 'not taken: no answer within the deadline'],
  ])('does no harm when the watch %s', async (_what, answer, trouble) => {
    const { url } = await startWatch(answer);
    beat(url, { deadlineMs: 100 });
    await seen().toContain(trouble);
  });

  it('is not sent while the last one is under way, and not made up for', async () => {
    const clock = new SimulatedClock('2024-06-11T00:00:00Z');
    const { url, beats, server } = await startWatch((_request, response) => response.end());
    let asked = 0;
    const slow = Promise.withResolvers<void>();
    beat(url, {
      clock,
      isAlive: () => {
        asked++;
        return slow.promise;
      },
    });
    await clock.passUntil(clock.now() + 200);
    const first = once(server, 'request');
    slow.resolve();
    await first;
    for (let call = 0; call < 20; call++) await fetch(url);
    expect([asked, beats()]).toEqual([1, 21]);
    const next = once(server, 'request');
    await clock.passUntil(clock.now() + 20);
    await next;
    expect(asked).toBe(2);
  });

  it('is given up at the end of the process', async () => {
    const { url, beats } = await startWatch(() => undefined);
    beat(url, { deadlineMs: 60_000 });
    await expect.poll(beats).toBe(1);
    await stop();
    expect(troubles).toEqual([]);
  });
});
