import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { isObject } from '../../src/base/json.ts';
import { textAt } from '../../src/connectors/fields.ts';
import type { KeptCallback, NewCallback } from '../../src/ledger/port.ts';
import { type CallbackListener, type CallbackOptions, listenForCallbacks } from '../../src/web/callbacks.ts';
import type { Proof } from '../../src/web/proof.ts';

const secret = 'canary-callback-secret';
const now = Date.UTC(2026, 0, 5, 9);

let listener: CallbackListener;
const kept: NewCallback[] = [];
let keep: (callback: NewCallback) => Promise<KeptCallback>;
const result: KeptCallback = { fate: 'result', repeated: false };
const events: string[] = [];
afterEach(() => listener.close());

async function start(proof: Proof, changes: Partial<CallbackOptions> = {}): Promise<void> {
  kept.length = 0;
  events.length = 0;
  keep = async (callback) => {
    kept.push(callback);
    return result;
  };
  listener = await listenForCallbacks(
    {
      ...{ host: '127.0.0.1', port: 0, tls: null, maxBytes: 200, deadlineMs: 300, ...changes },
      callers: [
        {
          ...{ target: 'a', path: '/a' },
          results: { proof, codeOf: (body) => (isObject(body) ? textAt(body, 'code') : null) },
        },
        { target: 'b', path: '/b/guess-me', results: null },
      ],
    },
    {
      ledger: { keepCallback: (callback) => keep(callback) },
      clock: { now: () => now, steadySince: () => 0, sleep: async () => undefined },
      ...{ demandRoom: () => undefined, notice: () => null },
      report: (event) => void events.push(JSON.stringify(event)),
    },
  );
}

const header: Proof = { kind: 'header', name: 'X-Key', value: secret };
const send = (body: string, headers: Record<string, string> = {}, path = '/a', method = 'POST') =>
  fetch(`http://127.0.0.1:${listener.port}${path}`, { method, headers, body }).then(({ status }) => status);
const body = JSON.stringify({ code: 'c-1', ok: true });

describe('a callback', () => {
  it('is answered with 200 once it is kept, and not before', async () => {
    await start(header);
    let isKept = false;
    keep = async () => {
      await new Promise(setImmediate);
      isKept = true;
      return result;
    };
    expect(await send(body, { 'x-key': secret })).toBe(200);
    expect(isKept).toBe(true);
  });

  it('is kept as it came, with the code that it names', async () => {
    await start(header);
    await send(body, { 'x-key': secret });
    expect(kept).toMatchObject([{ target: 'a', code: 'c-1', body, at: now }]);
    await send('no json', { 'x-key': secret });
    expect(kept[1]).toMatchObject({ code: '', body: 'no json' });
  });

  it('of a path that is a secret is a hint and no more: nothing of it is kept', async () => {
    await start(header);
    expect([await send(body, {}, '/b/guess-me'), await send(body, {}, '/b/guess-you')]).toEqual([200, 404]);
    expect(kept).toEqual([]);
    expect(events.map((event) => JSON.parse(event))).toEqual([
      { kind: 'hint', target: 'b' },
      { kind: 'refused', target: null, status: 404 },
    ]);
  });

  it.each([
    ['result', 200],
    ['other', 200],
    ['late', 200],
    ['unknown', 404],
  ] as const)('that is %s is answered with %d, however often it comes', async (fate, status) => {
    await start(header);
    for (const repeated of [false, true, true]) {
      keep = async () => ({ fate, repeated });
      expect(await send(body, { 'x-key': secret })).toBe(status);
    }
  });

  it('that cannot be kept is answered with 503, so that it comes again', async () => {
    await start(header);
    keep = async () => {
      throw new TidegateError('LEDGER_FAILED', 'disk full', { retry: 'later' });
    };
    expect(await send(body, { 'x-key': secret })).toBe(503);
  });

  it('elsewhere, or by another method, is none', async () => {
    await start(header);
    expect(await send(body, { 'x-key': secret }, '/b')).toBe(404);
    expect(await send(body, { 'x-key': secret }, '/a', 'PUT')).toBe(405);
    expect(kept).toEqual([]);
  });

  it('that is too large is refused, whether or not it says so', async () => {
    await start(header);
    const large = 'x'.repeat(201);
    expect(await send(large, { 'x-key': secret })).toBe(413);
    const unsaid = await fetch(`http://127.0.0.1:${listener.port}/a`, {
      method: 'POST',
      headers: { 'x-key': secret },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(unsaid.status).toBe(413);
    expect(kept).toEqual([]);
  });

  it('that never ends is cut off at the deadline', async () => {
    await start(header);
    const socket = connect(listener.port, '127.0.0.1');
    socket.write('POST /a HTTP/1.1\r\nhost: a\r\nx-key: x\r\ncontent-length: 100\r\n\r\n{');
    const closed = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', () => undefined);
    });
    expect(await closed).toMatch(/^$|^HTTP\/1.1 408/);
    expect(kept).toEqual([]);
  });

  it('leaves neither secret nor body in what is reported', async () => {
    await start(header);
    await send(body, { 'x-key': secret });
    await send(body, { 'x-key': `${secret}-wrong` });
    expect(events).toHaveLength(2);
    expect(events.join()).not.toContain(secret);
    expect(events.join()).not.toContain('c-1');
  });
});

