import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { loadMapping } from '../../src/mapping/compile.ts';

const page = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../docs', name), 'utf8');

/** The YAML of a page that is marked as this. */
const blocks = (text: string, mark: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`yaml ${mark}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, yaml = '']) => yaml);

const pages = ['outbound-files.md', 'partner-side.md'];
const partner = (name: string) => ({ protocol: 'local', root: `exchange/${name}` });
const partners = { acme: partner('acme'), globex: partner('globex'), office: partner('office') };

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-docs-'));
  return use(folder).finally(() => rm(folder, { recursive: true, force: true }));
}

it.each(pages)('the configuration in %s is right', async (name) => {
  const found = blocks(await page(name), 'config');
  expect(found).toHaveLength(1);
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'tidegate.yaml'), stringify({ ...parse(found[0] ?? ''), partners }));
    const config = await loadConfig(folder, {});
    expect(Object.keys(config.feeds['acme-layout']?.files ?? {})).toEqual(['contracts']);
  });
});

it('the replies of another Tidegate are agreed as the page says', async () => {
  const text = await page('partner-side.md');
  const config = parse(blocks(text, 'config')[0] ?? '');
  config.feeds['acme-layout'].files.contracts.answered = parse(blocks(text, 'answered')[0] ?? '');
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'tidegate.yaml'), stringify({ ...config, partners }));
    const { feeds } = await loadConfig(folder, {});
    expect(feeds['acme-layout']?.files['contracts']?.answered?.replies).toHaveLength(1);
  });
});

it('the mapping in outbound-files.md is right', async () => {
  const [yaml = ''] = blocks(await page('outbound-files.md'), 'mapping');
  await withFolder(async (folder) => {
    await mkdir(join(folder, 'mappings'));
    const path = join(folder, 'mappings', 'layout.yaml');
    await writeFile(path, yaml);
    expect([...(await loadMapping(path, new Map())).files.keys()]).toEqual(['contracts']);
  });
});
