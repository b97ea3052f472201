import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import type { Yaml } from '../support/exchange.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/schedules.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => parse(text) as Yaml);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('shows examples that together make a configuration', async () => {
  expect(examples.length).toBeGreaterThan(2);
  const feed = Object.assign({}, ...examples.map(({ feeds }) => feeds?.['acme-sales']));
  const config = {
    ...Object.assign({}, ...examples),
    targets: { servo: { system: 'servo', baseUrl: 'https://api.example.com', token: '${env:TOKEN}' } },
    partners: { acme: { protocol: 'local', root: 'acme' } },
    feeds: { 'acme-sales': { partner: 'acme', dataType: 'Sales', mapping: 'm', target: 'servo', ...feed } },
  };
  await writeFile(join(folder, 'tidegate.yaml'), stringify(config));
  const { feeds, calendars } = await loadConfig(folder, { TOKEN: 'canary' });
  expect(feeds['acme-sales']).toMatchObject({
    ...{ calendar: 'germany', jitter: 30_000 },
    expects: { by: 36_000_000, warnBefore: 1_800_000, rows: { deviation: 0.5 } },
  });
  expect(calendars['germany']?.holidays).toContain('2026-04-03');
});