describe('proof', () => {
  const signature = (text: string, encoding: 'hex' | 'base64' = 'hex') =>
    createHmac('sha256', secret).update(text).digest(encoding);
  const hmac: Proof = {
    ...{ kind: 'hmac', secret, header: 'X-Signature', prefix: '', encoding: 'hex', date: null },
    windowMs: 60_000,
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const date = (offsetMs = 0) => new Date(now + offsetMs).toUTCString();
  const dated: Proof = { ...hmac, date: 'X-Date', prefix: 'sha256=', encoding: 'base64' };
  const datedHeaders = (offsetMs: number) => ({
    'x-date': date(offsetMs),
    'x-signature': `sha256=${signature(`${date(offsetMs)}\n${body}`, 'base64')}`,
  });

  it.each<[string, Proof, Record<string, string>, number]>([
    ['the secret in its header', header, { 'x-key': secret }, 200],
    ['another one', header, { 'x-key': `${secret}x` }, 401],
    ['none', header, {}, 401],
    [
      'user and password',
      { kind: 'basic', user: 'u', password: secret },
      { authorization: basic(`u:${secret}`) },
      200,
    ],
    [
      'a wrong password',
      { kind: 'basic', user: 'u', password: secret },
      { authorization: basic('u:x') },
      401,
    ],
    ['the signature of the body', hmac, { 'x-signature': signature(body) }, 200],
    ['the signature of another body', hmac, { 'x-signature': signature(`${body} `) }, 401],
    ['the signature of body and date', dated, datedHeaders(-50_000), 200],
    ['one of long ago', dated, datedHeaders(-70_000), 401],
    ['one of a time to come', dated, datedHeaders(70_000), 401],
    ['one whose date was changed', dated, { ...datedHeaders(-70_000), 'x-date': date() }, 401],
    ['one without its date', dated, { 'x-signature': datedHeaders(0)['x-signature'] }, 401],
  ])('by %s is judged rightly', async (_name, proof, headers, status) => {
    await start(proof);
    expect(await send(body, headers)).toBe(status);
    expect(kept).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('the end', () => {
  const fixture = (name: string) => readFile(join(import.meta.dirname, '../alerts/fixtures', name), 'utf8');
  const half = 'POST /a HTTP/1.1\r\nhost: a\r\nx-key: x\r\ncontent-length: 100\r\n\r\n{';

  it.each<[who: string, sent: string, scheme: 'http' | 'https']>([
    ['says nothing', '', 'http'],
    ['stops in the middle of a request', half, 'http'],
    ['begins no handshake', '', 'https'],
  ])('waits no longer than the deadline for a caller who %s', async (_who, sent, scheme) => {
    const tls = { cert: await fixture('mail.cert.pem'), key: await fixture('mail.key.pem') };
    await start(header, { tls: scheme === 'https' ? tls : null });
    const socket = connect(listener.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(sent);
    const gone = once(socket.resume(), 'close');
    // Once a later caller has been served, the first one is no longer in the queue of the system.
    await fetch(`${scheme}://127.0.0.1:${listener.port}/`).catch(() => undefined);
    await listener.close();
    await gone;
  });
});

it('an address that is taken stops the start, and says so', async () => {
  await start(header);
  await expect(
    listenForCallbacks(
      {
        ...{ host: '127.0.0.1', port: listener.port, tls: null, maxBytes: 1, deadlineMs: 1, callers: [] },
      },
      {
        ledger: { keepCallback: (callback) => keep(callback) },
        clock: { now: () => now, steadySince: () => 0, sleep: async () => undefined },
        ...{ demandRoom: () => undefined, notice: () => null, report: () => undefined },
      },
    ),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
