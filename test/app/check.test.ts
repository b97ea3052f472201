import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckLine, checkAll } from '../../src/app/check.ts';
import { checkFreeSpace } from '../../src/app/check-storage.ts';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import type { SftpCharacter } from '../../src/sandbox/sftp-server.ts';

describe('what is checked of the storage', () => {
  let folder: string;
  let storage: string;
  let rehearsal: Rehearsal;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '1s' });
    storage = join(folder, 'ledger');
  });
  afterEach(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function lines(): Promise<CheckLine[]> {
    const found: CheckLine[] = [];
    for await (const line of checkAll(await loadConfig(rehearsal.configFolder, {})))
      if (['storage', 'ledger'].includes(line.what)) found.push(line);
    return found;
  }
  const makeLedger = async () => (await openLedger({ file: join(storage, 'ledger.db') })).close();

  it('makes nothing where nothing is yet', async () => {
    expect(await lines()).toEqual([
      { ok: true, what: 'storage', detail: expect.stringContaining('the first run makes it') },
      { ok: true, what: 'ledger', detail: expect.stringContaining('the first run makes it') },
    ]);
    expect(await readdir(folder)).not.toContain('ledger');
  });

  it('finds what is there in order', async () => {
    await makeLedger();
    expect(await lines()).toEqual([
      { ok: true, what: 'storage', detail: `${storage}, writable` },
      { ok: true, what: 'ledger', detail: join(storage, 'ledger.db') },
    ]);
    expect((await readdir(storage)).filter((name) => !name.startsWith('ledger.db'))).toEqual([]);
  });

  it('tells how much room there is, and fails when a run would begin nothing', async () => {
    const config = await loadConfig(rehearsal.configFolder, {});
    expect(await checkFreeSpace(config.storage)).toMatch(/^\d+\.\d MB, of which 200\.0 MB are kept free$/);
    await expect(checkFreeSpace({ ...config.storage, reserve: 2 ** 60 })).rejects.toMatchObject({
      code: 'STORAGE_LOW',
    });
  });

  it('says of a target that cannot be reached what to do', async () => {
    const config = await loadConfig(rehearsal.configFolder, {});
    const [target] = Object.values(config.targets);
    if (!target) throw new Error('the rehearsal has a target');
    const targets = { [target.name]: { ...target, baseUrl: 'http://127.0.0.1:1' } };
    const found: CheckLine[] = [];
    for await (const line of checkAll({ ...config, partners: {}, targets, mail: null })) found.push(line);
    expect(found.filter(({ ok }) => !ok)).toEqual([
      {
        ok: false,
        what: 'target servify',
        detail: expect.stringMatching(/TARGET_DOWN: no connection could be made\. Check the base address/),
      },
    ]);
  });

  it('notes that others may look into it, and says what closes it', async () => {
    await makeLedger();
    await chmod(storage, 0o755);
    await chmod(join(storage, 'ledger.db'), 0o644);
    expect(await lines()).toEqual([
      { ok: true, what: 'storage', detail: expect.stringContaining(`chmod 700 ${storage}`) },
      { ok: true, what: 'ledger', detail: expect.stringContaining(`chmod 600 ${storage}/ledger.db`) },
    ]);
  });

  it('says so when nothing can be made there', async () => {
    await writeFile(storage, 'a file where the folder should be');
    expect((await lines())[0]).toEqual({
      ok: false,
      what: 'storage',
      detail: expect.stringMatching(/SPOOL_FAILED.*storage\.folder/s),
    });
  });

  it('says so when the ledger is none', async () => {
    await mkdir(storage, { mode: 0o700 });
    await writeFile(join(storage, 'ledger.db'), 'something else entirely, and long enough to be a header');
    expect((await lines())[1]).toMatchObject({ ok: false, detail: expect.stringMatching(/LEDGER_FAILED/) });
  });
});

describe('what is found out about the server', () => {
  let folder: string;
  let rehearsal: Rehearsal;
  afterEach(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(character: Partial<SftpCharacter>): Promise<void> {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    const given = { folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '1s' };
    rehearsal = await startRehearsal({ ...given, character });
  }
  async function serverLines(): Promise<CheckLine[]> {
    const found: CheckLine[] = [];
    for await (const line of checkAll(await loadConfig(rehearsal.configFolder, {})))
      if (/^partner acme: (?!\/|connection|marker)/.test(line.what)) found.push(line);
    return found;
  }

  it('is said in words, one line each, and kept in the ledger when there is one', async () => {
    await start({ rename: 'replaces', statedSize: () => 0, modifiedAt: 'none', sessions: 1 });
    const expected = [
      { ok: true, what: 'partner acme: renaming', detail: expect.stringContaining('arrival number') },
      { ok: true, what: 'partner acme: file times', detail: expect.stringContaining('counts twice') },
      { ok: true, what: 'partner acme: file sizes', detail: expect.stringContaining('not as stated') },
      { ok: true, what: 'partner acme: logins', detail: expect.stringContaining('one at a time') },
    ];
    expect(await serverLines()).toEqual(expected);
    expect(await readdir(folder)).not.toContain('ledger');
    expect(await readdir(join(rehearsal.partnerRoot, 'out'))).toEqual([]);

    const file = join(folder, 'ledger', 'ledger.db');
    await (await openLedger({ file })).close();
    expect(await serverLines()).toEqual(expected);
    const ledger = await openLedger({ file, readOnly: true });
    expect(await ledger.knownServer('acme')).toMatchObject({
      identity: expect.stringContaining(rehearsal.sftp.fingerprint),
      traits: { renameOntoExisting: 'replaces', sessions: 1 },
    });
    await ledger.close();
  });

  it('is a failed check when the server cannot be tried out', async () => {
    await start({});
    rehearsal.sftp.faults.next('WRITE', { answer: 'drop-bytes' }, { path: /probe\.first/ });
    expect(await serverLines()).toEqual([
      { ok: false, what: 'partner acme: server', detail: expect.stringContaining('REMOTE_UNVERIFIED') },
    ]);
  });

  it('is not asked for where files cannot even be made', async () => {
    await start({});
    rehearsal.sftp.faults.next('OPEN', { answer: 'failure' }, { path: /^\/out\// });
    expect(await serverLines()).toEqual([]);
  });
});
