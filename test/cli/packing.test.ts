import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openUnpacker } from '../../src/packing/unpack.ts';
import { tidegate } from '../support/cli.ts';
import { type PackedExchange, startPackedExchange } from '../support/packed.ts';
import { hidden, own, pinned } from '../support/pgp.ts';
import { csv, sale } from '../support/sales.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('tidegate keygen --pgp', () => {
  const whom = 'Example Ltd <files@example.com>';

  it('makes a pair that packs and unpacks, with a passphrase where one is given', async () => {
    const [out, file] = [join(folder, 'keys', 'pgp'), join(folder, 'passphrase')];
    await writeFile(file, 'correct horse\n');
    const made = await tidegate(['keygen', '--pgp', whom, '--passphrase-file', file, '--out', out, '--json']);
    expect(made.code).toBe(0);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const { fingerprint } = JSON.parse(made.stdout);
    expect(fingerprint).toMatch(/^([0-9A-F]{4} ){9}[0-9A-F]{4}$/);
    const [privateKey, publicKey] = await Promise.all([
      readFile(out, 'utf8'),
      readFile(`${out}.pub`, 'utf8'),
    ]);
    const key = { privateKey, publicKey, fingerprint };
    const pgp = { decryptWith: [own(key, 'correct horse')], verifyWith: [pinned(key)] };
    const { keys } = await openUnpacker({ gzip: false, maxRatio: 1, pgp }, Date.now);
    expect(keys.map(({ use }) => use)).toEqual(['decrypt', 'verify']);
    const shut = { decryptWith: [{ key: hidden(privateKey), passphrase: null }], verifyWith: [] };
    await expect(openUnpacker({ gzip: false, maxRatio: 1, pgp: shut }, Date.now)).rejects.toMatchObject({
      code: 'PGP_KEY',
    });
  });

  it('takes no passphrase from nowhere, and none for a key that has none', async () => {
    const out = join(folder, 'pgp');
    const nowhere = join(folder, 'nowhere');
    expect(
      (await tidegate(['keygen', '--pgp', whom, '--passphrase-file', nowhere, '--out', out])).stderr,
    ).toMatch(/nowhere: USAGE: the passphrase cannot be read/);
    expect((await tidegate(['keygen', '--passphrase-file', nowhere, '--out', out])).stderr).toMatch(/--pgp/);
  });
});

describe('tidegate preview of a packed feed', () => {
  let all: PackedExchange;
  beforeEach(async () => {
    all = await startPackedExchange();
  });
  afterEach(() => all.exchange.stop());
  const preview = async (name: string, content: string | Buffer) => {
    await writeFile(join(folder, name), content);
    const config = ['-c', all.exchange.rehearsal.configFolder, '--feed', 'acme-sales'];
    return tidegate(['preview', join(folder, name), ...config]);
  };

  it('reads packed files, and samples that are not packed', async () => {
    const content = csv([sale(1), sale(2)]);
    const packed = await preview('Sales_20240611.csv.gz.pgp', await all.pack(content));
    expect([packed.code, packed.stdout]).toEqual([0, expect.stringContaining('2 rows: 2 would be sent')]);
    const plain = await preview('Sales_20240611.csv', content);
    expect(plain.code).toBe(3);
    expect(plain.stdout).toMatch(
      /2 would be sent.*would not be picked up.*Sales_20240611_153000\.csv\.gz\.pgp/s,
    );
  });

  it('refuses what the feed would refuse', async () => {
    const { code, stderr } = await preview('Sales_20240611.csv.gz.pgp', 'not packed');
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(
        /Sales_20240611\.csv\.gz\.pgp: FILE_PACKING: the file is not packed\. Expected a PGP/,
      ),
    ]);
  });
});
