import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { fingerprintOf, isTrusted, keyTypeOf, pinHostKeys } from '../../src/remote/host-keys.ts';
import { generateKeyPair } from '../../src/remote/keygen.ts';

const line = generateKeyPair('host').publicKey.split(' ').slice(0, 2).join(' ');
const key = Buffer.from(line.split(' ')[1] ?? '', 'base64');
const server = { host: 'sftp.example.com', port: 22 };
const odd = { host: 'sftp.example.com', port: 2222 };

function hashed(name: string): string {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

test('the fingerprint is the one that ssh-keygen prints', () => {
  const known = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  expect(fingerprintOf(Buffer.from(known, 'base64'))).toBe(
    'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  );
  expect(keyTypeOf(Buffer.from(known, 'base64'))).toBe('ssh-ed25519');
});

test.each([
  ['a plain name', server, `sftp.example.com ${line}`],
  ['one of several names', server, `192.0.2.1,SFTP.example.com ${line} comment`],
  ['a pattern', server, `*.example.com ${line}`],
  ['a hashed name', server, `${hashed('sftp.example.com')} ${line}`],
  ['another port', odd, `[sftp.example.com]:2222 ${line}`],
  ['a hashed name with a port', odd, `${hashed('[sftp.example.com]:2222')} ${line}`],
])('known_hosts with %s trusts the key', (_, target, text) => {
  const pins = pinHostKeys(target, [], `# comment\n\n${text}\r\n`);
  expect(isTrusted(key, pins)).toBe(true);
  expect(pins.types).toEqual(['ssh-ed25519']);
});

test.each([
  ['another host', `other.example.com ${line}`],
  ['another port', `[sftp.example.com]:2222 ${line}`],
  ['a hash of another host', `${hashed('other.example.com')} ${line}`],
  ['an excluded host', `*.example.com,!sftp.example.com ${line}`],
  ['a certificate authority', `@cert-authority sftp.example.com ${line}`],
  ['a comment', `#sftp.example.com ${line}`],
  ['a broken key', `sftp.example.com ssh-ed25519 AAAA`],
  ['nothing', ''],
])('known_hosts with %s does not', (_, text) => {
  expect(isTrusted(key, pinHostKeys(server, [], text))).toBe(false);
});

test('a revoked key is refused even when it is pinned', () => {
  const text = `sftp.example.com ${line}\n@revoked * ${line}`;
  expect(isTrusted(key, pinHostKeys(server, [fingerprintOf(key)], text))).toBe(false);
});

test('several fingerprints may be pinned, with or without padding', () => {
  const other = fingerprintOf(Buffer.from('other'));
  expect(isTrusted(key, pinHostKeys(server, [other, `${fingerprintOf(key)}=`], ''))).toBe(true);
  expect(isTrusted(key, pinHostKeys(server, [other], ''))).toBe(false);
});
