import * as pgp from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnpackSpec } from '../../src/packing/port.ts';
import { newPgpKey, own, pinned, type TestKey } from '../support/pgp.ts';
import { packingFolder } from './folder.ts';

const text = 'External Contract ID,Country Code\nC-1,IN\n'.repeat(20_000);
const refusal = (code: unknown, message: RegExp | string = '') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

let folder: Awaited<ReturnType<typeof packingFolder>>;
let us: TestKey;
let partner: TestKey;
let stranger: TestKey;
let spec: UnpackSpec;
let good: Buffer;
const pack = (to: TestKey, by: TestKey | null, gzip = false, content: Buffer | string = text) =>
  folder.packed(content, { gzip, pgp: { encryptTo: [pinned(to)], signWith: by && own(by) } });
const armored = (bytes: Buffer): string => pgp.armor(pgp.enums.armor.message, bytes);
const unpacked: typeof folder.unpacked = (...args) => folder.unpacked(...args);

beforeAll(async () => {
  folder = await packingFolder();
  [us, partner, stranger] = await Promise.all([newPgpKey('us'), newPgpKey('partner'), newPgpKey('stranger')]);
  spec = { gzip: false, maxRatio: 200, pgp: { decryptWith: [own(us)], verifyWith: [pinned(partner)] } };
  good = await pack(us, partner);
});
afterAll(() => folder.remove());

it('gives back what was packed, with gzip and without', async () => {
  expect((await unpacked(good, spec)).toString()).toBe(text);
  expect((await unpacked(await pack(us, partner, true), { ...spec, gzip: true })).toString()).toBe(text);
});

it('reads armor, by any of our keys, with a passphrase, and messages that hide who they are for', async () => {
  const windows = armored(good).replaceAll('\n', '\r\n');
  const older = await newPgpKey('older', { passphrase: 'open' });
  const decryptWith = [own(older, 'open'), own(us)];
  const verifyWith = [pinned(stranger), pinned(partner)];
  expect((await unpacked(windows, { ...spec, pgp: { decryptWith, verifyWith } })).toString()).toBe(text);
  const hiding = await pgp.encrypt({
    message: await pgp.createMessage({ binary: Buffer.from(text) }),
    encryptionKeys: await pgp.readKey({ armoredKey: us.publicKey }),
    signingKeys: await pgp.readPrivateKey({ armoredKey: partner.privateKey }),
    ...{ wildcard: true, format: 'binary' as const },
  });
  expect((await unpacked(Buffer.from(hiding), spec)).toString()).toBe(text);
});

it('takes unsigned files where no signature is demanded', async () => {
  const lenient = { ...spec, pgp: { decryptWith: [own(us)], verifyWith: [] } };
  expect((await unpacked(await pack(us, null), lenient)).toString()).toBe(text);
});

it('takes what a partner signed whose clock is ahead of ours by minutes', async () => {
  const ahead = await folder.packed(
    text,
    { gzip: false, pgp: { encryptTo: [pinned(us)], signWith: own(partner) } },
    () => Date.now() + 600_000,
  );
  expect((await unpacked(ahead, spec)).toString()).toBe(text);
});

