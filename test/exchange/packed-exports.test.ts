/** Packed exports, as a partner finds them, and as another Tidegate takes them. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { checkAll } from '../../src/app/check.ts';
import { loadConfig } from '../../src/config/load.ts';
import {
  type Exchange,
  type ExchangeOptions,
  partnerAt,
  startExchange,
  type Yaml,
} from '../support/exchange.ts';
import {
  contractExport,
  type MovedClock,
  movedClock,
  runExport,
  sell,
  startExports,
} from '../support/exports.ts';
import { startLayout } from '../support/layout-exchange.ts';
import { hasOpenSsh, type OpenSsh, startOpenSsh } from '../support/openssh.ts';
import { packedAnswers, packedFeed, unpacked, writeKeys } from '../support/packed.ts';
import { newPgpKey, type TestKey } from '../support/pgp.ts';
import { rowsOf } from '../support/sales.ts';

// Each packs, encrypts and signs by itself: that takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const name = 'Contracts_20240612_000000.csv.gz.pgp';
const all = [name, `${name}.done`, `${name}.sha256`];

let exchange: Exchange;
let us: TestKey;
let partner: TestKey;
let clock: MovedClock;
let server: OpenSsh | null = null;
afterEach(async () => {
  await exchange.stop();
  await server?.stop();
  server = null;
});

/** The contracts of a day, for the partner alone to read. */
async function start(over: Yaml = {}, options: ExchangeOptions = {}): Promise<void> {
  const date = new Date('2024-01-01');
  [us, partner] = await Promise.all([newPgpKey('us', { date }), newPgpKey('partner', { date })]);
  clock = movedClock('2024-06-12T06:00:00+05:30');
  const window = { start: '2024-06-11' };
  exchange = await startExports(
    { contracts: contractExport({ window, packing: packedAnswers(partner), ...over }) },
    {
      clock,
      ...options,
      async adjust(config, rehearsal) {
        await writeKeys(rehearsal.configFolder, us, partner);
        await options.adjust?.(config, rehearsal);
      },
    },
  );
}

const content = (file: string): Promise<string> => unpacked(join(exchange.root, 'out', file), partner, us);

