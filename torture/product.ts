/** The product as it is published: built, and laid out like the package. Negative controls are the same with one safety cut out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

export interface Product {
  folder: string;
  /** The command line's own file. */
  bin: string;
}

/** A text of a built file, and what takes its place. */
export interface Cut {
  file: string;
  text: string;
  by: string;
}

export async function buildProduct(folder: string): Promise<Product> {
  await mkdir(folder, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'close');
  if (code !== 0) throw new Error(`the product does not build: tsc ended with ${code}`);
  return layOut(folder);
}

export async function productWithout(
  product: Product,
  folder: string,
  cuts: readonly Cut[],
): Promise<Product> {
  const changed = await cutOut(product, cuts);
  await cp(join(product.folder, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const [file, code] of changed) await writeFile(join(folder, 'dist', file), code);
  return layOut(folder);
}

/** The files that the cuts change, as they are then. Throws when a cut does not fit the product any more. */
export async function cutOut({ folder }: Product, cuts: readonly Cut[]): Promise<Map<string, string>> {
  const changed = new Map<string, string>();
  for (const { file, text, by } of cuts) {
    const code = changed.get(file) ?? (await readFile(join(folder, 'dist', file), 'utf8'));
    if (code.split(text).length !== 2)
      throw new Error(`a negative control must be brought up to date: ${file} does not hold once: ${text}`);
    changed.set(
      file,
      code.replace(text, () => by),
    );
  }
  return changed;
}

async function layOut(folder: string): Promise<Product> {
  for (const name of ['bin', 'mappings', 'schemas', 'package.json'])
    await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { folder, bin: join(folder, 'bin', 'tidegate.js') };
}
