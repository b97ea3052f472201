/** Servers of other habits, seen by a client that is not ours. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SFTPWrapper } from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { afterEach, expect, test, vi } from 'vitest';
import type { SftpCharacter } from '../../src/sandbox/sftp-server.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const quiet = (): void => undefined;
let server: EmbeddedSftp;
const clients: SftpClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(quiet);
  await server.stop();
});

async function login(): Promise<SFTPWrapper> {
  const client = new SftpClient('test', { error: quiet, end: quiet, close: quiet });
  clients.push(client);
  const { host, port, user: username, password } = server;
  return client.connect({ host, port, username, password });
}

async function start(character: Partial<SftpCharacter>): Promise<SFTPWrapper> {
  server = await startEmbeddedSftp(['in'], character);
  for (const name of ['a', 'b']) await writeFile(join(server.root, 'in', name), `this is ${name}`);
  return login();
}

const call = (send: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => send((error) => (error ? reject(error) : resolve())));
const content = (name: string): Promise<string> => readFile(join(server.root, 'in', name), 'utf8');

test('a taken name is refused by a plain rename, or replaced', async () => {
  const refusing = await start({});
  await expect(call((done) => refusing.rename('/in/a', '/in/b', done))).rejects.toThrow();
  expect(await content('b')).toBe('this is b');
  await server.stop();
  const replacing = await start({ rename: 'replaces' });
  await call((done) => replacing.rename('/in/a', '/in/b', done));
  expect(await content('b')).toBe('this is a');
});

test('extensions are announced and served, or neither', async () => {
  const plain = await start({});
  expect(() => plain.ext_openssh_rename('/in/a', '/in/b', quiet)).toThrow();
  expect(() => plain.ext_openssh_hardlink('/in/a', '/in/b', quiet)).toThrow();
  await server.stop();
  const rich = await start({ extensions: ['posix-rename@openssh.com', 'hardlink@openssh.com'] });
  await expect(call((done) => rich.ext_openssh_hardlink('/in/a', '/in/b', done))).rejects.toThrow();
  await call((done) => rich.ext_openssh_hardlink('/in/a', '/in/c', done));
  expect([await content('a'), await content('c')]).toEqual(['this is a', 'this is a']);
  await call((done) => rich.ext_openssh_rename('/in/a', '/in/b', done));
  expect(await content('b')).toBe('this is a');
});

test.each([
  ['minutes', (time: number) => time > 0 && time % 60 === 0],
  ['none', (time: number) => time === 0],
] as const)('times in %s, and sizes as it likes, in listings as well', async (modifiedAt, holds) => {
  await start({ modifiedAt, statedSize: (bytes) => bytes + 512 });
  const [client] = clients;
  await mkdir(join(server.root, 'in', 'sub'));
  const listed = (await client?.list('/in')) ?? [];
  const file = listed.find(({ name }) => name === 'a');
  expect(file?.size).toBe(9 + 512);
  expect(holds((file?.modifyTime ?? -1) / 1000)).toBe(true);
  expect(await client?.stat('/in/a')).toMatchObject({ size: 9 + 512, modifyTime: file?.modifyTime });
});

test('only so many are let in at a time', async () => {
  await start({ sessions: 2 });
  await login();
  await expect(login()).rejects.toThrow();
  await clients[1]?.end();
  // The server notices a moment after the client.
  await vi.waitFor(() => login());
});
