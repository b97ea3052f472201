import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cutOut, type Product } from '../../torture/product.ts';

describe('a negative control', () => {
  let product: Product;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-product-'));
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist', 'call.js'), 'wait(); look(); send(); send();');
    product = { folder, bin: '' };
  });
  afterEach(() => rm(product.folder, { recursive: true, force: true }));

  it('is the product with some texts exchanged', async () => {
    const cuts = [
      { file: 'call.js', text: 'wait(); ', by: '' },
      { file: 'call.js', text: 'look()', by: 'skip()' },
    ];
    expect([...(await cutOut(product, cuts))]).toEqual([['call.js', 'skip(); send(); send();']]);
  });

  it.each(['rest()', 'send()'])(
    'is refused when the product does not hold its text once: %s',
    async (text) => {
      await expect(cutOut(product, [{ file: 'call.js', text, by: '' }])).rejects.toThrow(
        /brought up to date/,
      );
    },
  );
});
