/** Servers that fail, stall, lie or lose their answers. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFolder } from '../../src/remote/port.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import type { SftpRequest } from '../../src/sandbox/sftp-server.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const code = (name: string, more: object = {}): object => expect.objectContaining({ code: name, ...more });
const bytes = randomBytes(300_000);

let server: EmbeddedSftp;
let folder: RemoteFolder;
let spool: string;
const inside = (name: string): string => join(server.root, name);
const local = (name = 'arrival-1'): string => join(spool, name);

beforeEach(async () => {
  server = await startEmbeddedSftp(['in', 'out', 'processed']);
  folder = openSftpFolder(server.options());
  spool = await mkdtemp(join(tmpdir(), 'tidegate-'));
  await writeFile(inside('in/a.csv'), bytes);
  await writeFile(join(spool, 'ack'), bytes);
});
afterEach(async () => {
  await folder.close();
  await server.stop();
  await rm(spool, { recursive: true, force: true });
});

/** A folder that loses patience at once, for servers that say nothing. */
function impatient(): RemoteFolder {
  const made = openSftpFolder(
    server.options({ deadlines: { callMs: 300, connectMs: 5_000, closeMs: 1_000 } }),
  );
  folder = made;
  return made;
}

describe('a server that says nothing', () => {
  const calls: [SftpRequest, (remote: RemoteFolder) => Promise<unknown>][] = [
    ['READ', (remote) => remote.fetch('/in/a.csv', local(), 1e6)],
    ['OPEN', (remote) => remote.fetch('/in/a.csv', local(), 1e6)],
    ['LSTAT', (remote) => remote.stat('/in/a.csv')],
    ['OPENDIR', (remote) => remote.list('/in')],
    ['READDIR', (remote) => remote.list('/in')],
    ['WRITE', (remote) => remote.put(join(spool, 'ack'), '/out/Ack.csv')],
    ['CLOSE', (remote) => remote.put(join(spool, 'ack'), '/out/Ack.csv')],
    ['REMOVE', (remote) => remote.remove('/in/a.csv')],
    ['RENAME', (remote) => remote.put(join(spool, 'ack'), '/out/Ack.csv')],
  ];

  test.each(calls)(
    'meets the deadline at %s, and the next call makes a new connection',
    async (request, call) => {
      server.faults.next(request, { answer: 'mute' });
      const remote = impatient();
      await expect(call(remote)).rejects.toEqual(code('REMOTE_DEADLINE', { retry: 'later' }));
      expect((await readdir(spool)).filter((name) => name !== 'ack')).toEqual([]);
      await call(remote);
      expect(server.connections).toBe(2);
    },
  );

  test('meets a deadline also when it answers all the time and gives next to nothing', async () => {
    server.faults.next('READ', { answer: 'drip' }, { times: Number.POSITIVE_INFINITY });
    const remote = openSftpFolder(server.options({ deadlines: { callMs: 50, connectMs: 5_000 } }));
    folder = remote;
    await expect(remote.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(
      code('REMOTE_DEADLINE', { message: expect.stringContaining('completed nothing') }),
    );
    expect(await readdir(spool)).toEqual(['ack']);
  });

  test('takes the other calls on that connection down with it, to be tried later', async () => {
    server.faults.next('READ', { answer: 'mute' }, { times: Number.POSITIVE_INFINITY });
    const remote = impatient();
    const results = await Promise.allSettled([
      remote.fetch('/in/a.csv', local(), 1e6),
      remote.fetch('/in/a.csv', local('second'), 1e6),
      remote.fetch('/in/a.csv', local('third'), 1e6),
    ]);
    expect(results.map((result) => result.status === 'rejected' && result.reason.retry)).toEqual([
      'later',
      'later',
      'later',
    ]);
  });
});

describe('downloads', () => {
  test('an early end of the file is noticed', async () => {
    server.faults.next('READ', { answer: 'eof' }, { skip: 2, times: Number.POSITIVE_INFINITY });
    await expect(folder.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(
      code('REMOTE_CHANGED', { retry: 'later' }),
    );
    expect(await readdir(spool)).toEqual(['ack']);
  });

  test('short answers are made up for', async () => {
    server.faults.next('READ', { answer: 'eof' }, { skip: 2 });
    await folder.fetch('/in/a.csv', local(), 1e6);
    expect((await readFile(local())).equals(bytes)).toBe(true);
  });

  test('a file that grew or shrank meanwhile is noticed', async () => {
    for (const size of [bytes.length + 1, bytes.length - 1]) {
      server.faults.next('LSTAT', { answer: 'size', size }, { skip: 1 });
      await expect(folder.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(code('REMOTE_CHANGED'));
      server.faults.next('LSTAT', { answer: 'size', size });
      await expect(folder.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(code('REMOTE_CHANGED'));
    }
    expect(await readdir(spool)).toEqual(['ack']);
  });

  test('a file that vanishes meanwhile is missing, and nothing is kept', async () => {
    server.faults.next('LSTAT', { answer: 'failure', code: 2 }, { skip: 1 });
    await expect(folder.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(code('REMOTE_MISSING'));
    expect(await readdir(spool)).toEqual(['ack']);
  });

  test.each(['failure', 'disconnect'] as const)('a %s in the middle keeps nothing', async (answer) => {
    server.faults.next('READ', { answer }, { skip: 1 });
    await expect(folder.fetch('/in/a.csv', local(), 1e6)).rejects.toEqual(
      expect.objectContaining({ retry: 'later' }),
    );
    expect(await readdir(spool)).toEqual(['ack']);
    await folder.fetch('/in/a.csv', local(), 1e6);
    expect((await readFile(local())).equals(bytes)).toBe(true);
  });
});

describe('uploads', () => {
  const put = (): Promise<unknown> => folder.put(join(spool, 'ack'), '/out/Ack.csv');
  const out = (): Promise<string[]> => readdir(inside('out'));

  test('a failed write is an error, not a short file', async () => {
    server.faults.next('WRITE', { answer: 'failure' }, { skip: 3 });
    await expect(put()).rejects.toEqual(code('REMOTE_FAILED', { retry: 'later' }));
    expect(await out()).toEqual([]);
  });

  test.each([0, 4, 9])('write %i answered with OK but dropped is noticed', async (skip) => {
    server.faults.next('WRITE', { answer: 'drop-bytes' }, { skip });
    await expect(put()).rejects.toEqual(code('REMOTE_UNVERIFIED', { retry: 'later' }));
    expect(await out()).toEqual([]);
  });

  test('dropped bytes are noticed even when the server lies about the size', async () => {
    server.faults.next('WRITE', { answer: 'drop-bytes' }, { skip: 9 });
    server.faults.next('LSTAT', { answer: 'size', size: bytes.length }, { path: /\.part$/ });
    await expect(put()).rejects.toEqual(code('REMOTE_UNVERIFIED'));
    expect(await out()).toEqual([]);
  });

  test('a failure on closing is an error', async () => {
    server.faults.next('CLOSE', { answer: 'failure' });
    await expect(put()).rejects.toEqual(code('REMOTE_FAILED'));
    expect(await out()).toEqual([]);
  });

  test('a rename whose answer is lost counts as done', async () => {
    server.faults.next('RENAME', { answer: 'reply-lost' });
    await put();
    expect(await out()).toEqual(['Ack.csv']);
    expect((await readFile(inside('out/Ack.csv'))).equals(bytes)).toBe(true);
  });

  test('a rename that comes about late never moves a half-written file, since what it moves is not written again', async () => {
    impatient();
    // Later than a busy machine needs for the tries in between.
    server.faults.next('RENAME', { answer: 'late', ms: 3_000 });
    await expect(put()).rejects.toEqual(code('REMOTE_DEADLINE'));
    expect(await out()).toEqual([expect.stringMatching(/\.part$/)]);
    // What a next try would write would be cut off here.
    server.faults.next('WRITE', { answer: 'disconnect' }, { skip: 2 });
    await put().catch(() => undefined);
    await expect.poll(out, { timeout: 15_000 }).toEqual(['Ack.csv']);
    expect((await readFile(inside('out/Ack.csv'))).equals(bytes)).toBe(true);
  });

  test('a refused rename leaves nothing, and can be tried again', async () => {
    server.faults.next('RENAME', { answer: 'failure' });
    await expect(put()).rejects.toEqual(code('REMOTE_FAILED', { retry: 'later' }));
    expect(await out()).toEqual([]);
    await put();
    expect(await out()).toEqual(['Ack.csv']);
  });

  test('a name that is taken between look and rename is not replaced', async () => {
    await writeFile(inside('out/Ack.csv'), 'theirs');
    server.faults.next('LSTAT', { answer: 'failure', code: 2 }, { path: /Ack\.csv$/ });
    await expect(put()).rejects.toEqual(code('REMOTE_EXISTS'));
    expect(await out()).toEqual(['Ack.csv']);
    expect(await readFile(inside('out/Ack.csv'), 'utf8')).toBe('theirs');
  });

  test('a status other than "no such file" does not count as free name', async () => {
    await writeFile(inside('out/Ack.csv'), 'theirs');
    server.faults.next('LSTAT', { answer: 'failure', code: 4 });
    await expect(put()).rejects.toEqual(code('REMOTE_FAILED'));
    expect(await readFile(inside('out/Ack.csv'), 'utf8')).toBe('theirs');
  });
});

describe('moves', () => {
  const move = (): Promise<void> => folder.move('/in/a.csv', '/processed/a-1.csv');

  test('applied with the answer lost: counts as done', async () => {
    server.faults.next('RENAME', { answer: 'reply-lost' });
    await move();
    expect(await readdir(inside('in'))).toEqual([]);
    expect((await readFile(inside('processed/a-1.csv'))).equals(bytes)).toBe(true);
  });

  test.each(['failure', 'disconnect'] as const)(
    '%s before it happened: nothing moved, to be tried later',
    async (answer) => {
      server.faults.next('RENAME', { answer });
      await expect(move()).rejects.toEqual(expect.objectContaining({ retry: 'later' }));
      expect(await readdir(inside('in'))).toEqual(['a.csv']);
      await move();
    },
  );

  test('a server that would replace is not given the chance', async () => {
    await writeFile(inside('processed/a-1.csv'), 'kept');
    server.faults.next('RENAME', { answer: 'replace' });
    await expect(move()).rejects.toEqual(code('REMOTE_EXISTS'));
    expect(await readFile(inside('processed/a-1.csv'), 'utf8')).toBe('kept');
  });

  test('when neither side can be seen after an error, it is in doubt', async () => {
    server.faults.next('RENAME', { answer: 'reply-lost' });
    server.faults.next('LSTAT', { answer: 'failure' }, { skip: 2, times: 2 });
    await expect(move()).rejects.toEqual(code('REMOTE_FAILED', { retry: 'in-doubt' }));
  });
});

describe('listings', () => {
  const file = 0o100644;

  test('forged names come back raw, to be judged by those who use them', async () => {
    const names = ['../../etc/x', 'a\0b', 'a\nb', '', '/etc/passwd', 'x\u202efdp'];
    server.faults.next('READDIR', {
      answer: 'entries',
      entries: names.map((name) => ({ name, mode: file, size: 1 })),
    });
    const listed = await folder.list('/in');
    expect(listed.slice(0, names.length).map((entry) => entry.name)).toEqual(names);
  });

  test('only the mode decides what is a file', async () => {
    const modes = {
      link: 0o120777,
      socket: 0o140777,
      fifo: 0o010644,
      device: 0o020644,
      none: 0,
      folder: 0o040755,
    };
    const entries = Object.entries(modes).map(([name, mode]) => ({ name, mode, size: 1 }));
    server.faults.next('READDIR', { answer: 'entries', entries });
    const listed = await folder.list('/in');
    const kinds = Object.fromEntries(
      listed.slice(0, entries.length).map((entry) => [entry.name, entry.kind]),
    );
    expect(kinds).toEqual({
      link: 'other',
      socket: 'other',
      fifo: 'other',
      device: 'other',
      none: 'other',
      folder: 'folder',
    });
  });

  test('a folder without end is cut off', async () => {
    const entries = Array.from({ length: 1_000 }, (_, i) => ({ name: `f${i}`, mode: file, size: 1 }));
    server.faults.next('READDIR', { answer: 'entries', entries }, { times: Number.POSITIVE_INFINITY });
    await expect(folder.list('/in')).rejects.toEqual(
      code('REMOTE_FAILED', { message: expect.stringContaining('100000') }),
    );
  });

  test('a refused listing is an error, not an empty folder', async () => {
    for (const status of [2, 3, 4]) {
      server.faults.next('READDIR', { answer: 'failure', code: status });
      await expect(folder.list('/in')).rejects.toThrow();
    }
  });

  test('stat is null for "no such file" alone', async () => {
    for (const status of [3, 4, 5]) {
      server.faults.next('LSTAT', { answer: 'failure', code: status });
      await expect(folder.stat('/in/a.csv')).rejects.toEqual(code('REMOTE_FAILED'));
    }
    expect(await folder.stat('/in/none.csv')).toBeNull();
  });
});

test('a probe that fails leaves nothing behind', async () => {
  for (const request of ['WRITE', 'CLOSE', 'RENAME'] as const) {
    server.faults.next(request, { answer: 'failure' });
    await expect(folder.probeWritable('/out')).rejects.toEqual(code('REMOTE_FAILED'));
  }
  expect(await readdir(inside('out'))).toEqual([]);
});
