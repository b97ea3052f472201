/** Packed files through the whole exchange, as a partner sends them and reads the answers. */
import { createHash } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkAll } from '../../src/app/check.ts';
import { systemClock } from '../../src/base/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Yaml } from '../support/exchange.ts';
import { type PackedExchange, packedAnswers, startPackedExchange } from '../support/packed.ts';
import { newPgpKey, own, pinned } from '../support/pgp.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

// Each packs, encrypts and signs by itself: that takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const name = 'Sales_20240611_153000.csv.gz.pgp';
const ack = '/out/SalesAck_20240611_153000.csv';
const content = csv([sale(1), sale(2)]);
const digest = (algorithm: string, bytes: Buffer): string =>
  createHash(algorithm).update(bytes).digest('hex');

let all: PackedExchange;
afterEach(() => all.exchange.stop());

const start = async (...args: Parameters<typeof startPackedExchange>): Promise<PackedExchange> => {
  all = await startPackedExchange(...args);
  return all;
};
const effects = (): number[] => [...all.exchange.rehearsal.servify.effects.values()];
const spool = (): Promise<string[]> => readdir(join(all.exchange.folder, 'ledger', 'spool'));
const states = async (): Promise<string[]> =>
  (await all.exchange.app.ledger.arrivals({ limit: 10 })).map(({ state }) => state).toSorted();

describe('a packed file', () => {
  it('is named, answered and filed as one that is not, and its content is kept nowhere', async () => {
    const { exchange, pack } = await start();
    await exchange.drop(name, await pack(content));
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect(await exchange.list('/out')).toEqual(['SalesAck_20240611_153000.csv']);
    expect(rowsOf(await exchange.read(ack))).toHaveLength(2);
    expect(effects()).toEqual([1, 1]);
    expect(await exchange.list('/processed')).toEqual([name]);
    expect(await spool()).toEqual([]);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
  });

  it('is answered alike in armor and under other suffixes', async () => {
    const { exchange, pack } = await start();
    await exchange.drop('Sales_20240611_160000.csv.GZ.asc', await pack(content));
    await exchange.poll();
    expect(await exchange.list('/out')).toEqual(['SalesAck_20240611_160000.csv']);
  });

  it('that comes encrypted anew has other bytes and the same rows: these are duplicates', async () => {
    const { exchange, pack } = await start();
    await exchange.drop(name, await pack(content));
    await exchange.poll();
    const first = await exchange.read(ack);
    await exchange.drop(name, await pack(content));
    await exchange.drop('Sales_20240612_153000.csv.gz.pgp', await pack(content));
    await exchange.poll();
    expect(effects()).toEqual([1, 1]);
    const again = await exchange.read('/out/SalesAck_20240611_153000-2.csv');
    const other = await exchange.read('/out/SalesAck_20240612_153000.csv');
    const duplicates = await exchange.app.ledger.arrivals({ limit: 10 });
    expect(duplicates.map(({ repeatOf, counts }) => [repeatOf, counts.accepted, counts.duplicate])).toEqual(
      expect.arrayContaining([
        [null, 2, 0],
        [null, 0, 2],
        [null, 0, 2],
      ]),
    );
    for (const text of [again, other]) expect(rowsOf(text)).toHaveLength(2);
    expect(await exchange.read(ack)).toBe(first);
  });

  it('is refused, answered with the reason, and costs no call, when it is not what was agreed', async () => {
    const { exchange, pack, us } = await start();
    const stranger = await newPgpKey('stranger');
    const good = await pack(content);
    const flipped = Buffer.from(good);
    flipped[good.length - 30] = (flipped[good.length - 30] ?? 0) ^ 1;
    const signed = (signWith: ReturnType<typeof own> | null) => ({
      pgp: { encryptTo: [pinned(us)], signWith },
    });
    const bad: [string, Buffer][] = [
      ['FILE_EMPTY', Buffer.alloc(0)],
      ['FILE_PACKING', Buffer.from(content)],
      ['FILE_PACKING', gzipSync(content)],
      ['FILE_PACKING', good.subarray(0, good.length - 9)],
      ['FILE_PACKING', Buffer.concat([good, Buffer.from('\n')])],
      ['FILE_PACKING', await pack(content, { gzip: false })],
      ['FILE_PACKING', await pack(gzipSync(content))],
      ['FILE_PACKING', await pack(Buffer.concat([gzipSync(content), gzipSync(content)]), { gzip: false })],
      ['FILE_DECRYPT', await pack(content, { pgp: { encryptTo: [pinned(stranger)], signWith: null } })],
      ['FILE_DECRYPT', flipped],
      ['FILE_SIGNATURE', await pack(content, signed(null))],
      ['FILE_SIGNATURE', await pack(content, signed(own(stranger)))],
      ['FILE_TOO_LARGE', await pack(Buffer.alloc(4e6, 'A,'))],
      ['FILE_EMPTY', await pack('')],
      ['FILE_HEADER', await pack('Colour\nred\n')],
    ];
    for (const [index, [, bytes]] of bad.entries())
      await exchange.drop(`Sales_20240701_1000${String(index).padStart(2, '0')}.csv.gz.pgp`, bytes);
    await exchange.poll();
    for (const [index, [code]] of bad.entries()) {
      const text = await exchange.read(`/out/SalesAck_20240701_1000${String(index).padStart(2, '0')}.csv`);
      expect(text, `${index}`).toContain(code);
    }
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
    expect(await exchange.list('/errored')).toHaveLength(bad.length);
    expect(await exchange.list('/processed')).toEqual([]);
    expect(await spool()).toEqual([]);
  });

  it('that comes unpacked is taken by nobody', async () => {
    const { exchange } = await start();
    await exchange.drop('Sales_20240611_153000.csv', content);
    await exchange.poll();
    expect(await exchange.list('/in')).toEqual(['Sales_20240611_153000.csv']);
    expect(exchange.rehearsal.mail.messages()).toHaveLength(1);
  });
});

