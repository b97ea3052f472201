/** What every RemoteFolder must do, looped over all implementations. */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import type { RemoteFolder, ServerTraits } from '../../src/remote/port.ts';
import { uploadOf } from '../../src/remote/temporary.ts';

export interface Subject {
  folder: RemoteFolder;
  /** Remote path of an empty, writable folder. */
  remote: string;
  /** The same folder on this machine. */
  local: string;
  /** What a probe finds out. */
  traits: ServerTraits;
  /** What is stated for a file of so many bytes, and so old; the truth unless given. */
  statedSize?(bytes: number): number;
  statedTime?(ms: number): number;
  stop(): Promise<void>;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const code = (name: string): object => expect.objectContaining({ code: name });

export function conformance(name: string, start: () => Promise<Subject>): void {
  describe(`RemoteFolder: ${name}`, () => {
    let subject: Subject;
    let spool: string;
    const at = (file: string): string => `${subject.remote}/${file}`;
    const here = (file: string): string => join(subject.local, file);
    const statedSize = (bytes: number): number => subject.statedSize?.(bytes) ?? bytes;
    const statedTime = (ms: number): number => subject.statedTime?.(ms) ?? ms;
    const names = async (): Promise<string[]> => (await readdir(subject.local)).sort();

    beforeAll(async () => {
      subject = await start();
      // All else must hold whatever the server is like, once that is known.
      subject.folder.adapt(await subject.folder.probe(subject.remote));
    });
    afterAll(async () => {
      await subject.folder.close();
      await subject.stop();
    });
    beforeEach(async () => {
      spool = await mkdtemp(join(tmpdir(), 'tidegate-'));
    });
    afterEach(async () => {
      await rm(spool, { recursive: true, force: true });
      for (const entry of await names()) await rm(here(entry), { recursive: true, force: true });
    });

    test('lists files, folders and links, with raw names and sizes', async () => {
      await writeFile(here('a.csv'), 'abc');
      await writeFile(here('=two words\n.csv'), '');
      await mkdir(here('sub'));
      await symlink('a.csv', here('link.csv'));
      const entries = await subject.folder.list(subject.remote);
      const seen = Object.fromEntries(entries.map((entry) => [entry.name, entry.kind]));
      expect(seen).toEqual({
        'a.csv': 'file',
        '=two words\n.csv': 'file',
        sub: 'folder',
        'link.csv': 'other',
      });
      const file = entries.find((entry) => entry.name === 'a.csv');
      const { mtimeMs } = await stat(here('a.csv'));
      expect(file?.size).toBe(statedSize(3));
      expect(Math.abs((file?.modifiedAt ?? 0) - statedTime(mtimeMs))).toBeLessThan(1000);
    });

    test('lists more entries than fit one answer', async () => {
      const wanted = Array.from({ length: 350 }, (_, i) => `file-${i}.csv`).sort();
      await Promise.all(wanted.map((file) => writeFile(here(file), file)));
      const entries = await subject.folder.list(subject.remote);
      expect(entries.map((entry) => entry.name).sort()).toEqual(wanted);
    });

    test('a folder that is not there is REMOTE_MISSING', async () => {
      await expect(subject.folder.list(at('none'))).rejects.toEqual(code('REMOTE_MISSING'));
    });

    test('a folder that is not there is to be created, whatever is done in it', async () => {
      await writeFile(join(spool, 'ack'), 'x');
      const { folder } = subject;
      const missing = { subject: at('none'), fix: expect.stringContaining('Create the folder') };
      const expected = expect.objectContaining({ code: 'REMOTE_MISSING', ...missing });
      await expect(folder.list(at('none'))).rejects.toEqual(expected);
      await expect(folder.put(join(spool, 'ack'), at('none/Ack.csv'))).rejects.toEqual(expected);
      await expect(folder.make(at('none/mark'), 'x')).rejects.toEqual(expected);
      await expect(folder.probeWritable(at('none'))).rejects.toEqual(expected);
      await writeFile(here('a.csv'), 'abc');
      await expect(folder.move(at('a.csv'), at('none/a.csv'))).rejects.toEqual(expected);
    });

    test('stat tells what is there, and null only when nothing is', async () => {
      await writeFile(here('a.csv'), 'abcd');
      await symlink('/etc/passwd', here('link'));
      expect(await subject.folder.stat(at('a.csv'))).toMatchObject({
        ...{ kind: 'file', size: statedSize(4) },
      });
      expect(await subject.folder.stat(subject.remote)).toMatchObject({ kind: 'folder' });
      expect(await subject.folder.stat(at('link'))).toMatchObject({ kind: 'other' });
      expect(await subject.folder.stat(at('none.csv'))).toBeNull();
    });

    test.each([0, 1, 32_768, 261_120, 261_121, 5_000_003])('fetches %i bytes', async (size) => {
      const bytes = randomBytes(size);
      await writeFile(here('a.csv'), bytes);
      const target = join(spool, 'arrival-1');
      const got = await subject.folder.fetch(at('a.csv'), target, 10_000_000);
      expect(got).toEqual({ bytes: size, sha256: sha256(bytes) });
      expect((await readFile(target)).equals(bytes)).toBe(true);
      expect((await stat(target)).mode & 0o777).toBe(0o600);
    });

    test('fetches many files side by side', async () => {
      const files = Array.from({ length: 40 }, (_, i) => ({
        name: `f${i}.csv`,
        bytes: randomBytes(20_000 + i),
      }));
      await Promise.all(files.map((file) => writeFile(here(file.name), file.bytes)));
      const got = await Promise.all(
        files.map((file) => subject.folder.fetch(at(file.name), join(spool, file.name), 1_000_000)),
      );
      expect(got.map((file) => file.sha256)).toEqual(files.map((file) => sha256(file.bytes)));
    });

    test('makes a small file under a free name, and never over another one', async () => {
      await subject.folder.make(at('.mark'), 'one line\n');
      expect(await readFile(here('.mark'), 'utf8')).toBe('one line\n');
      await expect(subject.folder.make(at('.mark'), 'other')).rejects.toEqual(code('REMOTE_FAILED'));
      expect(await readFile(here('.mark'), 'utf8')).toBe('one line\n');
      expect((await subject.folder.list(subject.remote)).map(({ name }) => name)).toEqual(['.mark']);
    });

    test('leaves no local file when a fetch fails, and never writes over one', async () => {
      await writeFile(here('big.csv'), 'x'.repeat(101));
      const target = join(spool, 'arrival-1');
      await expect(subject.folder.fetch(at('big.csv'), target, 100)).rejects.toEqual(code('FILE_TOO_LARGE'));
      await expect(subject.folder.fetch(at('none.csv'), target, 100)).rejects.toEqual(code('REMOTE_MISSING'));
      expect(await readdir(spool)).toEqual([]);
      await writeFile(target, 'mine');
      await expect(subject.folder.fetch(at('big.csv'), target, 1000)).rejects.toEqual(code('SPOOL_FAILED'));
      expect(await readFile(target, 'utf8')).toBe('mine');
    });

    test('does not follow a symbolic link or read a folder', async () => {
      await writeFile(here('a.csv'), 'abc');
      await symlink('a.csv', here('link'));
      await mkdir(here('sub'));
      await expect(subject.folder.fetch(at('link'), join(spool, 'x'), 100)).rejects.toEqual(
        code('REMOTE_FAILED'),
      );
      await expect(subject.folder.fetch(at('sub'), join(spool, 'x'), 100_000)).rejects.toEqual(
        code('REMOTE_FAILED'),
      );
    });

    test.each([0, 1, 261_121, 3_000_001])('puts %i bytes under the final name only', async (size) => {
      const bytes = randomBytes(size);
      await writeFile(join(spool, 'ack'), bytes);
      const sent = await subject.folder.put(join(spool, 'ack'), at('Ack.csv'));
      expect(sent).toEqual({ bytes: size, sha256: sha256(bytes) });
      expect((await readFile(here('Ack.csv'))).equals(bytes)).toBe(true);
      expect(await names()).toEqual(['Ack.csv']);
    });

    test('putting the same bytes again is fine, other bytes are refused', async () => {
      await writeFile(join(spool, 'ack'), 'one');
      const first = await subject.folder.put(join(spool, 'ack'), at('Ack.csv'));
      expect(await subject.folder.put(join(spool, 'ack'), at('Ack.csv'))).toEqual(first);
      await writeFile(join(spool, 'other'), 'two');
      await expect(subject.folder.put(join(spool, 'other'), at('Ack.csv'))).rejects.toEqual(
        code('REMOTE_EXISTS'),
      );
      expect(await readFile(here('Ack.csv'), 'utf8')).toBe('one');
      expect(await names()).toEqual(['Ack.csv']);
    });

    test('puts under a name of full length', async () => {
      await writeFile(join(spool, 'ack'), 'x');
      const long = `${'n'.repeat(251)}.csv`;
      await subject.folder.put(join(spool, 'ack'), at(long));
      expect(await names()).toEqual([long]);
    });

    test('puts side by side what begins with the same long name', async () => {
      const ends = ['one', 'two', 'three', 'four'];
      const nameOf = (end: string) => `${'Settlement'.repeat(10)}-${end}.csv`;
      for (const end of ends) await writeFile(join(spool, end), end.repeat(50_000));
      await Promise.all(ends.map((end) => subject.folder.put(join(spool, end), at(nameOf(end)))));
      for (const end of ends) expect(await readFile(here(nameOf(end)), 'utf8')).toBe(end.repeat(50_000));
      expect(await names()).toEqual(ends.map(nameOf).sort());
    });

    test('moves into another folder', async () => {
      await mkdir(here('done'));
      await writeFile(here('a.csv'), 'abc');
      // The server may run as another user than the test.
      await chmod(here('done'), 0o777);
      await subject.folder.move(at('a.csv'), at('done/a-1.csv'));
      expect(await readFile(here('done/a-1.csv'), 'utf8')).toBe('abc');
      expect(await names()).toEqual(['done']);
    });

    test('never replaces a file by moving', async () => {
      await writeFile(here('a.csv'), 'abc');
      await writeFile(here('b.csv'), 'other');
      await expect(subject.folder.move(at('a.csv'), at('b.csv'))).rejects.toEqual(code('REMOTE_EXISTS'));
      expect(await readFile(here('b.csv'), 'utf8')).toBe('other');
      expect(await names()).toEqual(['a.csv', 'b.csv']);
    });

    test('moving what is gone is REMOTE_MISSING', async () => {
      await expect(subject.folder.move(at('none.csv'), at('b.csv'))).rejects.toEqual(code('REMOTE_MISSING'));
    });

    test('removes a file; a missing one is fine', async () => {
      await writeFile(here('a.csv'), 'abc');
      await subject.folder.remove(at('a.csv'));
      await subject.folder.remove(at('a.csv'));
      expect(await names()).toEqual([]);
    });

    test('writes an upload anew when what an earlier try left only begins like it', async () => {
      await writeFile(join(spool, 'ack'), 'a\nb\n');
      const left = uploadOf(at('Ack.csv'));
      await writeFile(here(posix.basename(left)), 'a\nb\nTRAILER\n');
      await chmod(here(posix.basename(left)), 0o666);
      await subject.folder.put(join(spool, 'ack'), at('Ack.csv'));
      expect(await readFile(here('Ack.csv'), 'utf8')).toBe('a\nb\n');
      expect(await names()).toEqual(['Ack.csv']);
    });

    test('leaves everything as it is when the permit is refused', async () => {
      const ended = new TidegateError('LEDGER_STALE', 'the lease has ended');
      const folder = subject.folder.permittedBy(() => {
        throw ended;
      });
      await writeFile(here('a.csv'), 'abc');
      await writeFile(join(spool, 'ack'), 'answer');
      await expect(folder.move(at('a.csv'), at('b.csv'))).rejects.toBe(ended);
      await expect(folder.remove(at('a.csv'))).rejects.toBe(ended);
      await expect(folder.put(join(spool, 'ack'), at('Ack.csv'))).rejects.toBe(ended);
      expect((await names()).filter((name) => !name.startsWith('.'))).toEqual(['a.csv']);
    });

    test('is found out about by a probe, which leaves nothing behind, also of one that was cut off', async () => {
      await writeFile(here('.tidegate-probe.first.part'), 'left behind');
      await writeFile(here('theirs.csv'), 'theirs');
      const traits = await subject.folder.probe(subject.remote);
      // By chance a time may look rounder than it is; never finer.
      const { modifiedAtResolutionMs: wanted } = subject.traits;
      const { modifiedAtResolutionMs: found } = traits;
      expect(found === null ? wanted === null : wanted !== null && found >= wanted).toBe(true);
      expect(traits).toEqual({ ...subject.traits, modifiedAtResolutionMs: found });
      expect(await names()).toEqual(['theirs.csv']);
      expect(await readFile(here('theirs.csv'), 'utf8')).toBe('theirs');
    });

    test('is known by an identity that stays', async () => {
      const identity = await subject.folder.identity();
      expect(identity).not.toBe('');
      expect(await subject.folder.identity()).toBe(identity);
    });

    test('leaves nothing of an upload that was cut off and is given up', async () => {
      await writeFile(here(posix.basename(uploadOf(at('Ack.csv')))), 'one');
      await writeFile(here('Other.csv'), 'theirs');
      await subject.folder.abandon(at('Ack.csv'));
      await subject.folder.abandon(at('Ack.csv'));
      expect(await names()).toEqual(['Other.csv']);
    });

    test('leaves nothing of an upload that was cut off between a new link and the removal of the old one', async () => {
      await writeFile(join(spool, 'ack'), 'one');
      await subject.folder.put(join(spool, 'ack'), at('Ack.csv'));
      const mark = createHash('sha256').update(at('Ack.csv')).digest('hex').slice(0, 12);
      await writeFile(here(`.Ack.csv.${mark}.part`), 'one');
      await subject.folder.put(join(spool, 'ack'), at('Ack.csv'));
      expect(await names()).toEqual(['Ack.csv']);
    });

    test('makes a folder with those around it, and is content with one that is there', async () => {
      await subject.folder.makeFolder(at('2024/08'));
      await subject.folder.makeFolder(at('2024/08'));
      expect((await subject.folder.stat(at('2024/08')))?.kind).toBe('folder');
      await writeFile(here('taken'), 'x');
      await expect(subject.folder.makeFolder(at('taken/08'))).rejects.toThrow();
    });

    test('proves that a folder can be written to and leaves nothing behind', async () => {
      await subject.folder.probeWritable(subject.remote);
      expect(await names()).toEqual([]);
      await expect(subject.folder.probeWritable(at('none'))).rejects.toEqual(code('REMOTE_MISSING'));
    });
  });
}
