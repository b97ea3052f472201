/** An exchange with a partner whose files are packed, and the partner's own means of packing. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPacker } from '../../src/packing/pack.ts';
import type { PackSpec } from '../../src/packing/port.ts';
import { openUnpacker } from '../../src/packing/unpack.ts';
import { type Exchange, type ExchangeOptions, startExchange, type Yaml } from './exchange.ts';
import { newPgpKey, own, pinned, type TestKey } from './pgp.ts';

export interface PackedExchange {
  exchange: Exchange;
  us: TestKey;
  partner: TestKey;
  /** What the partner makes of a content: gzip, encrypted to us, signed by the partner, unless told otherwise. */
  pack(content: string | Buffer, spec?: Partial<PackSpec>): Promise<Buffer>;
  /** What the partner reads in an answer. */
  unpack(path: string): Promise<string>;
}

export const never = new AbortController().signal;

/** In the configuration, `packing` of the feed; keys are in `keys/us`, `keys/us.pub`, `keys/partner.pub`. */
export function packedFeed(partner: TestKey): Yaml {
  return {
    gzip: true,
    pgp: {
      decryptWith: [{ key: '${file:keys/us}' }],
      verifyWith: [{ key: '${file:keys/partner.pub}', fingerprint: partner.fingerprint }],
    },
  };
}

export function packedAnswers(partner: TestKey): Yaml {
  return {
    gzip: true,
    checksum: true,
    doneFile: '{name}.done',
    pgp: {
      encryptTo: [{ key: '${file:keys/partner.pub}', fingerprint: partner.fingerprint }],
      signWith: { key: '${file:keys/us}' },
    },
  };
}

export async function startPackedExchange(
  adjust: (feed: Yaml, keys: { us: TestKey; partner: TestKey }, config: Yaml) => void = () => undefined,
  options: Omit<ExchangeOptions, 'adjust'> = {},
): Promise<PackedExchange> {
  const [us, partner] = await Promise.all([newPgpKey('us'), newPgpKey('partner')]);
  const exchange = await startExchange({
    ...options,
    async adjust(config, { configFolder }) {
      await writeKeys(configFolder, us, partner);
      const [feed] = Object.values<Yaml>(config.feeds);
      feed.packing = packedFeed(partner);
      adjust(feed, { us, partner }, config);
    },
  });
  return {
    exchange,
    us,
    partner,
    pack: (content, spec = {}) =>
      inFolder(async (folder) => {
        const usual = { gzip: true, pgp: { encryptTo: [pinned(us)], signWith: own(partner) } };
        const packer = await openPacker({ ...usual, ...spec }, Date.now);
        await writeFile(join(folder, 'content'), content);
        await packer.pack(join(folder, 'content'), join(folder, 'packed'), never);
        return readFile(join(folder, 'packed'));
      }),
    unpack: (path) => unpacked(join(exchange.root, path), partner, us),
  };
}

/** As `packedFeed` and `packedAnswers` name them. */
export async function writeKeys(configFolder: string, us: TestKey, partner: TestKey): Promise<void> {
  const keys = join(configFolder, 'keys');
  await writeFile(join(keys, 'us'), us.privateKey, { mode: 0o600 });
  await writeFile(join(keys, 'partner.pub'), partner.publicKey);
}

/** The text of a local file that was packed, encrypted to `to` and signed by `by`. */
export const unpacked = (path: string, to: TestKey, by: TestKey): Promise<string> =>
  inFolder(async (folder) => {
    const pgp = { decryptWith: [own(to)], verifyWith: [pinned(by)] };
    const unpacker = await openUnpacker({ gzip: true, maxRatio: 1000, pgp }, Date.now);
    const into = join(folder, 'content');
    await unpacker.unpack(path, into, path, { maxBytes: 1e9, signal: never });
    return readFile(into, 'utf8');
  });

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-partner-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
