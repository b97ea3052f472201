import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLocalFolder } from '../../src/remote/local.ts';
import type { RemoteFolder } from '../../src/remote/port.ts';

const refused = expect.objectContaining({ code: 'REMOTE_FAILED' });

let home: string;
let folder: RemoteFolder;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidegate-'));
  await mkdir(join(home, 'root/in'), { recursive: true });
  await mkdir(join(home, 'outside'));
  await writeFile(join(home, 'outside/secret'), 'secret');
  await writeFile(join(home, 'mine'), 'mine');
  await symlink(join(home, 'outside'), join(home, 'root/way-out'));
  folder = openLocalFolder({ root: join(home, 'root') });
});
afterEach(() => rm(home, { recursive: true, force: true }));

test.each([
  '/../outside/secret',
  '/in/../../outside/secret',
  '/in/..',
  '/way-out/secret',
  'in/a.csv',
  '/in//a.csv',
  '/./in/a.csv',
  '/in/a\0.csv',
])('%j cannot be reached in any way', async (path) => {
  await expect(folder.stat(path)).rejects.toEqual(refused);
  await expect(folder.fetch(path, join(home, 'spool'), 100)).rejects.toEqual(refused);
  await expect(folder.put(join(home, 'mine'), path)).rejects.toEqual(refused);
  await expect(folder.move(path, '/in/b')).rejects.toEqual(refused);
  await expect(folder.remove(path)).rejects.toEqual(refused);
  expect(await readFile(join(home, 'outside/secret'), 'utf8')).toBe('secret');
  expect(await readdir(join(home, 'outside'))).toEqual(['secret']);
});

test('a link to a folder outside is not listed', async () => {
  await expect(folder.list('/way-out')).rejects.toEqual(refused);
  expect(await folder.list('/')).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'way-out', kind: 'other' })]),
  );
});

test('a target outside cannot be moved to', async () => {
  await writeFile(join(home, 'root/in/a.csv'), 'abc');
  await expect(folder.move('/in/a.csv', '/way-out/a.csv')).rejects.toEqual(refused);
  expect(await readdir(join(home, 'outside'))).toEqual(['secret']);
});

test('works in a root that is itself reached by a link', async () => {
  await symlink(join(home, 'root'), join(home, 'linked'));
  await writeFile(join(home, 'root/in/a.csv'), 'abc');
  expect(await openLocalFolder({ root: join(home, 'linked') }).stat('/in/a.csv')).toMatchObject({ size: 3 });
});