describe('a checksum file', () => {
  const demanding = (feed: Yaml) => {
    feed.packing.checksum = { waitFor: '1h' };
  };

  it('is waited for, compared, and filed with the source', async () => {
    const { exchange, pack } = await start(demanding);
    const bytes = await pack(content);
    await exchange.drop(name, bytes);
    await exchange.poll();
    expect(await exchange.list('/in')).toEqual([name]);
    await exchange.drop(`${name}.sha256`, `${digest('sha256', bytes)}  ${name}\n`);
    await exchange.poll();
    expect(effects()).toEqual([1, 1]);
    expect(await exchange.list('/in')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual([name, `${name}.sha256`]);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
  });

  it('that states other bytes is given time to be put right', async () => {
    const { exchange, pack } = await start(demanding);
    const bytes = await pack(content);
    await exchange.drop(`${name}.sha256`, 'ab12');
    await exchange.drop(name, bytes);
    expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'FILE_CHECKSUM' });
    await exchange.drop(`${name}.sha256`, `${'0'.repeat(64)}  ${name}\n`);
    expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'FILE_CHECKSUM' });
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
    await exchange.drop(`${name}.sha256`, `${digest('sha256', bytes)}  ${name}\n`);
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect(effects()).toEqual([1, 1]);
    expect(exchange.rehearsal.mail.messages()).toEqual([]);
  });

  it('that states the bytes which a partner is only now writing anew belongs to those', async () => {
    const { exchange, pack } = await start(demanding);
    const bytes = await pack(content);
    await exchange.drop(`${name}.sha256`, `${digest('sha256', bytes)}  ${name}\n`);
    await exchange.drop(name, bytes.subarray(0, 300));
    expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'FILE_CHECKSUM' });
    await exchange.drop(name, bytes);
    await exchange.poll();
    await exchange.poll();
    expect(await states()).toEqual(['settled', 'withdrawn']);
    expect(effects()).toEqual([1, 1]);
  });

  it('that never comes to fit has the file refused', async () => {
    let ahead = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + ahead };
    const { exchange, pack } = await start(demanding, { clock });
    await exchange.drop(`${name}.sha256`, `${'0'.repeat(64)}  ${name}\n`);
    await exchange.drop(name, await pack(content));
    expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'FILE_CHECKSUM' });
    ahead = 3_700_000;
    await exchange.poll();
    expect(await exchange.read(ack)).toContain('FILE_CHECKSUM');
    expect(exchange.rehearsal.servify.calls.size).toBe(0);
    expect(await exchange.list('/errored')).toEqual([name, `${name}.sha256`]);
  });

  it('is checked where it lies there, in MD5 and under another name, and missed by nobody', async () => {
    const { exchange } = await start((feed) => {
      feed.packing = { checksum: { when: 'ifThere', algorithm: 'md5', file: '{name}.sum' } };
    });
    const other = csv([sale(3)]);
    await exchange.drop('Sales_20240611_153000.csv', content);
    await exchange.drop('Sales_20240611_153000.csv.sum', digest('md5', Buffer.from(content)));
    await exchange.drop('Sales_20240611_160000.csv', other);
    await exchange.poll();
    expect(effects()).toEqual([1, 1, 1]);
    expect(await exchange.list('/processed')).toEqual([
      'Sales_20240611_153000.csv',
      'Sales_20240611_153000.csv.sum',
      'Sales_20240611_160000.csv',
    ]);
  });
});

