/** What is made of a server's habits: nothing replaced, nothing cut, and no guess where it cannot be known. */
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boundaryHook } from '../../src/base/boundary.ts';
import type { RemoteFolder, ServerTraits } from '../../src/remote/port.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import type { SftpCharacter } from '../../src/sandbox/sftp-server.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const code = (name: string, more: object = {}): object => expect.objectContaining({ code: name, ...more });
const bytes = randomBytes(300_000);

let server: EmbeddedSftp;
let folder: RemoteFolder;
let spool: string;
const inside = (name: string): string => join(server.root, name);
const local = (name = 'arrival-1'): string => join(spool, name);
const put = () => folder.put(local('ack'), '/out/Ack.csv');
const out = () => readdir(inside('out'));

beforeEach(async () => {
  spool = await mkdtemp(join(tmpdir(), 'tidegate-'));
  await writeFile(local('ack'), bytes);
});
afterEach(async () => {
  Reflect.deleteProperty(globalThis, boundaryHook);
  await folder.close();
  await server.stop();
  await rm(spool, { recursive: true, force: true });
});

/** A server of this character, and a folder that knows it. */
async function start(character: Partial<SftpCharacter>): Promise<ServerTraits> {
  server = await startEmbeddedSftp(['in', 'out', 'processed'], character);
  await writeFile(inside('in/a.csv'), bytes);
  folder = openSftpFolder(server.options());
  const traits = await folder.probe('/out');
  folder.adapt(traits);
  return traits;
}

const noSuchFile = { answer: 'failure', code: 2 } as const;

describe('where renaming replaces and links refuse', () => {
  beforeEach(() => start({ rename: 'replaces', extensions: ['hardlink@openssh.com'] }));

  test('a name that is taken between look and rename is not replaced by an upload', async () => {
    await writeFile(inside('out/Ack.csv'), 'theirs');
    server.faults.next('LSTAT', noSuchFile, { path: /Ack\.csv$/ });
    await expect(put()).rejects.toEqual(code('REMOTE_EXISTS'));
    expect(await out()).toEqual(['Ack.csv']);
    expect(await readFile(inside('out/Ack.csv'), 'utf8')).toBe('theirs');
  });

  test('nor by a move', async () => {
    await writeFile(inside('processed/a.csv'), 'theirs');
    server.faults.next('LSTAT', noSuchFile, { path: /processed/ });
    await expect(folder.move('/in/a.csv', '/processed/a.csv')).rejects.toEqual(code('REMOTE_EXISTS'));
    expect(await readFile(inside('processed/a.csv'), 'utf8')).toBe('theirs');
    expect(await readdir(inside('in'))).toEqual(['a.csv']);
  });

  test('a file of somebody else, which may not be linked, is renamed', async () => {
    server.faults.next('EXTENDED', { answer: 'failure', code: 3 });
    await folder.move('/in/a.csv', '/processed/a.csv');
    expect([await readdir(inside('in')), await readdir(inside('processed'))]).toEqual([[], ['a.csv']]);
  });

  test.each(['EXTENDED', 'REMOVE'] as const)(
    'an upload whose %s lost its answer counts as done',
    async (request) => {
      // The first removal clears away what an earlier try may have left.
      server.faults.next(request, { answer: 'reply-lost' }, { skip: request === 'REMOVE' ? 1 : 0 });
      await put();
      expect(await out()).toEqual(['Ack.csv']);
      expect((await readFile(inside('out/Ack.csv'))).equals(bytes)).toBe(true);
    },
  );
});

describe('where renaming replaces and nothing refuses', () => {
  beforeEach(() => start({ rename: 'replaces' }));

  test('a taken name is seen beforehand', async () => {
    await writeFile(inside('out/Ack.csv'), 'theirs');
    await expect(put()).rejects.toEqual(code('REMOTE_EXISTS'));
    await writeFile(inside('processed/a.csv'), 'theirs');
    await expect(folder.move('/in/a.csv', '/processed/a.csv')).rejects.toEqual(code('REMOTE_EXISTS'));
    expect(await readFile(inside('processed/a.csv'), 'utf8')).toBe('theirs');
  });

  test('an upload that somebody replaces in the same moment does not count', async () => {
    await folder.close();
    const replaceOurs = (point: string): void => {
      if (point === 'remote.rename /out:after') writeFileSync(inside('out/Ack.csv'), 'theirs');
    };
    Reflect.set(globalThis, boundaryHook, replaceOurs);
    folder = openSftpFolder(server.options());
    await expect(put()).rejects.toEqual(code('REMOTE_EXISTS'));
    expect(await out()).toEqual(['Ack.csv']);
  });
});

