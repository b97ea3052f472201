import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ledgerFailure } from '../../src/ledger/failures.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import * as given from './store.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  file = join(folder, 'data', 'ledger.db');
});
afterEach(() => rm(folder, { recursive: true }));

const failed = (words: string) =>
  expect.objectContaining({
    code: 'LEDGER_FAILED',
    message: expect.stringContaining(words),
    subject: file,
    fix: expect.stringMatching(/\w/),
  });

/** What a second program sees in the file. */
function inspect<T>(look: (database: Database.Database) => T): T {
  const database = new Database(file);
  try {
    return look(database);
  } finally {
    database.close();
  }
}

/** Root may write everything; what is asked for here is what the service's ordinary user meets. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0 || !seteuid) return work();
  seteuid(65534);
  try {
    return await work();
  } finally {
    seteuid(0);
  }
}

describe('opening a ledger file', () => {
  it('makes the folder and the file for this user alone', async () => {
    const ledger = await openLedger({ file });
    await given.claimed(ledger, 'a.csv');
    for (const name of [file, `${file}-wal`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    await ledger.close();
  });

  it('flushes every commit, also after it was opened again', async () => {
    for (let time = 0; time < 2; time++) {
      const pragmas: Record<string, unknown> = {};
      const close = Database.prototype.close;
      // The settings belong to the connection, so they are read on its own, just before it closes.
      Database.prototype.close = function (this: Database.Database) {
        for (const name of ['synchronous', 'foreign_keys', 'journal_mode'])
          pragmas[name] = this.pragma(name, { simple: true });
        return close.call(this);
      };
      try {
        const ledger = await openLedger({ file });
        await ledger.close();
      } finally {
        Database.prototype.close = close;
      }
      expect(pragmas).toEqual({ synchronous: 2, foreign_keys: 1, journal_mode: 'wal' });
    }
  });

  it('works when two do it at once', async () => {
    const ledgers = await Promise.all([openLedger({ file }), openLedger({ file })]);
    for (const ledger of ledgers) await given.claimed(ledger, `${ledgers.indexOf(ledger)}.csv`);
    for (const ledger of ledgers) await ledger.close();
  });

  it('takes a copy for another installation, which keeps what the first one held for a thing of its own', async () => {
    const original = await openLedger({ file });
    const held = { partner: 'acme', folder: '/in', marker: 'm', since: 1, adoption: null };
    await original.holdFolder(held, null);
    await original.close();
    const copied = join(folder, 'copy.db');
    await copyFile(file, copied);
    const looker = await openLedger({ file: copied, readOnly: true });
    const copy = await openLedger({ file: copied });
    const again = await openLedger({ file });
    expect(again.installation).toBe(original.installation);
    expect(looker.installation).not.toBe(original.installation);
    expect(copy.installation).not.toBe(original.installation);
    expect(await copy.heldFolders()).toEqual([held]);
    for (const ledger of [looker, copy, again]) await ledger.close();
  });

  it('refuses a file that a newer version wrote', async () => {
    await (await openLedger({ file })).close();
    inspect((database) => database.exec(`insert into kysely_migration values ('9999-later', '2999-01-01')`));
    await expect(openLedger({ file })).rejects.toEqual(failed('9999-later'));
    await expect(openLedger({ file, readOnly: true })).rejects.toEqual(failed('9999-later'));
  });

  it('refuses a file that is no ledger, and a damaged one', async () => {
    await mkdir(join(folder, 'data'));
    await writeFile(file, 'Contract,Price\n'.repeat(1000));
    await expect(openLedger({ file })).rejects.toEqual(failed('not a ledger'));
  });

  it('refuses a folder in the place of the file, and a file in the place of the folder', async () => {
    await mkdir(file, { recursive: true });
    await expect(openLedger({ file })).rejects.toEqual(failed(''));
    await rm(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data'), '');
    await expect(openLedger({ file })).rejects.toEqual(failed(''));
  });

  it('refuses a file that this user may not write', async () => {
    await (await openLedger({ file })).close();
    await chmod(folder, 0o755);
    await chmod(join(folder, 'data'), 0o555);
    await chmod(file, 0o444);
    await asOrdinaryUser(() => expect(openLedger({ file })).rejects.toEqual(failed('')));
    await chmod(join(folder, 'data'), 0o755);
  });

  it('names full disks and other troubles of the store, and what to do', () => {
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    expect(ledgerFailure(file, full)).toEqual(failed('full'));
    expect(ledgerFailure(file, full)).toMatchObject({ retry: 'later', cause: full });
    const readOnly = Object.assign(new Error('x'), { code: 'SQLITE_READONLY_DBMOVED' });
    expect(ledgerFailure(file, readOnly)).toMatchObject({ retry: 'never' });
  });
});

describe('a look beside a running owner', () => {
  it('says so when there is no ledger, and makes none', async () => {
    await expect(openLedger({ file, readOnly: true })).rejects.toEqual(failed('no ledger yet'));
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('sees what is committed and can write nothing', async () => {
    const ledger = await openLedger({ file });
    const arrival = await given.claimed(ledger, 'a.csv');
    const looker = await openLedger({ file, readOnly: true });
    expect(await looker.arrival(arrival.id)).toEqual(arrival);
    await expect(looker.renew(arrival, given.me, 1)).rejects.toEqual(failed('cannot be written'));
    const later = await given.claimed(ledger, 'b.csv');
    expect(await looker.arrival(later.id)).toEqual(later);
    await looker.close();
    await ledger.close();
  });

  it('works when nobody else has the file open', async () => {
    const ledger = await openLedger({ file });
    const arrival = await given.claimed(ledger, 'a.csv');
    await ledger.close();
    const looker = await openLedger({ file, readOnly: true });
    expect(await looker.arrivals({ limit: 5 })).toEqual([arrival]);
    await looker.close();
  });

  it('refuses a file whose schema is older', async () => {
    await (await openLedger({ file })).close();
    inspect((database) => database.exec('delete from kysely_migration'));
    await expect(openLedger({ file, readOnly: true })).rejects.toEqual(failed('older version'));
  });
});

describe('kill -9', () => {
  it('leaves a whole file: batches are there or not, and what was answered is there', async () => {
    for (let kill = 0; kill < 3; kill++) {
      const writer = spawn(process.execPath, [fileURLToPath(new URL('./writer.ts', import.meta.url)), file]);
      const exit = once(writer, 'exit');
      const said: string[] = [];
      writer.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
      await Promise.race([
        once(writer.stdout, 'data'),
        exit.then(() => Promise.reject(new Error(said.join('')))),
      ]);
      writer.kill('SIGKILL');
      await exit;

      const ledger = await openLedger({ file });
      for (const arrival of await ledger.arrivals({ limit: 1000 })) {
        const rows = await ledger.answerRows(arrival.id, 0, 1000);
        expect([0, 500]).toContain(rows.length);
        if (arrival.state !== 'staged') continue;
        const settled = rows.filter(({ state }) => state === 'accepted').length;
        expect(arrival.counts).toMatchObject({ rows: 500, accepted: settled, pending: 500 - settled });
      }
      await ledger.close();
      expect(inspect((database) => database.pragma('integrity_check', { simple: true }))).toBe('ok');
    }
  });
});
