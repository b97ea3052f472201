/** The embedded server, seen by a client that is not ours, and by one with bad intentions. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import SftpClient from 'ssh2-sftp-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

let server: EmbeddedSftp;
let home: string;

beforeEach(async () => {
  server = await startEmbeddedSftp();
  home = await mkdtemp(join(tmpdir(), 'tidegate-'));
});
afterEach(async () => {
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

async function connected(): Promise<SftpClient> {
  const quiet = (): void => undefined;
  const client = new SftpClient('test', { error: quiet, end: quiet, close: quiet });
  const { host, port, user: username, password } = server;
  await client.connect({ host, port, username, password });
  return client;
}

test('a user cannot leave the root, by dots or by links', async () => {
  await writeFile(join(home, 'secret'), 'secret');
  await symlink(home, join(server.root, 'in/way-out'));
  await symlink(join(home, 'secret'), join(server.root, 'in/link'));
  const client = await connected();
  expect(await client.realPath('/../../..')).toBe('/');
  for (const path of ['/in/way-out/secret', '/in/link']) {
    await expect(client.get(path)).rejects.toThrow();
    await expect(client.put(Buffer.from('x'), path)).rejects.toThrow();
  }
  await expect(client.list('/in/way-out')).rejects.toThrow();
  await expect(client.rename('/in/link', '/in/way-out/moved')).rejects.toThrow();
  await expect(client.get(`/..${home}/secret`)).rejects.toThrow();
  await client.end();
  expect(await readdir(home)).toEqual(['secret']);
  expect(await readFile(join(home, 'secret'), 'utf8')).toBe('secret');
});

test('works with ssh2-sftp-client as it comes', async () => {
  const bytes = randomBytes(200_000);
  const client = await connected();
  await client.put(bytes, '/in/a.csv');
  await client.append(Buffer.from('more'), '/in/a.csv');
  await client.mkdir('/in/sub');
  await client.rename('/in/a.csv', '/in/sub/b.csv');
  await expect(client.rename('/in/sub/b.csv', '/in/sub')).rejects.toThrow();
  const got = (await client.get('/in/sub/b.csv')) as Buffer;
  expect(got.equals(Buffer.concat([bytes, Buffer.from('more')]))).toBe(true);
  await client.chmod('/in/sub/b.csv', 0o600);
  expect(await client.stat('/in/sub/b.csv')).toMatchObject({ isFile: true, size: 200_004 });
  await client.delete('/in/sub/b.csv');
  await client.rmdir('/in/sub');
  expect(await client.list('/in')).toEqual([]);
  await client.end();
});

const sftpCommand = '/usr/bin/sftp';
const hasCommand = existsSync(sftpCommand);
if (!hasCommand)
  process.stderr.write(`\n!!! SKIPPED: no ${sftpCommand}, the embedded server is not tried with it\n\n`);

test.skipIf(!hasCommand)('works with the sftp command of OpenSSH', async () => {
  const bytes = randomBytes(500_000);
  await mkdir(join(home, 'back'));
  await writeFile(join(home, 'a.csv'), bytes);
  await writeFile(join(home, 'key'), server.privateKey, { mode: 0o600 });
  const commands = [
    `put ${home}/a.csv /in/a.csv.part`,
    'rename /in/a.csv.part /in/a.csv',
    'ls -l /in',
    `get -p /in/a.csv ${home}/back/`,
    'mkdir /in/sub',
    'rmdir /in/sub',
    'bye',
  ];
  await writeFile(join(home, 'batch'), `${commands.join('\n')}\n`);
  const options = ['UserKnownHostsFile=/dev/null', 'StrictHostKeyChecking=no', 'IdentitiesOnly=yes'];
  const flags = options.flatMap((option) => ['-o', option]);
  const files = ['-b', join(home, 'batch'), '-i', join(home, 'key'), '-P', String(server.port)];
  const { stdout } = await promisify(execFile)(sftpCommand, [
    ...flags,
    ...files,
    `${server.user}@${server.host}`,
  ]);
  expect(stdout).toMatch(/-rw.* 500000 .*a\.csv/);
  expect((await readFile(join(home, 'back/a.csv'))).equals(bytes)).toBe(true);
  expect(await readdir(join(server.root, 'in'))).toEqual(['a.csv']);
});