describe('a packed export', () => {
  it('is read by the partner alone, and has its checksum and a done-file beside it', async () => {
    await start();
    sell(exchange, ['C-1', '2024-06-11'], ['=C-2', '2024-06-11']);
    const { files, waitsFor } = await runExport(exchange);
    expect(waitsFor).toBeNull();
    expect(files).toMatchObject([{ state: 'sent', path: `/out/${name}`, contents: { rows: 2 } }]);
    expect(await exchange.list('/out')).toEqual(all);
    expect(rowsOf(await content(name)).map((row) => row['External Contract ID'])).toEqual(['C-1', "'=C-2"]);
    const sum = createHash('sha256').update(await readFile(join(exchange.root, 'out', name)));
    expect(await exchange.read(`/out/${name}.sha256`)).toBe(`${sum.digest('hex')}  ${name}\n`);
    expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
  });

  it('has its done-file written last, when all else is whole', async () => {
    await start();
    sell(exchange, ['C-1', '2024-06-11']);
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' }, { path: /done/, times: 20 });
    expect((await runExport(exchange)).waitsFor).not.toBeNull();
    expect(await exchange.list('/out')).toEqual([name, `${name}.sha256`]);
    exchange.rehearsal.sftp.faults.clear();
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect(await exchange.list('/out')).toEqual(all);
  });

  it('that would be empty leaves nothing there, with empty: none', async () => {
    await start({ empty: 'none' });
    expect((await runExport(exchange)).files).toMatchObject([{ state: 'dropped' }]);
    expect(await exchange.list('/out')).toEqual([]);
  });

  it('waits while its key has expired, reads nothing again, and goes out when there is another', async () => {
    await start();
    const short = await newPgpKey('partner', { date: new Date('2024-06-01'), keyExpirationTime: 9 * 86_400 });
    await exchange.app.close();
    clock.set('2024-06-09T06:00:00+05:30');
    await writeFile(join(exchange.rehearsal.configFolder, 'keys', 'partner.pub'), short.publicKey);
    await exchange.restart((config) => {
      config.exports.contracts.packing.pgp.encryptTo[0].fingerprint = short.fingerprint;
    });
    clock.set('2024-06-12T06:00:00+05:30');
    sell(exchange, ['C-1', '2024-06-11']);
    const calls = () => exchange.rehearsal.servify.calls.get('Contract/getContractList');
    expect((await runExport(exchange)).waitsFor).toMatchObject({ code: 'PGP_KEY' });
    const read = calls();
    expect((await runExport(exchange)).waitsFor).toMatchObject({ code: 'PGP_KEY' });
    expect([calls(), await exchange.list('/out')]).toEqual([read, []]);
    expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
    await writeFile(join(exchange.rehearsal.configFolder, 'keys', 'partner.pub'), partner.publicKey);
    await exchange.restart((config) => {
      config.exports.contracts.packing.pgp.encryptTo[0].fingerprint = partner.fingerprint;
    });
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect(rowsOf(await content(name))).toHaveLength(1);
    expect(calls()).toBe(read);
  });

  it('is archived with what lies beside it', async () => {
    await start(
      {},
      {
        adjust: (config) => {
          config.partners.acme.archive = { timeZone: 'Asia/Kolkata', restDays: 0 };
        },
      },
    );
    sell(exchange, ['C-1', '2024-06-11']);
    await runExport(exchange);
    clock.set('2024-08-01T06:00:00+05:30');
    const [policy] = exchange.app.archives.policies;
    if (!policy) throw new Error('nothing is archived');
    expect(await exchange.app.archives.run(policy)).toBeNull();
    expect(await exchange.list('/out')).toEqual([]);
    expect(await exchange.list('/archive/2024-06/out')).toEqual(all);
    expect(await exchange.app.archives.verify(policy)).toEqual({ archives: 1, files: 3, findings: [] });
    const [archive] = await exchange.app.ledger.archives('acme');
    const files = await exchange.app.ledger.archivedFiles(archive?.id ?? 0);
    expect(files.map(({ kind, state }) => [kind, state])).toEqual([
      ['companion', 'kept'],
      ['companion', 'kept'],
      ['outbound', 'kept'],
    ]);
  });
});

describe('before anything runs', () => {
  const findings = async () => {
    const lines = [];
    const config = await loadConfig(exchange.rehearsal.configFolder, {});
    for await (const line of checkAll({ ...config, partners: {}, targets: {}, mail: null }))
      if (line.what.includes('packing')) lines.push(line);
    return lines;
  };

  it('check names the keys of an export, and says which one cannot be used', async () => {
    await start();
    const what = 'export contracts: packing';
    const keys = [`encrypts to ${partner.fingerprint}`, `signs with ${us.fingerprint}`];
    expect(await findings()).toEqual([
      {
        ...{ ok: true, what },
        detail: [
          'names end in .csv.gz.pgp; with {name}.sha256 and {name}.done',
          ...keys.map((key) => `${key} (does not expire)`),
        ].join('; '),
      },
    ]);
    await expect(
      exchange.restart((config) => {
        config.exports.contracts.packing.pgp.encryptTo[0].fingerprint = 'A'.repeat(40);
      }),
    ).rejects.toThrow(/exports\.contracts\.packing: PGP_KEY/);
    expect(await findings()).toEqual([{ ok: false, what, detail: expect.stringContaining('PGP_KEY') }]);
  });

  it('check says so of files from rows, and of the replies to them', async () => {
    const answered = {
      replies: [{ name: 'ContractsAck_{stamp}.csv', outcome: 'accepted' }],
      ...{ match: { 'Contract Id': 'Contract' }, within: '1d', packing: { gzip: true } },
    };
    const adjust = (config: Yaml) => {
      config.feeds['acme-sales'].files.contracts.packing = { gzip: true, checksum: true };
    };
    ({ exchange } = await startLayout({ answered, adjust }));
    expect(await findings()).toEqual([
      {
        ...{ ok: true, what: 'feed acme-sales: file contracts: packing' },
        detail: 'names end in .csv.gz; with {name}.sha256',
      },
      { ok: true, what: 'replies acme-sales/contracts: packing', detail: 'names end in .gz' },
    ]);
  });

  it('a done-file with the name of the checksum file is refused', async () => {
    await start();
    await expect(
      exchange.restart((config) => {
        config.exports.contracts.packing.doneFile = '{name}.sha256';
      }),
    ).rejects.toThrow(/the checksum file has this name/);
  });
});