describe('where sizes cannot be trusted', () => {
  beforeEach(() => start({ statedSize: () => 7 }));

  test('an early end of the file is noticed by the second reading', async () => {
    server.faults.next('READ', { answer: 'eof' }, { skip: 1, times: 2 });
    await expect(folder.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(
      code('REMOTE_CHANGED', { retry: 'later' }),
    );
    expect(await readdir(spool)).toEqual(['ack']);
  });

  test('no more is read than is allowed', async () => {
    await expect(folder.fetch('/in/a.csv', local(), bytes.length - 1)).rejects.toEqual(
      code('FILE_TOO_LARGE'),
    );
    expect(await readdir(spool)).toEqual(['ack']);
  });

  test('dropped bytes of an upload are noticed', async () => {
    server.faults.next('WRITE', { answer: 'drop-bytes' }, { skip: 9 });
    await expect(put()).rejects.toEqual(code('REMOTE_UNVERIFIED'));
    expect(await out()).toEqual([]);
  });

  test('a file that only begins like ours is not taken for ours', async () => {
    await writeFile(inside('out/Ack.csv'), Buffer.concat([bytes, Buffer.from('and more')]));
    await expect(put()).rejects.toEqual(code('REMOTE_EXISTS'));
  });
});

describe('a probe', () => {
  test.each([
    ['WRITE', 'failure', 'REMOTE_FAILED'],
    ['WRITE', 'drop-bytes', 'REMOTE_UNVERIFIED'],
    ['LSTAT', 'failure', 'REMOTE_FAILED'],
  ] as const)(
    'that cannot be made (%s: %s) says so and leaves nothing behind',
    async (request, answer, expected) => {
      await start({});
      server.faults.next(request, { answer });
      await expect(folder.probe('/out')).rejects.toEqual(code(expected));
      expect(await out()).toEqual([]);
    },
  );

  test('that is cut off is no answer, and the next one cleans up after it', async () => {
    await start({});
    server.faults.next('RENAME', { answer: 'disconnect' });
    await expect(folder.probe('/out')).rejects.toEqual(code('REMOTE_UNREACHABLE'));
    expect(await out()).not.toEqual([]);
    await folder.probe('/out');
    expect(await out()).toEqual([]);
  });

  test('meets the deadline of a server that falls mute in the middle', async () => {
    await start({});
    await folder.close();
    folder = openSftpFolder(server.options({ deadlines: { callMs: 200, closeMs: 200 } }));
    server.faults.next('RENAME', { answer: 'mute' });
    await expect(folder.probe('/out')).rejects.toEqual(code('REMOTE_DEADLINE'));
  });

  test('takes a rename for a replacing one that fails and does away with a file all the same', async () => {
    await start({});
    await folder.close();
    const taken = inside('out/.tidegate-probe.first.part');
    Reflect.set(globalThis, boundaryHook, (point: string) => {
      if (point === 'remote.rename /out:before') rmSync(taken);
    });
    server.faults.next('RENAME', { answer: 'failure' });
    folder = openSftpFolder(server.options());
    expect(await folder.probe('/out')).toMatchObject({ renameOntoExisting: 'replaces' });
  });

  test('tries a login that is refused once, and works on', async () => {
    expect(await start({ sessions: 2 })).toMatchObject({ sessions: 2 });
    expect(server.connections).toBe(3);
    expect(server.refusedLogins).toBe(0);
    expect(await folder.list('/out')).toEqual([]);
    expect(server.connections).toBe(3);
  });

  test('names another server once the host key has changed', async () => {
    await start({});
    const before = await folder.identity();
    await folder.close();
    const next = server.swapHostKey();
    folder = openSftpFolder(server.options({ hostKeys: [next] }));
    const after = await folder.identity();
    expect(after).toContain(next);
    expect(after).not.toBe(before);
  });
});
