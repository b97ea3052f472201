import { cp, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { adopt } from '../../src/app/adopt.ts';
import { type App, openApp } from '../../src/app/app.ts';
import { checkAll } from '../../src/app/check.ts';
import { createLog } from '../../src/app/log.ts';
import type { Config } from '../../src/config/types.ts';
import type { Polled } from '../../src/exchange/inbound.ts';
import { type Exchange, type ExchangeOptions, markerPattern, startExchange } from '../support/exchange.ts';
import { hasOpenSsh, type OpenSsh, startOpenSsh } from '../support/openssh.ts';
import { csv, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';

const MOST_POLLS = 20;
const adoption = { by: 'ann', because: 'the other machine is gone' };

let exchange: Exchange;
/** Another installation with the same configuration and a ledger of its own. */
let other: App;
let sshd: OpenSsh | null = null;
afterEach(async () => {
  await other.close();
  await exchange.stop();
  await sshd?.stop();
  sshd = null;
});

async function startBoth(options: ExchangeOptions): Promise<void> {
  exchange = await startExchange({ held: false, ...options });
  other = await openElsewhere('elsewhere');
}

const configAt = (folder: string): Config => ({
  ...exchange.app.config,
  storage: { ...exchange.app.config.storage, folder: join(exchange.folder, folder) },
});
const openElsewhere = (folder: string): Promise<App> =>
  openApp(configAt(folder), { log: createLog('error', { write: () => undefined }) });

async function pollOf(app: App): Promise<Polled> {
  const [feed] = app.feeds;
  if (!feed) throw new Error('no feed is configured');
  return app.poll(feed);
}

const markers = async () =>
  (await readdir(join(exchange.root, 'in'))).filter((file) => markerPattern.test(file));
const removeMarkers = async () => {
  for (const marker of await markers()) await unlink(join(exchange.root, 'in', marker));
};
const isRefused = ({ waitsFor }: Polled) => waitsFor !== null && Object(waitsFor).code === 'FOLDER_TAKEN';
const effects = () => [...exchange.rehearsal.servify.effects.values()];

const local = (config: { partners: Record<string, unknown> }, { partnerRoot }: Exchange['rehearsal']) => {
  config.partners['acme'] = { protocol: 'local', root: partnerRoot };
};

const places: [where: string, options: () => Promise<ExchangeOptions>][] = [
  ['an SFTP server', async () => ({})],
  ['a local folder', async () => ({ adjust: local })],
];
if (hasOpenSsh())
  places.push([
    'OpenSSH',
    async () => {
      sshd = await startOpenSsh(['in', 'out', 'processed', 'errored']);
      return { server: sshd };
    },
  ]);

describe.each(places)('two installations on one folder of %s', (_where, options) => {
  it('never both work, however often both begin at once, and one of them does in the end', async () => {
    await startBoth(await options());
    for (let round = 1; round <= 5; round++) {
      // As if both had never been there.
      await removeMarkers();
      await exchange.drop(`Sales_2024061${round}.csv`, csv([sale(round)]));
      const first = await Promise.all([pollOf(exchange.app), pollOf(other)]);
      expect(first.filter(isRefused).length).toBeGreaterThanOrEqual(1);
      const second = [await pollOf(exchange.app), await pollOf(other)];
      expect(second.filter(isRefused)).toHaveLength(1);
      expect(await markers()).toHaveLength(1);
      // What a server on a busy machine did not answer in time is done by a later poll.
      const held: unknown[] = [];
      while ((await exchange.list('/in')).length > 0 && held.length < MOST_POLLS)
        for (const app of [exchange.app, other]) held.push((await pollOf(app)).waitsFor);
      expect(await exchange.list('/in'), JSON.stringify(held)).toEqual([]);
    }
    expect(effects()).toEqual([1, 1, 1, 1, 1]);
  }, 60_000);
});

describe('an installation that finds another one', () => {
  it('touches no file, says who it is and what to do, and tells that once an hour', async () => {
    await startBoth({});
    await pollOf(other);
    await exchange.drop(name, csv([sale(1)]));
    for (let time = 0; time < 3; time++) {
      const { arrivals, waitsFor } = await exchange.poll();
      expect(arrivals).toEqual([]);
      expect(waitsFor).toMatchObject({
        code: 'FOLDER_TAKEN',
        fix: expect.stringContaining('tidegate adopt acme'),
      });
    }
    const [mail, ...more] = exchange.rehearsal.mail.messages();
    expect(mail?.subject).toBe('acme: Tidegate could not work in the inbound folder');
    expect(mail?.text).toMatch(/FOLDER_TAKEN: another installation holds .*Tidegate on \S+, since 20/);
    expect(more).toEqual([]);
    expect(await exchange.list('/in')).toEqual([name]);
  });

  it('does not go on with what it had begun, until a person gives the folder back to it', async () => {
    await startBoth({});
    exchange.rehearsal.servify.faults.next('Contract/checkEligibility', { kind: 'status', status: 503 }, 3);
    await exchange.drop(name, csv([sale(1)]));
    await exchange.poll();
    await adopt(configAt('elsewhere'), 'acme', adoption);
    expect(await exchange.poll()).toMatchObject({ arrivals: [], waitsFor: { code: 'FOLDER_TAKEN' } });
    expect(effects()).toEqual([]);

    const adopted = await adopt(exchange.app.config, 'acme', adoption);
    expect(adopted).toMatchObject({ folder: '/in', unfinished: [{ name, state: 'staged' }] });
    expect(adopted.from).toEqual([expect.stringMatching(/^Tidegate on/)]);
    expect(await exchange.poll()).toMatchObject({ arrivals: [{ state: 'settled' }], waitsFor: null });
    expect(effects()).toEqual([1]);
    expect((await pollOf(other)).waitsFor).toMatchObject({ code: 'FOLDER_TAKEN' });
    const told = exchange.rehearsal.mail.messages().find(({ subject }) => subject.includes('taken over'));
    expect(told?.text).toMatch(/By the word of ann.*the other machine is gone.*1 file of this ledger/s);
  });

  it('sends nothing when the marker vanished while it read a file and the other one came', async () => {
    await startBoth({});
    await exchange.poll();
    await exchange.drop(name, csv([sale(1)]));
    const { ledger } = exchange.app;
    const staged = ledger.staged;
    ledger.staged = async (...args) => {
      const arrival = await staged(...args);
      await removeMarkers();
      await pollOf(other);
      return arrival;
    };
    expect(await exchange.poll()).toMatchObject({
      arrivals: [{ state: 'staged' }],
      waitsFor: { code: 'FOLDER_TAKEN' },
    });
    expect(effects()).toEqual([1]);
    expect(await exchange.list('/processed')).toEqual([name]);
  });

  it('takes its folder again when the marker vanished and nobody came', async () => {
    await startBoth({});
    await exchange.poll();
    await removeMarkers();
    await exchange.drop(name, csv([sale(1)]));
    expect(await exchange.poll()).toMatchObject({ arrivals: [{ state: 'settled' }], waitsFor: null });
    expect((await pollOf(other)).waitsFor).toMatchObject({ code: 'FOLDER_TAKEN' });
  });
});

describe('the one that holds the folder', () => {
  it('works on when a foreign marker appears, and tells it once', async () => {
    await startBoth({});
    await pollOf(other);
    const [foreign] = await markers();
    await adopt(exchange.app.config, 'acme', adoption);
    await cp(join(exchange.root, 'in', (await markers())[0] ?? ''), join(exchange.root, 'in', foreign ?? ''));
    await exchange.drop(name, csv([sale(1)]));
    for (let time = 0; time < 2; time++) expect((await exchange.poll()).waitsFor).toBeNull();
    const subjects = exchange.rehearsal.mail.messages().map(({ subject }) => subject);
    expect(subjects).toEqual([
      'acme: this installation has taken over /in',
      'acme: another installation of Tidegate has been in /in',
    ]);
  });

  it('is no longer the ledger that was copied, but the one it was copied from', async () => {
    await startBoth({});
    await exchange.poll();
    const { folder } = exchange.app.config.storage;
    await other.close();
    await exchange.restart();
    await cp(folder, join(exchange.folder, 'copied'), { recursive: true });
    other = await openElsewhere('copied');
    expect((await pollOf(other)).waitsFor).toMatchObject({
      message: expect.stringContaining('this ledger is a copy'),
    });
    expect((await exchange.poll()).waitsFor).toBeNull();
  });

  it('is shown by check, which takes nothing', async () => {
    await startBoth({});
    const line = async (config: Config) => {
      for await (const found of checkAll(config)) if (found.what === 'partner acme: marker') return found;
      return null;
    };
    expect(await line(exchange.app.config)).toMatchObject({
      ok: true,
      detail: 'none yet: the first run makes it',
    });
    expect(await markers()).toEqual([]);
    await exchange.poll();
    expect(await line(exchange.app.config)).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^held by this/),
    });
    expect(await line(configAt('elsewhere'))).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/FOLDER_TAKEN.*tidegate adopt/),
    });
    expect(await line(configAt('nowhere'))).toMatchObject({ ok: false });
    await adopt(configAt('elsewhere'), 'acme', adoption);
    expect(await line(configAt('elsewhere'))).toMatchObject({
      ok: true,
      detail: expect.stringContaining('ann took it over: the other machine is gone'),
    });
  });
});

it('says what is missing when no file may be made in the folder', async () => {
  await startBoth({});
  exchange.rehearsal.sftp.faults.next('OPEN', { answer: 'failure', code: 3 }, { path: /^\/in\/\.tidegate/ });
  expect((await exchange.poll()).waitsFor).toMatchObject({
    code: 'REMOTE_FAILED',
    message: expect.stringContaining('the marker of this installation cannot be made'),
    fix: expect.stringContaining('marker: false'),
  });
});
