import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { cellsOf } from './tables.ts';

const root = join(import.meta.dirname, '../..');
const versions = z.record(z.string(), z.string());
const manifestSchema = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

it('lists every dependency with the version that is installed, and no other', async () => {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const page = await readFile(join(root, 'docs/dependencies.md'), 'utf8');
  const listed = cellsOf(page, 'package').map(([name = '', version = '']) => [name, version]);
  expect(listed).toEqual(
    Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    }),
  );
});

it('gives every dependency a licence and a reason', async () => {
  const page = await readFile(join(root, 'docs/dependencies.md'), 'utf8');
  for (const [name, , licence, reason] of cellsOf(page, 'package')) {
    expect(licence, name).toMatch(/^[A-Z]/);
    expect(reason, name).not.toBe('');
  }
});
