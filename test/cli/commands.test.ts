import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { personal } from '../support/canaries.ts';
import { start, tidegate } from '../support/cli.ts';
import { markerPattern } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

// Each command is a process of its own; several in one test take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('tidegate', () => {
  it('explains itself', async () => {
    const { code, stdout } = await tidegate(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'demo',
      'keygen',
      'check',
      'preview',
      'operations',
      'once',
      'run',
      'status',
      'files',
      'show',
      'resolve',
      'retry',
      'pause',
      'resume',
      'adopt',
      'sandbox',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}`, 'm'));
    }
    expect(stdout).toMatch(/Exit codes: 0 done/);
  });

  it('names file, line, column and the nearest key of a wrong configuration', async () => {
    await writeFile(join(folder, 'acme.yaml'), 'partners:\n  acme:\n    protocol: local\n    rooot: x\n');
    const { code, stderr } = await tidegate(['check', '-c', folder]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/acme\.yaml:4:5: .*CONFIG_INVALID.*root/s);
  });

  it('makes a key pair that reads back, and never overwrites one', async () => {
    const out = join(folder, 'keys', 'acme');
    const made = await tidegate(['keygen', '--out', out, '--comment', 'tidegate for acme']);
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('SHA256:')]);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const key = ssh2.utils.parseKey(await readFile(out));
    expect(key).toMatchObject({ type: 'ssh-ed25519' });
    expect(await readFile(`${out}.pub`, 'utf8')).toMatch(/^ssh-ed25519 \S+ tidegate for acme\n$/);
    const again = await tidegate(['keygen', '--out', out]);
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringMatching(
        /acme: USAGE: .*never overwritten.*another name with --out.*move the old pair away/,
      ),
    ]);
    const half = join(folder, 'keys', 'half');
    await writeFile(`${half}.pub`, 'of somebody');
    expect((await tidegate(['keygen', '--out', half])).stderr).toMatch(
      /half\.pub: USAGE: .*never overwritten/,
    );
    expect(await readdir(join(folder, 'keys'))).not.toContain('half');
    const nowhere = await tidegate(['keygen', '--out', join(out, 'below', 'a-file')]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot be written \(ENOTDIR\)/),
    ]);
  });

  it('runs the tests beside the mappings', async () => {
    const { code, stdout } = await tidegate(['test-mapping']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/contract-sale\.yaml: \d+ tests/)]);
  });
});

describe('tidegate with a partner, an API and a mail server', () => {
  let rehearsal: Rehearsal;
  let config: string[];
  beforeEach(async () => {
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '*/1 * * * * *', stableFor: '50ms' });
    config = ['-c', rehearsal.configFolder];
  });
  afterEach(() => rehearsal.close());

  const drop = (name: string, content: string) => writeFile(join(rehearsal.partnerRoot, 'in', name), content);
  const edit = async (change: (yaml: string) => string) => {
    const file = join(rehearsal.configFolder, 'tidegate.yaml');
    await writeFile(file, change(await readFile(file, 'utf8')));
  };

  it('checks everything a run needs, line by line', async () => {
    const { code, stdout } = await tidegate(['check', ...config]);
    expect(stdout).toMatch(/ok\s+configuration/);
    for (const what of [
      'mapping contract-sale',
      'ledger',
      'partner acme: connection',
      '/in',
      '/errored',
      'target servify',
      'mail',
    ]) {
      expect(stdout).toContain(what);
    }
    expect([code, stdout]).toEqual([0, expect.stringContaining('Everything is ready')]);
    expect(await readdir(join(rehearsal.partnerRoot, 'in'))).toEqual([]);
  });

  it('says which check failed and what to do, and goes on with the others', async () => {
    await edit((yaml) => yaml.replace(/SHA256:[\w+/=]+/, `SHA256:${'A'.repeat(43)}`));
    const { code, stdout } = await tidegate(['check', ...config, '--json']);
    const lines: { ok: boolean; what: string; detail: string }[] = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(lines.filter(({ ok }) => !ok)).toEqual([
      {
        ok: false,
        what: 'partner acme: connection',
        detail: expect.stringMatching(/REMOTE_HOST_KEY.*SHA256:/s),
      },
    ]);
    expect(lines.find(({ what }) => what === 'target servify')?.ok).toBe(true);
  });

  it('finds a folder that cannot be written to', async () => {
    if (process.getuid?.() === 0) await rm(join(rehearsal.partnerRoot, 'out'), { recursive: true });
    else await chmod(join(rehearsal.partnerRoot, 'out'), 0o500);
    const { code, stdout } = await tidegate(['check', ...config]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/failed\s+partner acme: \/out/)]);
  });

  it('previews a file, masked and with every violation, and makes no call', async () => {
    const file = join(folder, 'Sales_20240611.csv');
    await writeFile(file, csv([sale(1), sale(2, { 'Email Address': personal.mail, State: '' })]));
    const { code, stdout } = await tidegate(['preview', file, '--feed', 'acme-sales', ...config]);
    expect(code).toBe(3);
    expect(stdout).toContain('Contract/checkEligibility');
    expect(stdout).toContain('Contract/createContract');
    expect(stdout).toContain('2 rows: 1 would be sent, 1 would be rejected');
    expect(stdout).toMatch(/Email Address.*\n.*State/);
    expect(stdout).not.toMatch(/secret\.person|Pat Example|pat.example1@/);
    expect(rehearsal.servify.calls.size).toBe(0);
  });

  it('previews why a file would be refused', async () => {
    const file = join(folder, 'Sales_20240611.csv');
    await writeFile(file, csv([sale(1)]).replaceAll(',', ';'));
    const { code, stderr } = await tidegate(['preview', file, '--feed', 'acme-sales', ...config]);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/Sales_20240611\.csv:1.*FILE_STRUCTURE.*semicolon/is),
    ]);
  });

  it('works once, and shows afterwards what happened', async () => {
    await drop('Sales_20240611.csv', csv([sale(1), sale(2, { State: '', 'Email Address': personal.mail })]));
    const once = await tidegate(['once', ...config]);
    expect([once.code, once.stdout]).toEqual([
      3,
      expect.stringMatching(/2 rows: 1 accepted, 1 rejected.*processed/),
    ]);
    expect((await tidegate(['files', ...config])).stdout).toMatch(/Sales_20240611\.csv.*settled/);
    expect(JSON.parse((await tidegate(['status', '--json', ...config])).stdout)).toEqual({
      feeds: [
        {
          feed: 'acme-sales',
          inWork: 0,
          settled: 1,
          withdrawn: 0,
          waiting: null,
          expected: [],
          latest: expect.objectContaining({
            id: 1,
            name: 'Sales_20240611.csv',
            rows: 2,
            accepted: 1,
            rejected: 1,
          }),
        },
      ],
      exports: [],
      pauses: [],
      unsentNotices: 0,
    });
    // Who may look at the ledger need not be able to read a secret.
    await rename(join(rehearsal.configFolder, 'keys'), join(folder, 'keys'));
    const shown = await tidegate(['show', '1', ...config]);
    await rename(join(folder, 'keys'), join(rehearsal.configFolder, 'keys'));
    expect([shown.code, shown.stdout]).toEqual([
      3,
      expect.stringMatching(/1 accepted \+ 1 rejected.*\/out\/SalesAck_20240611\.csv/s),
    ]);
    const row = await tidegate(['show', '1', '--line', '2', '--json', ...config]);
    expect(JSON.parse(row.stdout)).toMatchObject({
      rows: [{ line: 2, state: 'accepted' }],
      attempts: [{ operation: 'Contract/createContract', outcome: 'accepted' }],
    });
    expect((await tidegate(['once', ...config])).stdout).toContain('No file to work on');
    expect((await tidegate(['show', '9', ...config])).code).toBe(2);
    expect((await tidegate(['show', '1', '--line', '99', ...config])).stderr).toMatch(/no row in line 99/);
    expect(JSON.parse((await tidegate(['show', '9', '--json', ...config])).stdout)).toMatchObject({
      errors: [{ code: 'NOT_FOUND' }],
    });
    expect((await tidegate(['show', 'nine', ...config])).stderr).toMatch(/USAGE.*the number of an arrival/);
    expect((await tidegate(['once', '--feed', 'acme-sale', ...config])).stderr).toContain(
      'Did you mean acme-sales?',
    );
  });

  it('runs by the schedule until it is told to stop, and then ends what it began', async () => {
    const running = start(['run', ...config]);
    await running.printed(/"started"/);
    await drop('Sales_20240611.csv', csv([sale(1), sale(2)]));
    await vi.waitFor(
      async () => expect(await readdir(join(rehearsal.partnerRoot, 'processed'))).toHaveLength(1),
      15_000,
    );
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.finished;
    expect(code).toBe(0);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
    expect(lines.filter(({ arrival }) => arrival === 1).map(({ msg }) => msg)).toEqual([
      'fetched',
      'staged',
      'delivered',
      'acknowledged',
      'settled',
    ]);
    expect(stderr).not.toMatch(/Pat Example|pat.example1@|9098000000/);
  });

  it('lets a call that has left come back when it is stopped', async () => {
    rehearsal.servify.faults.next('Contract/createContract', { kind: 'late', ms: 800 });
    await drop('Sales_20240611.csv', csv([sale(1), sale(2)]));
    const running = start(['run', ...config]);
    await vi.waitFor(
      () => expect(rehearsal.servify.calls.get('Contract/createContract')).toBeGreaterThan(0),
      15_000,
    );
    running.child.kill('SIGTERM');
    expect((await running.finished).code).toBe(0);
    const { stdout } = await tidegate(['once', ...config]);
    expect(stdout).toMatch(/2 rows: 2 accepted, 0 rejected/);
    expect([...rehearsal.servify.effects.values()]).toEqual([1, 1]);
    expect(rehearsal.mail.messages()).toEqual([]);
  });

  it('goes on after a kill where it stopped', async () => {
    await edit((yaml) => yaml.replace(/(deadline|quietPeriod): 5s/g, '$1: 2s'));
    rehearsal.servify.faults.next('Contract/createContract', { kind: 'mute' });
    await drop('Sales_20240611.csv', csv([sale(1), sale(2)]));
    const first = start(['run', ...config]);
    await vi.waitFor(() => expect(rehearsal.servify.calls.get('Contract/createContract')).toBe(2), 15_000);
    first.child.kill('SIGKILL');
    await first.finished;
    const second = await tidegate(['once', ...config]);
    expect(second.stdout).toMatch(/2 rows: 2 accepted/);
    expect([...rehearsal.servify.effects.values()]).toEqual([1, 1]);
  });
});

describe('the two ways to see it work', () => {
  it('demo: works off every sample both ways and leaves it to look at', async () => {
    const { code, stdout, stderr } = await tidegate(['demo', '--folder', folder]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/What happened/);
    expect(stdout).toMatch(/refused as a whole/);
    expect(stdout).toMatch(/the same bytes as file 1: no call was made/);
    expect(stdout).toMatch(/servify does not take calls now: over after \d+ s/);
    expect(await readdir(join(folder, 'partner', 'in'))).toEqual([expect.stringMatching(markerPattern)]);
    expect(await readdir(join(folder, 'partner', 'processed'))).toHaveLength(3);
    expect(await readdir(join(folder, 'partner', 'errored'))).toHaveLength(1);
    expect(await readdir(join(folder, 'partner', 'contracts'))).toEqual([
      'Contracts-DE_20240611_090000.csv',
      'Contracts-US_20240611_090000.csv',
    ]);
    const [sold = ''] = (await readdir(join(folder, 'partner', 'out'))).filter((name) => /^Sold_/.test(name));
    expect(rowsOf(await readFile(join(folder, 'partner', 'out', sold), 'utf8'))).toHaveLength(17);
    expect(await readdir(join(folder, 'globex', 'processed'))).toEqual([]);
    expect(await readdir(join(folder, 'globex', 'archive', '2024-06', 'processed'))).toEqual([
      'Contracts_20240611_090000.csv',
    ]);
    expect(await readdir(join(folder, 'mail'))).toHaveLength(5);
  }, 60_000);

  it.each(['demo', 'sandbox'])('%s: touches no folder that it did not make', async (command) => {
    await mkdir(join(folder, 'config', 'keys'), { recursive: true });
    const kept = ['config/acme.yaml', 'config/keys/acme', 'notes.txt'];
    for (const name of kept) await writeFile(join(folder, name), 'of a real installation');
    const file = join(folder, 'notes.txt');
    for (const target of [folder, file]) {
      const { code, stdout, stderr } = await tidegate([command, '--folder', target]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/USAGE.*--folder/s)]);
      expect(stderr).toContain(target);
      expect(stdout).not.toContain('SFTP  sftp');
    }
    for (const name of kept)
      expect(await readFile(join(folder, name), 'utf8')).toBe('of a real installation');
    expect((await readdir(folder)).sort()).toEqual(['config', 'notes.txt']);
  });

  it('sandbox: goes on where it was, with the same ports and keys, unless it is to begin afresh', async () => {
    const made = join(folder, 'new', 'rehearsal');
    const dropped = join(made, 'partner', 'in', 'Sales_20240611.csv');
    const config = join(made, 'config', 'tidegate.yaml');
    const play = async (...args: string[]) => {
      const sandbox = start(['sandbox', '--folder', made, '--json', ...args]);
      await sandbox.printed(/"partnerRoot"/);
      const check = await tidegate(['check', '-c', join(made, 'config')]);
      sandbox.child.kill('SIGINT');
      return {
        said: (await sandbox.finished).stdout,
        check: check.code,
        config: await readFile(config, 'utf8'),
      };
    };
    const first = await play();
    await writeFile(dropped, 'x');
    expect(await play()).toEqual(first);
    expect(await readFile(dropped, 'utf8')).toBe('x');
    const afresh = await play('--fresh');
    expect(afresh.check).toBe(0);
    expect(afresh.config).not.toBe(first.config);
    await expect(stat(dropped)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('sandbox: starts a counterparty that check finds in order', async () => {
    const sandbox = start(['sandbox', '--folder', folder]);
    await sandbox.printed(/Ctrl-C ends it/);
    expect((await tidegate(['check', '-c', join(folder, 'config')])).code).toBe(0);
    sandbox.child.kill('SIGINT');
    expect((await sandbox.finished).code).toBe(0);
  });
});
