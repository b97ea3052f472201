/** The message security against code that is not ours: the openssl command line, and the library that the reference's sample uses. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import NodeRSA from 'node-rsa';
import { Tinypool } from 'tinypool';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decryptText, encryptText, keyBytes, sign } from '../../src/connectors/servify/crypto.ts';
import { createCryptoPool } from '../../src/connectors/servify/crypto-pool.ts';
import { rsaPair } from './servify-fixture.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl && process.env['CI']) throw new Error('openssl is needed to prove interoperability');
const withOpenssl = hasOpenssl ? '' : ' — SKIPPED, NOT PROVEN HERE: no openssl command on this machine';

const secret = '9uHh4sVY5va4vafgp3ACewwmebQTY8XXFaSuQTUHUcZGANHq8TGW5vKw2jns7yYT';
const date = 'Wed, 27 May 2020 12:02:02 GMT';
const host = 'client_host.com';

describe('the signature', () => {
  it('equals the known value', () => {
    expect(sign(secret, date, host)).toBe('JjMYikT5M5w6n6lPUu3LlvySccEshrUCDDCTmVRH+SQ=');
  });

  it.skipIf(!hasOpenssl)(`equals what openssl dgst makes${withOpenssl}`, () => {
    const made = execFileSync('openssl', ['dgst', '-sha256', '-hmac', secret, '-binary'], {
      input: `x-date: ${date}\nx-host: ${host}`,
    });
    expect(sign(secret, date, host)).toBe(made.toString('base64'));
  });
});

describe.each([2048, 3072, 4096])('bodies under a key of %i bits', (bits) => {
  const pair = rsaPair(bits);
  const publicKey = createPublicKey(pair.publicKey);
  const privateKey = createPrivateKey(pair.privateKey);
  const chunk = keyBytes(publicKey) - 42;
  // The three bytes of 漢 lie across the border of two chunks, in each of the ways they can.
  const texts = [
    '{}',
    'x'.repeat(chunk),
    'x'.repeat(chunk + 1),
    ...[1, 2].map((before) => `${'x'.repeat(chunk - before)}漢${'y'.repeat(2 * chunk)}`),
    JSON.stringify({ CustomerName: 'Zoë Müller 漢字 🙂'.repeat(60) }),
  ];
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-'));
    writeFileSync(join(folder, 'private.pem'), pair.privateKey);
    writeFileSync(join(folder, 'public.pem'), pair.publicKey);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const openssl = (direction: 'encrypt' | 'decrypt', input: Uint8Array): Buffer =>
    execFileSync(
      'openssl',
      [
        ...[
          'pkeyutl',
          `-${direction}`,
          '-inkey',
          join(folder, direction === 'encrypt' ? 'public.pem' : 'private.pem'),
        ],
        ...(direction === 'encrypt' ? ['-pubin'] : []),
        ...['-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', 'rsa_oaep_md:sha1'],
      ],
      { input },
    );
  const inPieces = (bytes: Buffer, size: number, work: (piece: Uint8Array) => Buffer): Buffer => {
    const count = Math.ceil(bytes.length / size);
    return Buffer.concat(
      Array.from({ length: count }, (_, i) => work(bytes.subarray(i * size, (i + 1) * size))),
    );
  };

  it('are read back', () => {
    for (const text of texts) expect(decryptText(privateKey, encryptText(publicKey, text))).toBe(text);
  });

  it.skipIf(!hasOpenssl)(`pass between us and openssl, both ways${withOpenssl}`, () => {
    for (const text of texts) {
      const ours = Buffer.from(encryptText(publicKey, text), 'base64');
      expect(inPieces(ours, chunk + 42, (piece) => openssl('decrypt', piece)).toString()).toBe(text);
      const theirs = inPieces(Buffer.from(text), chunk, (piece) => openssl('encrypt', piece));
      expect(decryptText(privateKey, theirs.toString('base64'))).toBe(text);
    }
  });

  it('pass between us and node-rsa, both ways', () => {
    const theirPublic = new NodeRSA(pair.publicKey);
    const theirPrivate = new NodeRSA(pair.privateKey);
    for (const text of texts) {
      expect(theirPrivate.decrypt(Buffer.from(encryptText(publicKey, text), 'base64'), 'utf8')).toBe(text);
      expect(decryptText(privateKey, theirPublic.encrypt(Buffer.from(text), 'base64'))).toBe(text);
    }
  });

  it('are refused when they are not for this key or not whole', () => {
    const cipher = encryptText(createPublicKey(rsaPair().publicKey), '{}');
    expect(() => decryptText(privateKey, cipher)).toThrow();
    expect(() => decryptText(privateKey, '')).toThrow();
    expect(() => decryptText(privateKey, encryptText(publicKey, '{}').slice(8))).toThrow();
  });
});

describe('the crypto pool', () => {
  const pair = rsaPair();
  const keys = {
    encryptFor: createPublicKey(pair.publicKey),
    decryptWith: createPrivateKey(pair.privateKey),
  };

  it('does the work of many bodies in few messages to its workers, each with its own result', async () => {
    const messages = vi.spyOn(Tinypool.prototype, 'run');
    const pool = createCryptoPool(keys, 2);
    const texts = Array.from({ length: 100 }, (_, i) => JSON.stringify({ i, pad: 'ä'.repeat(i * 5) }));
    const ciphers = await Promise.all(texts.map((text) => pool.encrypt(text)));
    expect(await Promise.all(ciphers.map((cipher) => pool.decrypt(cipher)))).toEqual(texts);
    expect(messages.mock.calls.flatMap(([tasks]) => tasks)).toHaveLength(200);
    expect(messages.mock.calls.length).toBeLessThan(50);
    messages.mockRestore();
    await pool.close();
  });

  it('gives null for what is not for us, without spoiling its neighbours', async () => {
    const pool = createCryptoPool(keys, 1);
    const good = await pool.encrypt('good');
    expect(await Promise.all([pool.decrypt(good), pool.decrypt('AAAA'), pool.decrypt(good)])).toEqual([
      'good',
      null,
      'good',
    ]);
    await pool.close();
  });

  it('fails what is waiting when it is closed', async () => {
    const pool = createCryptoPool(keys, 1);
    const waiting = Promise.allSettled(Array.from({ length: 200 }, () => pool.encrypt('x')));
    await pool.close();
    expect((await waiting).some((result) => result.status === 'rejected')).toBe(true);
  });
});
