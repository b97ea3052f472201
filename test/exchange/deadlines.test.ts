/** Whoever stalls or drips, the rest goes on: other partners, other targets, and the end of the process. */
import { createPublicKey } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Polled } from '../../src/exchange/inbound.ts';
import { type ServifySandbox, startServify } from '../../src/sandbox/servify/server.ts';
import type { SftpRequest } from '../../src/sandbox/sftp-server.ts';
import { type Exchange, knownServer, startExchange, type Yaml } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const name = 'Sales_20240611_153000.csv';
const file = csv([sale(1)]);
const ever = { times: Number.POSITIVE_INFINITY };
/** What a single call may take; far less than a stalled server does, far more than a busy machine needs. */
const callMs = 3_000;

let exchange: Exchange;
let bolt: EmbeddedSftp;
afterEach(async () => {
  await exchange.stop();
  await bolt?.stop();
});

/** Two partners, each with a server and a feed of its own; `second` changes the feed of the second one. */
async function startTwo(second?: (config: Yaml, keys: string) => Promise<void>): Promise<void> {
  let boltAsConfigured: Yaml;
  bolt = await startEmbeddedSftp(['in', 'out', 'processed', 'errored']);
  exchange = await startExchange({
    async adjust(config, { configFolder }) {
      await writeFile(join(configFolder, 'keys', 'bolt'), bolt.privateKey, { mode: 0o600 });
      const deadlines = { connect: '5s', call: `${callMs}ms`, close: '500ms' };
      config.partners.acme = { ...config.partners.acme, deadlines, retry: { attempts: 1 } };
      config.partners.bolt = {
        ...config.partners.acme,
        ...{ host: bolt.host, port: bolt.port, user: bolt.user },
        ...{ key: '${file:keys/bolt}', hostKeys: [bolt.fingerprint] },
      };
      config.feeds['bolt-sales'] = { ...config.feeds['acme-sales'], partner: 'bolt' };
      await second?.(config, join(configFolder, 'keys'));
      boltAsConfigured = config.partners.bolt;
    },
  });
  await exchange.app.ledger.rememberServer('bolt', knownServer(boltAsConfigured));
}

function poll(feedName: string): Promise<Polled> {
  const feed = exchange.app.feeds.find(({ name: candidate }) => candidate === feedName);
  if (!feed) throw new Error(`there is no feed ${feedName}`);
  return exchange.app.poll(feed);
}

const filed = (server: EmbeddedSftp) => readdir(join(server.root, 'processed'));

describe('a server that stalls', () => {
  it.each<SftpRequest>(['READDIR', 'LSTAT', 'READ', 'WRITE', 'RENAME'])(
    'at %s holds up no other partner, meets its deadline, and is gone on with when it is over',
    async (request) => {
      await startTwo();
      await exchange.drop(name, file);
      await writeFile(join(bolt.root, 'in', name), csv([sale(2)]));
      const { faults } = exchange.rehearsal.sftp;
      faults.next(request, { answer: 'mute' }, ever);
      let stalled: Polled | null = null;
      const stalling = poll('acme-sales').then((polled) => {
        stalled = polled;
      });
      expect((await poll('bolt-sales')).arrivals).toMatchObject([{ state: 'settled' }]);
      expect(stalled).toBeNull();
      expect(await filed(bolt)).toHaveLength(1);
      await stalling;
      expect(stalled).toMatchObject({ waitsFor: { code: 'REMOTE_DEADLINE', retry: 'later' } });
      faults.clear();
      expect((await poll('acme-sales')).waitsFor).toBeNull();
      expect(await exchange.list('/processed')).toEqual([name]);
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
    },
  );

  it('in the middle of a call keeps no process from ending', async () => {
    await startTwo();
    await Promise.all([poll('acme-sales'), poll('bolt-sales')]);
    exchange.rehearsal.sftp.faults.next('LSTAT', { answer: 'mute' }, ever);
    const pending = poll('acme-sales');
    const began = performance.now();
    await exchange.app.close();
    expect(performance.now() - began).toBeLessThan(callMs + 5_000);
    await pending;
  });
});

describe('a target that does not answer', () => {
  let other: ServifySandbox;
  afterEach(() => other.close());

  it('holds up no feed of another target, and in the end is in doubt about what has left', async () => {
    await startTwo(async (config, keys) => {
      const read = (key: string) => readFile(join(keys, key), 'utf8');
      const clientPublicKey = createPublicKey(await read('servify.pem')).export({
        type: 'spki',
        format: 'pem',
      });
      other = await startServify({
        clientId: (await read('client-id')).trim(),
        clientSecret: (await read('signature')).trim(),
        clientPublicKey: clientPublicKey.toString(),
      });
      await writeFile(join(keys, 'other.pub.pem'), other.publicKey);
      const deadline = '3s';
      Object.assign(config.targets.servify, { deadline, quietPeriod: deadline });
      config.targets.other = {
        ...config.targets.servify,
        ...{ baseUrl: other.url, servifyPublicKey: '${file:keys/other.pub.pem}' },
      };
      config.feeds['bolt-sales'].target = 'other';
    });
    await exchange.drop(name, file);
    await writeFile(join(bolt.root, 'in', name), csv([sale(2)]));
    const { servify } = exchange.rehearsal;
    servify.faults.next('Contract/createContract', { kind: 'mute' });
    let silent: Polled | null = null;
    const waiting = poll('acme-sales').then((polled) => {
      silent = polled;
    });
    await vi.waitFor(() => expect(servify.calls.get('Contract/createContract')).toBe(1), 10_000);
    expect((await poll('bolt-sales')).arrivals).toMatchObject([{ state: 'settled' }]);
    expect(silent).toBeNull();
    await waiting;
    // It was asked about after the quiet period, and sent again because nothing had happened.
    await vi.waitFor(async () => {
      await poll('acme-sales');
      expect(await exchange.list('/processed')).toEqual([name]);
    }, 15_000);
    expect([...servify.effects.values()]).toEqual([1]);
  });
});

describe('a mail server that drips', () => {
  it('delays no file, and the end of the process by no more than its deadline', async () => {
    const deadlineMs = 2_000;
    await startTwo(async (config) => {
      config.mail.deadline = `${deadlineMs}ms`;
    });
    exchange.rehearsal.mail.faults.dripMs = 50;
    const refused = csv([sale(1, { State: '' })]);
    for (const minute of ['01', '02', '03']) await exchange.drop(`Sales_20240611_15${minute}00.csv`, refused);
    const { arrivals } = await poll('acme-sales');
    expect(arrivals.map(({ state }) => state)).toEqual(['settled', 'settled', 'settled']);
    const began = performance.now();
    await exchange.app.close();
    expect(performance.now() - began).toBeLessThan(2 * deadlineMs + 3_000);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
    exchange.rehearsal.mail.faults.dripMs = null;
    await exchange.restart();
    expect(await exchange.app.ledger.unsentNotices(10)).not.toEqual([]);
  });
});
