/** What `run` refuses to start with: it says where and why, connects to nobody and makes nothing. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { tidegate } from '../support/cli.ts';
import type { Yaml } from '../support/exchange.ts';

describe('run, with', () => {
  let folder: string;
  let rehearsal: Rehearsal;
  let right: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '* * * * *', stableFor: '1s' });
    right = await readFile(join(rehearsal.configFolder, 'tidegate.yaml'), 'utf8');
  });
  afterAll(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true });
  });

  it.each<[what: string, change: (config: Yaml) => unknown, code: string, says: RegExp]>([
    [
      'a secret that is not set',
      ({ partners }) => {
        partners.acme.key = '${env:ACME_KEY}';
      },
      'CONFIG_SECRET',
      /ACME_KEY, which is not set/,
    ],
    [
      'a key file that is not there',
      ({ partners }) => {
        partners.acme.key = '${file:keys/gone}';
      },
      'CONFIG_SECRET',
      /keys\/gone, which cannot be read/,
    ],
    [
      'a secret in the file',
      ({ targets }) => {
        targets.servify.clientSecret = 'written-down';
      },
      'CONFIG_SECRET',
      /must not stand in the file/,
    ],
    [
      'overlapping folders',
      ({ partners }) => {
        partners.acme.folders = { processed: '/in/done' };
      },
      'CONFIG_INVALID',
      /the folder \/in\/done overlaps with in: \/in/,
    ],
    [
      'folders that overlap with those of another partner',
      ({ partners }) => {
        partners.umbrella = { ...partners.acme, folders: { in: '/out', out: '/elsewhere' } };
      },
      'CONFIG_INVALID',
      /the folder \/out overlaps with partners\.acme\.folders\.out/,
    ],
    [
      'an archive in a folder that is used for something else',
      ({ partners }) => {
        partners.acme.archive = { timeZone: 'UTC', folder: '/out/archive' };
      },
      'CONFIG_INVALID',
      /the folder \/out\/archive overlaps with partners\.acme\.folders\.out/,
    ],
    [
      'one archive for two partners',
      ({ partners }) => {
        partners.acme.archive = { timeZone: 'UTC' };
        partners.umbrella = { ...partners.acme };
      },
      'CONFIG_INVALID',
      /the folder \/archive overlaps with partners\.acme\.archive\.folder/,
    ],
    [
      'a bad cron expression',
      ({ feeds }) => {
        feeds['acme-sales'].schedule = '61 * * * *';
      },
      'CONFIG_INVALID',
      /schedule is not a cron expression/,
    ],
    [
      'a time zone that there is not',
      ({ feeds }) => {
        feeds['acme-sales'].timeZone = 'Europe/Atlantis';
      },
      'CONFIG_INVALID',
      /timeZone is not a time zone/,
    ],
    [
      'an API without encryption',
      ({ targets }) => {
        targets.servify.baseUrl = 'http://api.example.com';
      },
      'CONFIG_INVALID',
      /baseUrl sends clear text over the network/,
    ],
    [
      'mail without encryption',
      ({ mail }) => {
        mail.host = 'smtp.example.com';
      },
      'CONFIG_INVALID',
      /clear text mail/,
    ],
    [
      'an unknown option',
      ({ feeds }) => {
        feeds['acme-sales'].errorTreshold = '10%';
      },
      'CONFIG_INVALID',
      /errorTreshold is not a known key .* Did you mean errorThreshold\?/,
    ],
    [
      'no pinned host key',
      ({ partners }) => {
        delete partners.acme.hostKeys;
      },
      'CONFIG_INVALID',
      /no host key is pinned/,
    ],
    [
      'two feeds for the same files',
      ({ feeds }) => {
        feeds.again = feeds['acme-sales'];
      },
      'CONFIG_INVALID',
      /would take the same files/,
    ],
    [
      'a mapping that is not there',
      ({ feeds }) => {
        feeds['acme-sales'].mapping = 'gone';
      },
      'MAPPING_INVALID',
      /gone/,
    ],
  ])('%s', async (_what, change, code, says) => {
    const config: Yaml = parse(right);
    change(config);
    await writeFile(
      join(rehearsal.configFolder, 'tidegate.yaml'),
      stringify(config, { aliasDuplicateObjects: false }),
    );
    const { code: exit, stderr, stdout } = await tidegate(['run', '-c', rehearsal.configFolder]);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(new RegExp(`^\\S+\\.yaml(?::\\d+:\\d+)?: ${code}: `, 'm'));
    expect([rehearsal.sftp.connections, rehearsal.servify.calls.size]).toEqual([0, 0]);
    expect(await readdir(folder)).not.toContain('ledger');
  });
});