describe('a file is refused that', () => {
  it('is encrypted to somebody else', async () =>
    expect(unpacked(await pack(stranger, partner), spec)).rejects.toEqual(
      refusal('FILE_DECRYPT', /and not to our key/),
    ));
  it('is encrypted with a passphrase', async () => {
    const message = await pgp.createMessage({ binary: Buffer.from(text) });
    const bytes = await pgp.encrypt({ message, passwords: 'open', format: 'binary' });
    await expect(unpacked(Buffer.from(bytes), spec)).rejects.toEqual(refusal('FILE_DECRYPT', /passphrase/));
  });
  it('is not signed', async () =>
    expect(unpacked(await pack(us, null), spec)).rejects.toEqual(refusal('FILE_SIGNATURE', /not signed/)));
  it('is signed by a stranger', async () =>
    expect(unpacked(await pack(us, stranger), spec)).rejects.toEqual(
      refusal('FILE_SIGNATURE', /not a right one/),
    ));
  it('is signed and not encrypted', async () => {
    const message = await pgp.createMessage({ binary: Buffer.from(text) });
    const signingKeys = await pgp.readPrivateKey({ armoredKey: partner.privateKey });
    const bytes = await pgp.sign({ message, signingKeys, format: 'binary' });
    await expect(unpacked(Buffer.from(bytes), spec)).rejects.toEqual(
      refusal('FILE_PACKING', /not encrypted/),
    );
  });
  it('was changed at any of many places', async () => {
    const content = 'A,B\n1,2\n';
    const small = await pack(us, partner, false, content);
    for (let at = 0; at < small.length; at += 11) {
      const changed = Buffer.from(small);
      changed[at] = (changed[at] ?? 0) ^ 4;
      const outcome = await unpacked(changed, spec).then(String, (error: unknown) => error);
      // Lengths in the headers may say the same in several ways; what was encrypted may not change.
      if (outcome !== content)
        expect(outcome, `byte ${at}`).toEqual(refusal(expect.stringMatching(/^FILE_(DECRYPT|PACKING)$/)));
    }
  }, 180_000);
  it('was cut at any of many places', async () => {
    const lengths = [1, 2, 50, 100, 200, good.length - 300_000, good.length - 21, good.length - 1];
    for (const length of lengths)
      await expect(unpacked(good.subarray(0, length), spec), `${length}`).rejects.toEqual(
        refusal('FILE_PACKING', length === 1 ? '' : /cut off/),
      );
  });
  it('has other bytes, or another message, behind it', async () => {
    for (const more of [Buffer.from('\n'), good])
      await expect(unpacked(Buffer.concat([good, more]), spec)).rejects.toEqual(
        refusal('FILE_PACKING', /after the end|cut off/),
      );
  });
  it('has something around its armor, or lacks the end of it', async () => {
    const whole = armored(good);
    for (const wrong of [
      `${whole}more`,
      `Dear all,\n${whole}`,
      whole.slice(0, -40),
      whole.replace('\n\n', '\n'),
    ])
      await expect(unpacked(wrong, spec)).rejects.toEqual(refusal('FILE_PACKING'));
  });
  it('is not packed, has no bytes, or is gzip alone', async () => {
    await expect(unpacked(text, spec)).rejects.toEqual(refusal('FILE_PACKING', /not packed/));
    await expect(unpacked('', spec)).rejects.toEqual(refusal('FILE_EMPTY'));
    const gzip = await folder.packed(text, { gzip: true, pgp: null });
    await expect(unpacked(gzip, spec)).rejects.toEqual(refusal('FILE_PACKING', /gzip data/));
  });
  it('holds plain content where gzip was agreed, or is packed once more', async () => {
    await expect(unpacked(good, { ...spec, gzip: true })).rejects.toEqual(
      refusal('FILE_PACKING', /not packed/),
    );
    await expect(unpacked(await pack(us, partner, true), spec)).rejects.toEqual(
      refusal('FILE_PACKING', /gzip data again/),
    );
  });
  it('grows without bounds when PGP unpacks it', async () => {
    const bytes = await pgp.encrypt({
      message: await pgp.createMessage({ binary: Buffer.alloc(8e6) }),
      encryptionKeys: await pgp.readKey({ armoredKey: us.publicKey }),
      signingKeys: await pgp.readPrivateKey({ armoredKey: partner.privateKey }),
      format: 'binary',
      config: { preferredCompressionAlgorithm: pgp.enums.compression.zip },
    });
    expect(bytes.length).toBeLessThan(20_000);
    await expect(unpacked(Buffer.from(bytes), spec)).rejects.toEqual(refusal('FILE_TOO_LARGE', /200 times/));
  }, 60_000);
});

describe('a key is refused that', () => {
  const day = 24 * 3_600_000;
  const encryptTo = (key: TestKey, now = Date.now) =>
    folder.packed(text, { gzip: false, pgp: { encryptTo: [pinned(key)], signWith: null } }, now);

  it('has expired, also while the process runs', async () => {
    const key = await newPgpKey('brief', { keyExpirationTime: 86_400 });
    await expect(encryptTo(key)).resolves.toBeDefined();
    await expect(encryptTo(key, () => Date.now() + 2 * day)).rejects.toEqual(
      refusal('PGP_KEY', /expired on 20/),
    );
    const { openPacker } = await import('../../src/packing/pack.ts');
    let ahead = 0;
    const packer = await openPacker(
      { gzip: false, pgp: { encryptTo: [pinned(key)], signWith: null } },
      () => Date.now() + ahead,
    );
    ahead = 2 * day;
    const { signal } = new AbortController();
    const from = await folder.put(text);
    await expect(packer.pack(from, `${from}.pgp`, signal)).rejects.toEqual(refusal('PGP_KEY', /expired/));
  });
  it('was revoked', async () => {
    const { publicKey, revocationCertificate } = await pgp.generateKey({ userIDs: [{ name: 'gone' }] });
    const key = await pgp.readKey({ armoredKey: publicKey });
    const revoked = await pgp.revokeKey({ key, revocationCertificate, format: 'armored' });
    const fingerprint = key.getFingerprint();
    await expect(encryptTo({ publicKey: revoked.publicKey, privateKey: '', fingerprint })).rejects.toEqual(
      refusal('PGP_KEY', /revoked/),
    );
  });
  it('is too weak', async () => {
    const key = await newPgpKey('weak', { type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } });
    await expect(encryptTo(key)).rejects.toEqual(
      refusal('PGP_KEY', /too weak: rsaEncryptSign with 1024 bits/),
    );
  });
  it('is another than the one that is pinned', () =>
    expect(encryptTo({ ...stranger, fingerprint: partner.fingerprint })).rejects.toEqual(
      refusal('PGP_KEY', new RegExp(`is ${stranger.fingerprint}`)),
    ));
  it('is no key, or lacks its passphrase', async () => {
    await expect(encryptTo({ ...stranger, publicKey: 'none' })).rejects.toEqual(refusal('PGP_KEY', /read/));
    const locked = await newPgpKey('locked', { passphrase: 'open' });
    const by = (passphrase: string | null) =>
      folder.packed(text, {
        gzip: false,
        pgp: { encryptTo: [pinned(us)], signWith: own(locked, passphrase) },
      });
    await expect(by(null)).rejects.toEqual(refusal('PGP_KEY', /has a passphrase/));
    await expect(by('shut')).rejects.toEqual(refusal('PGP_KEY', /has another passphrase/));
    await expect(by('open')).resolves.toBeDefined();
  });
});
