/** Writes the JSON Schemas and the tables of docs/configuration.md. With `--check` it writes nothing and fails when one of them is stale. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { systemSchema } from '../connectors/declared/schema.ts';
import { exportSchema } from '../mapping/export/schema.ts';
import { mappingSchema } from '../mapping/schema.ts';
import { configJsonSchema, jsonSchemaOf } from './json-schema.ts';
import { refreshPage } from './reference.ts';

const root = join(import.meta.dirname, '../..');

/** Every generated file with the content it should have. */
export async function generatedFiles(): Promise<{ path: string; content: string }[]> {
  const page = join(root, 'docs/configuration.md');
  return [
    { path: join(root, 'schemas/config.schema.json'), content: asFile(configJsonSchema()) },
    {
      path: join(root, 'schemas/mapping.schema.json'),
      content: asFile(jsonSchemaOf(mappingSchema, 'Tidegate mapping')),
    },
    {
      path: join(root, 'schemas/export.schema.json'),
      content: asFile(jsonSchemaOf(exportSchema, 'Tidegate export mapping')),
    },
    {
      path: join(root, 'schemas/system.schema.json'),
      content: asFile(jsonSchemaOf(systemSchema, 'Tidegate system')),
    },
    { path: page, content: refreshPage(await readFile(page, 'utf8')) },
  ];
}

const asFile = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`;

/** Paths whose content is not what the schemas say. */
export async function staleFiles(): Promise<string[]> {
  const files = await generatedFiles();
  const states = await Promise.all(
    files.map(async ({ path, content }) =>
      (await readFile(path, 'utf8').catch(() => '')) === content ? [] : [path],
    ),
  );
  return states.flat().map((path) => relative(root, path));
}

async function main(): Promise<void> {
  if (process.argv.includes('--check')) {
    const stale = await staleFiles();
    if (stale.length === 0) return;
    process.stderr.write(`Not up to date: ${stale.join(', ')}. Run \`npm run schemas\`.\n`);
    process.exitCode = 1;
    return;
  }
  for (const { path, content } of await generatedFiles()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

if (import.meta.main) await main();
