import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ledger, Notice } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { hasSmallDisks, type SmallDisk, startSmallDisk } from '../support/small-disk.ts';

const notice = (subject: string): Notice => ({
  ...{ key: subject, cause: null, kind: 'transfer-failure', partner: null, feed: null, arrival: null },
  ...{ subject, body: '' },
});

describe.runIf(hasSmallDisks())('a ledger on a disk that takes no writes', () => {
  let folder: string;
  let disk: SmallDisk;
  let made: Ledger;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    disk = await startSmallDisk(join(folder, 'disk'), 8);
    file = join(disk.root, 'ledger.db');
    await mkdir(join(folder, 'tmp'));
    vi.stubEnv('TMPDIR', join(folder, 'tmp'));
    made = await openLedger({ file: join(folder, 'made.db') });
    await made.raise(notice('committed'), 1);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await made.close().catch(() => undefined);
    await disk.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** SQLite cannot make a file at this path to the disk. */
  const putOnDisk = async (...parts: string[]) => {
    for (const part of parts) await copyFile(join(folder, `made.db${part}`), `${file}${part}`);
    disk.readOnly(true);
  };
  const copies = () => readdir(join(folder, 'tmp'));

  it('is read all the same, and nothing is left behind', async () => {
    await made.close();
    await putOnDisk('');
    const seen = await openLedger({ file, readOnly: true });
    expect(await seen.unsentNotices(10)).toMatchObject([{ subject: 'committed' }]);
    await expect(seen.raise(notice('more'), 2)).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
    expect(await copies()).toHaveLength(1);
    await seen.close();
    expect(await copies()).toEqual([]);
  });

  it('is read with what was committed last before the machine went down', async () => {
    await putOnDisk('', '-wal');
    const seen = await openLedger({ file, readOnly: true });
    expect(await seen.unsentNotices(10)).toMatchObject([{ subject: 'committed' }]);
    await seen.close();
  });

  it('is called by its own name when it is none', async () => {
    await copyFile(new URL(import.meta.url), file);
    disk.readOnly(true);
    const none = { code: 'LEDGER_FAILED', subject: file, message: 'the file is not a ledger' };
    await expect(openLedger({ file, readOnly: true })).rejects.toMatchObject(none);
    await expect(openLedger({ file })).rejects.toMatchObject({ message: 'the ledger cannot be written' });
    expect(await copies()).toEqual([]);
  });

  it('says so when there is nowhere to copy it to', async () => {
    await putOnDisk('', '-wal');
    vi.stubEnv('TMPDIR', disk.root);
    await expect(openLedger({ file, readOnly: true })).rejects.toMatchObject({
      ...{ code: 'LEDGER_FAILED', subject: file, fix: expect.stringContaining('TMPDIR') },
    });
  });
});
