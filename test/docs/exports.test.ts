import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { systems } from '../../src/app/implementations.ts';
import { configSchema } from '../../src/config/schema/root.ts';
import { loadExportMapping } from '../../src/mapping/export/load.ts';
import { rowFacts } from '../../src/mapping/export/schema.ts';
import { cellsOf } from './tables.ts';

const root = join(import.meta.dirname, '../..');
const page = await readFile(join(root, 'docs/exports.md'), 'utf8');
const [config = '', mapping = ''] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');

it('shows exports as the configuration takes them', () => {
  expect(Object.keys(configSchema.shape.exports.parse(parse(config).exports))).toHaveLength(2);
});

it('shows a mapping as it can be loaded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const file = join(folder, 'shown.export.yaml');
  await writeFile(file, mapping);
  expect((await loadExportMapping(file, systems)).header).toEqual([
    'External Contract ID',
    'Status',
    'Sold On',
  ]);
  await rm(folder, { recursive: true });
});

it('lists the mappings that are there, and every word about a row', async () => {
  const there = (await readdir(join(root, 'mappings'))).flatMap(
    (name) => /^(.*)\.export\.yaml$/.exec(name)?.[1] ?? [],
  );
  expect(
    cellsOf(page, 'mapping')
      .map(([name]) => name)
      .toSorted(),
  ).toEqual(there.toSorted());
  for (const fact of rowFacts) expect(page).toContain(`\`${fact}\``);
});