const places = { in: '/in', out: '/out', processed: '/processed', errored: '/errored' };

/** Looks where the exports are put. Takes every column as it is, and writes it into a file that is like the one that came. */
async function startTaker(columns: readonly string[]): Promise<Exchange> {
  return startExchange({
    async adjust(config, { configFolder, partnerRoot }) {
      await writeKeys(configFolder, partner, us);
      const there: Yaml = server && (await partnerAt(server, configFolder));
      const root = join(partnerRoot, '..', 'office');
      await mkdir(join(root, 'in'), { recursive: true });
      const mapping = {
        columns: Object.fromEntries(columns.map((column) => [column, { type: 'text' }])),
        order: columns[0],
        actions: {
          Take: {
            reference: columns[0],
            required: [columns[0]],
            files: { taken: { columns: Object.fromEntries(columns.map((column) => [column, { column }])) } },
          },
        },
        acknowledgement: { keys: [columns[0]], columns: ['Status Code', 'Message'] },
      };
      await writeFile(join(configFolder, '..', 'mappings', 'taken.yaml'), stringify(mapping));
      const { in: out, out: into, ...filed } = { ...places, ...there?.folders };
      const from = {
        ...(there ?? { protocol: 'local', root: exchange.root }),
        folders: { ...filed, in: into, out },
      };
      config.partners = { acme: from, office: { protocol: 'local', root, marker: false } };
      const [feed] = Object.values<Yaml>(config.feeds);
      delete feed.target;
      Object.assign(feed, {
        ...{ dataType: 'Contracts', mapping: 'taken', stable: { doneFile: '{name}.done' } },
        packing: { ...packedFeed(us), checksum: { when: 'required' } },
        files: { taken: { partner: 'office', folder: '/in', dataType: 'Taken' } },
      });
    },
  });
}

const servers: readonly { server: string; startServer(): Promise<OpenSsh | null> }[] = [
  { server: 'the embedded server', startServer: async () => null },
  ...(hasOpenSsh() ? [{ server: 'OpenSSH', startServer: () => startOpenSsh(Object.keys(places)) }] : []),
];

describe.each(servers)('another Tidegate, over $server', ({ startServer }) => {
  it('takes a packed export when its done-file is there, and has the same rows', async () => {
    server = await startServer();
    const ids = Array.from({ length: 250 }, (_, n) => `C-${n + 1}`);
    await start({}, server ? { server } : {});
    sell(exchange, ...ids.map((id): [string, string] => [id, '2024-06-11']), ['=C', '2024-06-11']);
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect(await exchange.list('/out')).toEqual(all);
    const sent = await content(name);
    const columns = Object.keys(rowsOf(sent)[0] ?? {});

    const taker = await startTaker(columns);
    try {
      expect(await taker.poll()).toMatchObject({
        waitsFor: null,
        arrivals: [{ state: 'settled', name, counts: { rows: 251, accepted: 251 } }],
      });
      const taken = await readFile(join(taker.folder, 'office', 'in', 'Taken_20240612_000000.csv'), 'utf8');
      expect(taken).toBe(sent);
      expect(await exchange.list('/out')).toEqual([]);
      expect(await exchange.list('/processed')).toEqual([name, `${name}.sha256`]);
    } finally {
      await taker.stop();
    }
  });
});
