import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { generateKeyPair } from '../../src/remote/keygen.ts';

test('every generated key can be read back, and signs what its public half verifies', () => {
  for (let i = 0; i < 200; i++) {
    const pair = generateKeyPair('tidegate@example.com');
    const privateKey = ssh2.utils.parseKey(pair.privateKey);
    const publicKey = ssh2.utils.parseKey(pair.publicKey);
    if (privateKey instanceof Error || publicKey instanceof Error) throw new Error('unreadable key');
    const data = Buffer.from(`message ${i}`);
    expect(publicKey.verify(data, privateKey.sign(data))).toBe(true);
  }
});

test('the text is in OpenSSH format, with the comment in the public line', () => {
  const pair = generateKeyPair('tidegate@example.com');
  expect(pair.privateKey).toMatch(
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n[\s\S]+-----END OPENSSH PRIVATE KEY-----\n$/,
  );
  expect(pair.publicKey).toMatch(/^ssh-ed25519 \S+ tidegate@example\.com$/);
  expect(pair.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

test('a comment of several lines is refused: it would add a second key', () => {
  expect(() => generateKeyPair('a\nssh-ed25519 AAAA')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
