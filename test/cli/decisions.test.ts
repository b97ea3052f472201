import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { tidegate } from '../support/cli.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

// Each command is a process of its own; several in one test take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const because = ['--because', 'Servify says so'];

describe('a person’s decision', () => {
  let folder: string;
  let rehearsal: Rehearsal;
  let config: string[];
  /** Arrival 1: line 2 is parked, line 3 rejected, line 4 accepted. */
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '50ms' });
    config = ['-c', rehearsal.configFolder];
    const file = join(rehearsal.configFolder, 'tidegate.yaml');
    const yaml = await readFile(file, 'utf8');
    await writeFile(file, yaml.replace(/(deadline|quietPeriod): 5s/g, '$1: 500ms'));
    rehearsal.servify.faults.next('Contract/reactivate', { kind: 'drop-after' });
    const reactivation = { 'External Contract ID': 'C-9', 'Action Type': 'Reactivation' };
    await writeFile(
      join(rehearsal.partnerRoot, 'in', 'Sales_20240611.csv'),
      csv([reactivation, sale(1, { State: '' }), sale(2)]),
    );
    const { stdout } = await tidegate(['once', ...config]);
    expect(stdout).toContain('3 rows: 1 accepted, 1 rejected, 0 duplicate, 1 parked');
  });
  afterEach(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true, force: true });
  });

  const resolve = (...args: string[]) => tidegate(['resolve', ...args, ...config]);
  const retry = (...args: string[]) => tidegate(['retry', ...args, ...config]);
  const answers = () => readdir(join(rehearsal.partnerRoot, 'out'));

  it('about a parked row is written down, carried out by the next poll, and shown', async () => {
    expect(await resolve('1:2', '--accepted', ...because)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /line 2 of arrival 1 is accepted: .* decided: Servify says so\n.*next poll.*supplement 1\./,
      ),
    });
    expect(await answers()).not.toContain('SalesAck_20240611_S01.csv');
    const twice = await resolve('1:2', '--accepted', ...because);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringMatching(/NOT_OPEN.*line 2 is accepted/)]);
    expect((await tidegate(['once', ...config])).stdout).toMatch(/round 1, 3 rows: 2 accepted, 1 rejected/);
    const supplement = join(rehearsal.partnerRoot, 'out', 'SalesAck_20240611_S01.csv');
    expect(rowsOf(await readFile(supplement, 'utf8'))).toMatchObject([{ Line: '2', Result: 'Accepted' }]);

    const shown = await tidegate(['show', '1', '--line', '2', ...config]);
    expect(shown.stdout).toMatch(/round 1: accepted line 2, \S+ \S+: Servify says so/);
    expect(shown.stdout).toMatch(/acknowledgement supplement 1: \/out\/SalesAck_20240611_S01\.csv/);
    expect(shown.stdout).toMatch(/round 0, line 2: parked/);
    const document = JSON.parse((await tidegate(['show', '1', '--line', '2', '--json', ...config])).stdout);
    expect(document).toMatchObject({
      arrival: { round: 1 },
      decisions: [{ round: 1, line: 2, what: 'accepted', because: 'Servify says so' }],
      earlier: [{ round: 0, line: 2, state: 'parked' }],
      rows: [{ line: 2, state: 'accepted' }],
    });
  });

  it('to work rows off again is carried out by the next poll', async () => {
    const again = await retry('1', '--rejected', ...because);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 row of arrival 1 will be worked off again\n.*supplement 1\./),
    });
    expect((await tidegate(['once', ...config])).code).toBe(3);
    expect(await answers()).toContain('SalesRejects_20240611_S01.csv');
  });

  it('to work some lines off again leaves nothing to be sent as it is until that is done', async () => {
    const both = await retry('1', '--lines', '2-3', '--json', ...because);
    expect(JSON.parse(both.stdout)).toMatchObject({ arrival: { state: 'reopened', round: 1 }, rows: 2 });
    const resent = await resolve('1:2', '--resend', ...because);
    expect([resent.code, resent.stderr]).toEqual([3, expect.stringMatching(/ARRIVAL_WAITS.*Try again/)]);
  });

  it('and a retry before the next poll are answered together', async () => {
    const decided = await resolve('1:2,2-2', '--rejected', '--json', ...because);
    expect(JSON.parse(decided.stdout)).toMatchObject({
      arrival: { state: 'delivered', round: 1 },
      rows: [{ line: 2, state: 'rejected' }],
    });
    const again = await retry('1', ...because);
    expect(again.stdout).toMatch(/^1 row of arrival 1 will be worked off again\n.*supplement 1\./);
    await tidegate(['once', ...config]);
    const supplement = await readFile(
      join(rehearsal.partnerRoot, 'out', 'SalesAck_20240611_S01.csv'),
      'utf8',
    );
    expect(rowsOf(supplement).map((row) => row['Line'])).toEqual(['2', '3']);
    expect((await tidegate(['show', '1', ...config])).stdout).toMatch(
      /round 1: retry \(mapped anew with contract-sale@\w+\), /,
    );
  });

  it.each([
    ['is disabled', (yaml: string) => yaml.replace(/^( +)dataType:/m, '$1enabled: false\n$1dataType:')],
    ['is not in the configuration', (yaml: string) => yaml.replace('acme-sales:', 'other-sales:')],
  ])('is refused when the feed %s, since nobody would carry it out', async (words, change) => {
    const file = join(rehearsal.configFolder, 'tidegate.yaml');
    await writeFile(file, change(await readFile(file, 'utf8')));
    for (const refused of [await resolve('1:2', '--accepted', ...because), await retry('1', ...because)]) {
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringContaining(`acme-sales of acme ${words}`),
      ]);
      expect(refused.stderr).toMatch(/USAGE.* decide, and let it poll/);
    }
    const shown = await tidegate(['show', '1', '--json', ...config]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ arrival: { state: 'settled' }, decisions: [] });
  });

  it('to send a row again does that once', async () => {
    const sent = await resolve('1:2', '--resend', '--json', ...because);
    expect(JSON.parse(sent.stdout)).toMatchObject({
      arrival: { state: 'staged', round: 1 },
      rows: [{ line: 2, state: 'pending' }],
    });
    // The sandbox knows no contract C-9.
    expect((await tidegate(['once', ...config])).stdout).toMatch(/round 1, 3 rows: 1 accepted, 2 rejected/);
    expect(rehearsal.servify.calls.get('Contract/reactivate')).toBe(2);
  });

  it.each([
    [['resolve', '1:2'], /USAGE.*decision is missing.*--accepted, --rejected and --resend/],
    [['resolve', '1:2', '--accepted', '--resend'], /USAGE.*more than one/],
    [['resolve', '1.2', '--accepted'], /USAGE.*ARRIVAL:LINES/],
    [['resolve', '1:2,x', '--accepted'], /USAGE.*"x" names no lines/],
    [['resolve', '1:2-4', '--accepted'], /NOT_OPEN.*line 3 is rejected, line 4 is accepted/],
    [['resolve', '1:99', '--accepted'], /NOT_FOUND.*no row in line 99/],
    [['resolve', '9:3', '--accepted'], /NOT_FOUND.*no arrival 9/],
    [['retry', 'one'], /USAGE.*the number of an arrival/],
    [['retry', '1', '--lines', '9-7'], /USAGE.*"9-7" names no lines/],
    [['retry', '1', '--lines', '3,x'], /USAGE.*"x" names no lines/],
    [['retry', '1', '--lines', '3,4'], /NOT_OPEN.*line 4 is accepted/],
    [['retry', '1', '--lines', '99'], /NOT_FOUND.*no row in line 99/],
    [['retry', '1', '--lines', '2', '--rejected'], /NOT_OPEN.*no rejected row in these lines/],
  ])('is refused when it is none: %j', async (args, words) => {
    const { code, stderr } = await tidegate([...args, ...because, ...config]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  });

  it('needs a reason', async () => {
    for (const command of [
      ['resolve', '1:2', '--accepted'],
      ['retry', '1'],
    ]) {
      expect((await tidegate([...command, ...config])).stderr).toMatch(/--because/);
      const empty = await tidegate([...command, '--because', ' ', ...config]);
      expect([empty.code, empty.stderr]).toEqual([2, expect.stringMatching(/reason is empty/)]);
    }
  });
});
