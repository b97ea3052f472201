import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import type { SftpRequest } from '../../src/sandbox/sftp-faults.ts';
import { type Finished, start } from '../support/cli.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';
import { hasSmallDisks, type SmallDisk, startSmallDisk } from '../support/small-disk.ts';

const name = 'Sales_20240611.csv';
const create = 'Contract/createContract';
const rows = Array.from({ length: 30 }, (_, index) => sale(index));
const KB = 1024;

describe.runIf(hasSmallDisks())('the command line on a small disk', { timeout: 120_000 }, () => {
  let folder: string;
  let rehearsal: Rehearsal;
  let disk: SmallDisk;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '* * * * * *', stableFor: '20ms' });
    await setReserve('1B');
    disk = await startSmallDisk(join(folder, 'ledger'), 8);
    await writeFile(join(rehearsal.partnerRoot, 'in', name), csv(rows));
  });
  afterEach(async () => {
    await disk.stop();
    await rehearsal.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function setReserve(reserve: string): Promise<void> {
    const file = join(rehearsal.configFolder, 'tidegate.yaml');
    const config = parse(await readFile(file, 'utf8'));
    config.storage.reserve = reserve;
    config.targets.servify = { ...config.targets.servify, deadline: '3s', quietPeriod: '3s' };
    await writeFile(file, stringify(config));
  }

  const run = (...command: string[]) =>
    start([...command, '-c', rehearsal.configFolder], { TMPDIR: folder }, disk.within);
  const once = (): Promise<Finished> => run('once').finished;
  /** Without the marker that says who works here. */
  const inFolder = async (path: string) =>
    (await readdir(join(rehearsal.partnerRoot, path))).filter((name) => !name.startsWith('.tidegate-'));
  const mails = () => rehearsal.mail.messages().map(({ subject }) => subject);

  async function expectDone(): Promise<void> {
    expect([...rehearsal.servify.effects.values()]).toEqual(rows.map(() => 1));
    const answer = await readFile(join(rehearsal.partnerRoot, 'out', 'SalesAck_20240611.csv'), 'utf8');
    expect(rowsOf(answer).map((row) => row['Result'])).toEqual(rows.map(() => 'Accepted'));
    expect([await inFolder('in'), await inFolder('processed')]).toEqual([[], [name]]);
  }

  /** Acts when the partner's server gets the first such request, and lets it pass. */
  function when(request: SftpRequest, path: RegExp, act: () => void): void {
    const watching = /./;
    let acted = false;
    watching.test = (asked) => {
      if (!acted && path.test(asked)) {
        acted = true;
        act();
      }
      return false;
    };
    rehearsal.sftp.faults.next(request, { answer: 'failure' }, { path: watching });
  }

  it.each<[moment: string, state: string | undefined, fill: () => unknown]>([
    ['while the file is fetched', undefined, () => when('READ', /in/, () => disk.fill(0))],
    ['while its rows are staged', 'fetched', () => when('LSTAT', /^\/in\//, () => disk.fill(80 * KB))],
    [
      'while calls are under way',
      'staged',
      async () => {
        rehearsal.servify.faults.next(create, { kind: 'late', ms: 1000 }, 8);
        await expect
          .poll(() => rehearsal.servify.calls.get(create) ?? 0, { timeout: 40_000 })
          .toBeGreaterThan(3);
        disk.fill(0);
      },
    ],
    ['before the answer is written', 'delivered', () => when('LSTAT', /SalesAck/, () => disk.fill(0))],
  ])(
    'that gets full %s does nothing more, says why, and ends right when there is space',
    async (_moment, state, fill) => {
      const filled = fill();
      const first = await once();
      await filled;
      expect([first.code, first.stderr]).toEqual([3, expect.stringMatching(/(LEDGER|SPOOL)_FAILED.* full/)]);
      expect([...first.stderr.matchAll(/"state":"(\w+)"/g)].at(-1)?.[1]).toBe(state);
      expect(mails()).toEqual([expect.stringMatching(/cannot use its (ledger|spool)/)]);
      expect(await inFolder('in')).toEqual([name]);
      expect((await inFolder('out')).filter((file) => !file.startsWith('.'))).toEqual([]);

      disk.fill(0);
      const called = rehearsal.servify.calls.get(create);
      expect((await once()).code).not.toBe(0);
      expect(rehearsal.servify.calls.get(create)).toBe(called);

      disk.clear();
      const last = await once();
      expect([last.code, last.stdout]).toEqual([0, expect.stringContaining(`${rows.length} accepted`)]);
      await expectDone();
    },
  );

  it('that has less than the reserve makes run wait and say so once; it goes on by itself', async () => {
    await setReserve('2MB');
    // Less than the reserve, and enough for a new ledger.
    disk.fill(1800 * KB);
    const { child, printed, finished } = run('run');
    await printed(/STORAGE_LOW.*STORAGE_LOW/s);
    expect([rehearsal.sftp.connections, rehearsal.servify.calls.size]).toEqual([0, 0]);
    disk.clear();
    await printed(/"state":"settled"/);
    child.kill('SIGTERM');
    expect((await finished).code).toBe(0);
    await expectDone();
    expect(mails()).toEqual([
      'Tidegate waits for free space on its disk',
      expect.stringMatching(/^Over after .*free space/),
    ]);
  });

  it('that is read-only lets nothing start, which is mailed once, and nobody is connected to', async () => {
    const made = join(folder, 'made.db');
    await (await openLedger({ file: made })).close();
    await copyFile(made, join(disk.root, 'ledger.db'));
    disk.readOnly(true);
    for (const command of ['run', 'once']) {
      const { code, stderr } = await run(command).finished;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/LEDGER_FAILED: the ledger cannot be written/),
      ]);
    }
    expect([rehearsal.sftp.connections, rehearsal.servify.calls.size]).toEqual([0, 0]);
    expect(mails()).toEqual(['Tidegate cannot use its ledger and did not start']);
    disk.readOnly(false);
    expect((await once()).code).toBe(0);
    await expectDone();
  });

  it('that is read-only is looked into all the same', async () => {
    expect((await once()).code).toBe(0);
    disk.readOnly(true);
    for (const [command, says] of [
      [['status'], /acme-sales/],
      [['files'], /Sales_20240611\.csv.*settled/],
      [['show', '1'], /30 accepted/],
      [['show', '1', '--line', '2'], /line 2: accepted/],
    ] as const) {
      const { code, stdout, stderr } = await run(...command).finished;
      expect([code, stderr, stdout]).toEqual([0, '', expect.stringMatching(says)]);
    }
    // Only the ledger of this very installation tells that the marker is its own.
    expect((await run('check').finished).stdout).toMatch(/marker: held by this installation/);
    expect((await readdir(folder)).filter((name) => name.startsWith('tidegate-ledger-'))).toEqual([]);
    const decided = await run('retry', '1', '--because', 'x').finished;
    expect([decided.code, decided.stderr]).toEqual([
      1,
      expect.stringMatching(/the ledger cannot be written/),
    ]);
  });
});
