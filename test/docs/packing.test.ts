import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { exported } from '../../src/config/schema/export.ts';
import { feed } from '../../src/config/schema/feed.ts';
import { Secret } from '../../src/config/secret.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/packing.md'), 'utf8');

/** As the loader does. */
const withSecrets = (text: string): unknown =>
  parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('${') ? new Secret('of a file', value) : value,
  );

it('shows a configuration that is one', () => {
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => block);
  const shown = withSecrets(blocks.join('')) as Record<'feeds' | 'exports', Record<string, unknown>>;
  expect(feed.parse(shown.feeds['acme-sales'])).toMatchObject({
    packing: { gzip: true, pgp: { signature: 'required' }, checksum: { when: 'required', waitFor: 900_000 } },
    acknowledgement: { packing: { checksum: true, doneFile: '{name}.done' } },
    files: { contracts: { packing: { gzip: true, pgp: { signWith: null } } } },
  });
  expect(exported.parse(shown.exports['acme-contracts'])).toMatchObject({
    packing: { gzip: true, checksum: true, doneFile: '{name}.done' },
  });
});
