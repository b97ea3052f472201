import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { tidegate, typed } from '../support/cli.ts';
import { csv, sale } from '../support/sales.ts';

let folder: string;
let rehearsal: Rehearsal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '50ms' });
});
afterEach(async () => {
  await rehearsal.close();
  await rm(folder, { recursive: true, force: true });
});

const at = (...path: string[]): string => join(rehearsal.partnerRoot, ...path);
const run = (...args: string[]) => tidegate([...args, '-c', rehearsal.configFolder]);

it('archives what is due, says so beforehand without doing it, and proves it afterwards', {
  timeout: 60_000,
}, async () => {
  expect(await run('archive')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no partner has an archive'),
  });
  const file = join(rehearsal.configFolder, 'tidegate.yaml');
  const config = parse(await readFile(file, 'utf8'));
  config.partners.acme.archive = { timeZone: 'Europe/Berlin', restDays: 0 };
  await writeFile(file, stringify(config));
  await writeFile(at('in', 'Sales_20240811.csv'), csv([sale(1)]));
  expect((await run('once')).code).toBe(0);

  const dry = await run('archive', '--dry-run', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({ due: [{ partner: 'acme', month: '2024-08', files: 2 }] });
  expect(await readdir(at('processed'))).toEqual(['Sales_20240811.csv']);

  expect(await run('archive')).toMatchObject({ code: 0, stdout: 'acme: 2024-08 lies in /archive/2024-08\n' });
  expect(await readdir(at('processed'))).toEqual([]);
  expect(await run('archive')).toMatchObject({ code: 0, stdout: 'No month is due.\n' });
  expect(await run('verify-archive')).toMatchObject({
    code: 0,
    stdout: 'archives: 1, files: 2; all is as it was made\n',
  });

  await rm(at('archive', '2024-08', 'out', 'SalesAck_20240811.csv'));
  expect(await run('verify-archive')).toMatchObject({
    code: 3,
    stderr:
      'acme: /archive/2024-08/out/SalesAck_20240811.csv: it is gone. Find out who did that, and put back from a backup what was written.\n',
  });
  expect(await run('archive', '-p', 'nobody')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody has no archive'),
  });
});

it('says what it deletes, before and after, and where what it makes lies', { timeout: 60_000 }, async () => {
  const file = join(rehearsal.configFolder, 'tidegate.yaml');
  const config = parse(await readFile(file, 'utf8'));
  const archive = { timeZone: 'Europe/Berlin', restDays: 0, form: 'bundle', local: 'vault' };
  const use = async (keys: object): Promise<void> => {
    config.partners.acme.archive = { ...archive, ...keys };
    await writeFile(file, stringify(config));
  };
  await use({});
  await writeFile(at('in', 'Sales_20240811.csv'), csv([sale(1)]));
  expect((await typed(['once', '-c', rehearsal.configFolder])).code).toBe(0);
  const folder = join(rehearsal.configFolder, '..', 'vault', 'acme');
  const place = join(folder, '2024-08');
  expect(await typed(['archive', '-c', rehearsal.configFolder])).toMatchObject({
    code: 0,
    stdout: `acme: 2024-08 lies in ${place}.tar.gz\n`,
  });

  await use({ keepMonths: 12 });
  await writeFile(at('in', 'Sales_20240911.csv'), csv([sale(2)]));
  expect((await typed(['once', '-c', rehearsal.configFolder])).code).toBe(0);
  const dry = JSON.parse(
    (await typed(['archive', '--dry-run', '--json', '-c', rehearsal.configFolder])).stdout,
  );
  expect(dry).toMatchObject({
    due: [{ partner: 'acme', month: '2024-09', files: 2 }],
    deletes: [
      { partner: 'acme', month: '2024-08', part: 1, files: 2, place },
      { partner: 'acme', month: '2024-09', part: 1, files: 2, place: join(folder, '2024-09') },
    ],
  });
  expect((await typed(['archive', '--dry-run', '-c', rehearsal.configFolder])).stdout).toMatch(
    /To be deleted.*keepMonths.*\n(.*\n)*.*2024-08/,
  );
  expect(await readdir(folder)).toContain('2024-08.tar.gz');

  const done = JSON.parse((await typed(['archive', '--json', '-c', rehearsal.configFolder])).stdout);
  expect(done).toMatchObject({
    archived: [{ month: '2024-09' }],
    deleted: [{ month: '2024-08', place }, { month: '2024-09' }],
    waits: [],
  });
  expect((await readdir(folder)).toSorted()).toEqual(['2024-08.manifest.jsonl', '2024-09.manifest.jsonl']);
  await writeFile(at('in', 'Sales_20240711.csv'), csv([sale(3)]));
  expect((await typed(['once', '-c', rehearsal.configFolder])).code).toBe(0);
  expect(await typed(['archive', '-c', rehearsal.configFolder])).toMatchObject({
    stdout: `acme: 2024-07 was kept for as long as agreed, and is deleted; ${join(folder, '2024-07.manifest.jsonl')} stays\n`,
  });
  expect(await typed(['archive', '-c', rehearsal.configFolder])).toMatchObject({
    stdout: 'No month is due.\n',
  });
});
