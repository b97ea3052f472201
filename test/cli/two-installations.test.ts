import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { tidegate } from '../support/cli.ts';
import { csv, sale } from '../support/sales.ts';

describe('two installations for one partner, as real processes', () => {
  let folder: string;
  let rehearsal: Rehearsal;
  let here: string[];
  let there: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '50ms' });
    here = ['-c', rehearsal.configFolder];
    // The same configuration beside it; only the ledger is its own.
    const elsewhere = join(folder, 'elsewhere');
    await cp(rehearsal.configFolder, elsewhere, { recursive: true });
    const file = join(elsewhere, 'tidegate.yaml');
    const yaml = await readFile(file, 'utf8');
    const other = yaml.replace(/^( +folder: ).*$/m, `$1${join(folder, 'other-ledger')}`);
    expect(other).not.toBe(yaml);
    await writeFile(file, other);
    there = ['-c', elsewhere];
  });
  afterEach(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true, force: true });
  });

  const drop = (day: number) =>
    writeFile(join(rehearsal.partnerRoot, 'in', `Sales_2024061${day}.csv`), csv([sale(day)]));

  const inbound = async () => (await readdir(join(rehearsal.partnerRoot, 'in'))).sort();

  it('one works, the other refuses; a person can turn that round', async () => {
    await drop(1);
    const both = await Promise.all([tidegate(['once', ...here]), tidegate(['once', ...there])]);
    expect(both.some(({ code, stderr }) => code === 3 && stderr.includes('FOLDER_TAKEN'))).toBe(true);
    // Where both gave way to each other, the next one is the first.
    const [first, second] = (await tidegate(['once', ...here])).code === 0 ? [here, there] : [there, here];
    expect([...rehearsal.servify.effects.values()]).toEqual([1]);

    const checked = await tidegate(['check', ...second]);
    expect([checked.code, checked.stdout]).toEqual([
      1,
      expect.stringMatching(`marker\n.*FOLDER_TAKEN.*Tidegate on ${hostname()}, since .*tidegate adopt acme`),
    ]);
    expect((await tidegate(['adopt', 'acm', '--because', 'x', ...second])).stderr).toContain(
      'Did you mean acme?',
    );

    const adopted = await tidegate(['adopt', 'acme', '--because', 'moved to another machine', ...second]);
    expect([adopted.code, adopted.stdout]).toEqual([
      0,
      expect.stringMatching(/held by this installation from now on/),
    ]);
    expect(adopted.stdout).toMatch(`Taken from Tidegate on ${hostname()}`);
    expect(adopted.stdout).toContain('make sure that the other installation is stopped');
    const [markers, mails] = [await inbound(), rehearsal.mail.messages().length];
    const again = await tidegate(['adopt', 'acme', '--because', 'once more', ...second]);
    expect([again.code, again.stdout]).toEqual([
      0,
      'acme: /in is held by this installation already; nothing was done.\n',
    ]);
    expect(await inbound()).toEqual(markers);
    await drop(2);
    expect((await tidegate(['once', ...first])).stderr).toContain('FOLDER_TAKEN');
    expect((await tidegate(['once', ...second])).code).toBe(0);
    expect([...rehearsal.servify.effects.values()]).toEqual([1, 1]);
    // Of the take-over, which the run has mailed; not of what was ours.
    const told = rehearsal.mail.messages().slice(mails);
    expect(told.filter(({ subject }) => /has taken over/.test(subject))).toHaveLength(1);
  }, 120_000);
});
