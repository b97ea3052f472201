/** Both directions with GnuPG: what it makes is read here, and what is made here it reads. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatePgpPair } from '../../src/packing/keygen.ts';
import { type GnuPg, hasGnuPg, startGnuPg } from '../support/gnupg.ts';
import { own, pinned, type TestKey } from '../support/pgp.ts';
import { packingFolder } from './folder.ts';

const text = 'External Contract ID,Country Code\nC-1,IN\n'.repeat(5000);

describe.skipIf(!hasGnuPg())('with GnuPG', { timeout: 60_000 }, () => {
  let gpg: GnuPg;
  let folder: Awaited<ReturnType<typeof packingFolder>>;
  let us: TestKey;
  const at = (name: string): string => join(gpg.folder, name);

  beforeAll(async () => {
    gpg = await startGnuPg();
    folder = await packingFolder();
    us = await generatePgpPair('Tidegate <files@example.com>', null, Date.now());
    await writeFile(at('us.pub'), us.publicKey);
    await gpg.run('--import', at('us.pub'));
    await writeFile(at('Sales.csv'), text);
  }, 60_000);
  afterAll(async () => {
    await gpg.stop();
    await folder.remove();
  });

  /** A key of GnuPG, by its way of making one. */
  async function partnerKey(
    algorithm: string,
    ...more: string[]
  ): Promise<Pick<TestKey, 'publicKey' | 'fingerprint'>> {
    const user = `${algorithm}@example.com`;
    await gpg.run('--quick-gen-key', user, algorithm, ...more);
    const listed = await gpg.run('--list-keys', '--with-colons', user);
    const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
    if (algorithm === 'ed25519') await gpg.run('--quick-add-key', fingerprint, 'cv25519', 'encr');
    return { publicKey: await gpg.run('--armor', '--export', fingerprint), fingerprint };
  }

  it.each([
    ['ed25519', ['--compress-algo', 'none']],
    ['rsa3072', ['--compress-algo', 'zlib']],
    ['rsa2048', ['--compress-algo', 'bzip2', '--armor']],
  ])('reads what it signs with %s and encrypts, with %j', async (algorithm, options) => {
    const key = { ...(await partnerKey(algorithm)), privateKey: '' };
    const out = at(`${algorithm}.pgp`);
    const sign = ['--sign', '--local-user', key.fingerprint, '--digest-algo', 'SHA512'];
    await gpg.run(
      ...options,
      '--trust-model',
      'always',
      ...sign,
      '--recipient',
      us.fingerprint.replaceAll(' ', ''),
      '--output',
      out,
      '--encrypt',
      at('Sales.csv'),
    );
    const spec = { gzip: false, maxRatio: 1000, pgp: { decryptWith: [own(us)], verifyWith: [pinned(key)] } };
    expect((await folder.unpacked(await readFile(out), spec)).toString()).toBe(text);
    const without = { ...spec, pgp: { ...spec.pgp, verifyWith: [pinned(us)] } };
    await expect(folder.unpacked(await readFile(out), without)).rejects.toMatchObject({
      code: 'FILE_SIGNATURE',
    });
  });

  it('is read by it, and its signature is found good', async () => {
    const key = { ...(await partnerKey('rsa4096', 'encr')), privateKey: '' };
    const packed = await folder.packed(text, {
      gzip: false,
      pgp: { encryptTo: [pinned(key)], signWith: own(us) },
    });
    await writeFile(at('ours.pgp'), packed);
    const status = await gpg.run('--status-fd', '1', '--output', at('ours.csv'), '--decrypt', at('ours.pgp'));
    expect(status).toContain(`VALIDSIG ${us.fingerprint.replaceAll(' ', '')}`);
    expect(await readFile(at('ours.csv'), 'utf8')).toBe(text);
  });
});