describe('a packed answer', () => {
  const both = (feed: Yaml, { partner }: Pick<PackedExchange, 'partner'>) => {
    feed.acknowledgement = { packing: packedAnswers(partner) };
  };
  const packedAck = `${ack}.gz.pgp`;
  const answers = ['SalesAck_20240611_153000.csv.gz.pgp'].flatMap((file) => [
    file,
    `${file}.done`,
    `${file}.sha256`,
  ]);

  it('is read by the partner, and has its checksum and a done-file beside it', async () => {
    const { exchange, pack, unpack } = await start(both);
    await exchange.drop(name, await pack(csv([sale(1), sale(2, { 'Country Code': 'Atlantis' })])));
    await exchange.poll();
    const rejects = answers.map((file) => file.replace('Ack', 'Rejects'));
    expect(await exchange.list('/out')).toEqual([...answers, ...rejects].sort());
    expect(rowsOf(await unpack(packedAck))).toHaveLength(2);
    expect(rowsOf(await unpack(packedAck.replace('Ack', 'Rejects')))).toHaveLength(1);
    const [recorded] = (await exchange.app.ledger.answers(1)).filter(
      ({ kind }) => kind === 'acknowledgement',
    );
    expect(await exchange.read(`${packedAck}.sha256`)).toBe(
      `${recorded?.written?.sha256}  SalesAck_20240611_153000.csv.gz.pgp\n`,
    );
    expect(await spool()).toEqual([]);
  });

  it('of the same bytes again is the one that lies there, or packed anew when it was taken away', async () => {
    const { exchange, pack, unpack } = await start(both);
    const bytes = await pack(content);
    await exchange.drop(name, bytes);
    await exchange.poll();
    const first = await unpack(packedAck);
    await exchange.drop(name, bytes);
    await exchange.poll();
    expect(await exchange.list('/out')).toEqual(answers);
    for (const file of answers) await rm(join(exchange.root, 'out', file));
    await exchange.drop(name, bytes);
    await exchange.poll();
    expect(await exchange.list('/out')).toEqual(answers);
    expect(await unpack(packedAck)).toBe(first);
    expect(effects()).toEqual([1, 1]);
  });

  it('leaves the file of somebody else alone that has its name, or that of a companion', async () => {
    const { exchange, pack } = await start(both);
    await writeFile(join(exchange.root, `${packedAck}.done`), 'theirs');
    await exchange.drop(name, await pack(content));
    await exchange.poll();
    expect(await exchange.list('/out')).toEqual(
      [`${answers[0]}.done`, ...answers.map((file) => file.replace('.csv', '-2.csv'))].sort(),
    );
  });
});

describe('before anything runs', () => {
  const findings = async () => {
    const lines = [];
    const config = await loadConfig(all.exchange.rehearsal.configFolder, {});
    for await (const line of checkAll({ ...config, partners: {}, targets: {}, mail: null }))
      if (line.what.includes('packing')) lines.push(line);
    return lines;
  };

  it('check names the keys and until when they hold', async () => {
    const { us, partner } = await start((feed, { partner: theirs }) => {
      feed.acknowledgement = { packing: packedAnswers(theirs) };
    });
    expect(await findings()).toEqual([
      {
        ok: true,
        what: 'feed acme-sales: packing',
        detail: [
          'names end in .csv.gz.pgp or .csv.gz.gpg or .csv.gz.asc; answers end in .csv.gz.pgp',
          `decrypts with ${us.fingerprint} (does not expire)`,
          `verifies with ${partner.fingerprint} (does not expire)`,
          `encrypts to ${partner.fingerprint} (does not expire)`,
          `signs with ${us.fingerprint} (does not expire)`,
        ].join('; '),
      },
    ]);
  });

  it('a key that cannot be used stops check and start, with the place and what to do', async () => {
    const { exchange } = await start();
    const wrong = 'A'.repeat(40);
    await expect(
      exchange.restart((config) => {
        config.feeds['acme-sales'].packing.pgp.verifyWith[0].fingerprint = wrong;
      }),
    ).rejects.toThrow(/feeds\.acme-sales\.packing: PGP_KEY.*Ask the partner for the fingerprint/);
    expect(await findings()).toEqual([
      { ok: false, what: 'feed acme-sales: packing', detail: expect.stringContaining('PGP_KEY') },
    ]);
  });
});
