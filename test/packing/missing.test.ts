import { expect, it, vi } from 'vitest';
import { openPacker } from '../../src/packing/pack.ts';
import { openUnpacker } from '../../src/packing/unpack.ts';

vi.mock('openpgp', () => {
  throw new Error('Cannot find package');
});

it('says what to install where PGP is asked for without the package that does it, and needs nothing for gzip', async () => {
  const missing = { code: 'PGP_MISSING', fix: expect.stringContaining('npm install openpgp@6.3.2') };
  const encrypting = openPacker({ gzip: true, pgp: { encryptTo: [], signWith: null } }, Date.now);
  await expect(encrypting).rejects.toMatchObject(missing);
  const decrypting = openUnpacker(
    { gzip: true, maxRatio: 1, pgp: { decryptWith: [], verifyWith: [] } },
    Date.now,
  );
  await expect(decrypting).rejects.toMatchObject(missing);
  await expect(openPacker({ gzip: true, pgp: null }, Date.now)).resolves.toMatchObject({ suffix: '.gz' });
});
