import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openPacker } from '../../src/packing/pack.ts';
import { openUnpacker } from '../../src/packing/unpack.ts';
import { newPgpKey, own, pinned } from '../support/pgp.ts';

const MB = 1024 * 1024;
const SIZE = 128 * MB;

/** What the process took more than before, at its worst. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 10);
  await work().finally(() => clearInterval(watch));
  return most - before;
}

it('packs and unpacks files that are larger than what it keeps in memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-memory-'));
  const at = (name: string): string => join(folder, name);
  try {
    const file = await open(at('plain'), 'w');
    for (let written = 0; written < SIZE; written += MB) await file.write(randomBytes(MB));
    await file.close();
    const [us, partner] = await Promise.all([newPgpKey('us'), newPgpKey('partner')]);
    const { signal } = new AbortController();
    const packer = await openPacker(
      { gzip: true, pgp: { encryptTo: [pinned(us)], signWith: own(partner) } },
      Date.now,
    );
    const unpacker = await openUnpacker(
      { gzip: true, maxRatio: 200, pgp: { decryptWith: [own(us)], verifyWith: [pinned(partner)] } },
      Date.now,
    );
    expect(await growth(() => packer.pack(at('plain'), at('packed'), signal))).toBeLessThan(SIZE);
    const limits = { maxBytes: 2 * SIZE, signal };
    expect(
      await growth(() => unpacker.unpack(at('packed'), at('content'), 'Sales.csv', limits)),
    ).toBeLessThan(SIZE);
    expect((await stat(at('content'))).size).toBe(SIZE);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 180_000);
