import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { probeFolder, usedFolders } from '../../src/app/used-folders.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/types.ts';

const answered = {
  replies: [{ name: 'Ack_{stamp}.csv', outcome: 'accepted' }],
  match: { Id: 'Id' },
  within: '1d',
};

async function configured(file: object): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const partner = (name: string) => ({ protocol: 'local', root: name });
  const feed = { partner: 'acme', dataType: 'Sales', mapping: 'm', schedule: '* * * * *', timeZone: 'UTC' };
  const config = {
    partners: { acme: partner('acme'), office: partner('office'), idle: partner('idle') },
    feeds: {
      sales: {
        ...feed,
        files: { layout: { dataType: 'Layout', partner: 'office', folder: '/in', ...file } },
      },
    },
  };
  await writeFile(join(folder, 'tidegate.yaml'), stringify(config));
  return loadConfig(folder, {}).finally(() => rm(folder, { recursive: true }));
}

it('are the four of who sends files, and of whom nothing is known yet', async () => {
  const config = await configured({});
  for (const partner of ['acme', 'idle'])
    expect(usedFolders(config, partner)).toEqual(
      ['/in', '/out', '/processed', '/errored'].map((path) => ({ path, writes: true })),
    );
  expect(probeFolder(config, 'acme')).toBe('/out');
});

it('are those alone where files are put and replies looked for', async () => {
  const config = await configured({ answered });
  expect(usedFolders(config, 'office')).toEqual([
    { path: '/in', writes: true },
    { path: '/out', writes: false },
  ]);
  expect(probeFolder(config, 'office')).toBe('/in');
});

it('are written to where replies are taken away and reports put', async () => {
  const takeAway = { how: 'move', folder: '/read' };
  const config = await configured({
    answered: { ...answered, takeAway, report: { partner: 'office', folder: '/done' } },
  });
  expect(usedFolders(config, 'office')).toEqual(
    ['/in', '/out', '/read', '/done'].map((path) => ({ path, writes: true })),
  );
});
