/** What packs and unpacks the files of the feeds, with their keys, from the configuration. */
import { explain, TidegateError, TidegateErrors } from '../base/errors.ts';
import type { Config, FeedConfig, OutboundPackingConfig } from '../config/types.ts';
import type { Checksum, InboundFeed, Parcel } from '../exchange/types.ts';
import { openPacker } from '../packing/pack.ts';
import type { KnownKey } from '../packing/port.ts';
import { suffixesOf } from '../packing/suffix.ts';
import { openUnpacker } from '../packing/unpack.ts';

export type FeedPacking = Pick<InboundFeed, 'unpacker' | 'checksum'> & { parcel: Parcel | null };

/** By feed. Keys are read and judged now: fails with all that cannot be used (`TidegateErrors`: `PGP_KEY`, `PGP_MISSING`). */
export async function openPackings(config: Config, now: () => number): Promise<Map<string, FeedPacking>> {
  const packings = new Map<string, FeedPacking>();
  const problems: TidegateError[] = [];
  for (const feed of Object.values(config.feeds).filter(({ enabled }) => enabled)) {
    try {
      packings.set(feed.name, await openPacking(feed, now));
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new TidegateErrors(problems);
  return packings;
}

async function openPacking(
  { name, packing, acknowledgement }: FeedConfig,
  now: () => number,
): Promise<FeedPacking> {
  const packed = packing && (packing.gzip || packing.pgp) ? packing : null;
  return {
    unpacker: packed && (await at(`feeds.${name}.packing`, openUnpacker(packed, now))),
    checksum: packing && checksumOf(packing.checksum),
    parcel: await at(`feeds.${name}.acknowledgement.packing`, openParcel(acknowledgement.packing, now)),
  };
}

function checksumOf(checksum: NonNullable<FeedConfig['packing']>['checksum']): Checksum | null {
  if (!checksum) return null;
  const { algorithm, file, when, waitFor } = checksum;
  const pattern = file ?? `{name}.${algorithm}`;
  return { algorithm, pattern, required: when === 'required', waitMs: waitFor };
}

export async function openParcel(
  packing: OutboundPackingConfig | null,
  now: () => number,
): Promise<Parcel | null> {
  if (!packing) return null;
  const { checksum, doneFile } = packing;
  return { packer: await openPacker(packing, now), checksum, doneFile };
}

/** Says where the key is configured that cannot be used. */
async function at<T>(subject: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    const { code, message, expected, fix, retry } = error;
    throw new TidegateError(code, message, {
      ...{ subject, retry, cause: error },
      ...(expected === undefined ? {} : { expected }),
      ...(fix === undefined ? {} : { fix }),
    });
  }
}

/** What file names of the feed may have behind the common name. */
export function suffixesOfFeed({ packing }: FeedConfig): readonly string[] {
  if (!packing) return [''];
  return packing.suffix === null ? suffixesOf(packing) : [packing.suffix];
}

const verbs: Readonly<Record<KnownKey['use'], string>> = {
  decrypt: 'decrypts with',
  verify: 'verifies with',
  encrypt: 'encrypts to',
  sign: 'signs with',
};

/** What `check` says of a feed; `null` when nothing is packed. */
export async function packingLine(
  feed: FeedConfig,
  now: () => number,
): Promise<{ ok: boolean; detail: string } | null> {
  if (!feed.packing && !feed.acknowledgement.packing) return null;
  try {
    const { unpacker, checksum, parcel } = await openPacking(feed, now);
    const keys = [...(unpacker?.keys ?? []), ...(parcel?.packer.keys ?? [])];
    const inbound = [
      `names end in .csv${suffixesOfFeed(feed).join(' or .csv')}`,
      ...(checksum ? [`${checksum.pattern} ${checksum.required ? 'demanded' : 'checked where it is'}`] : []),
    ];
    const outbound = parcel ? [`answers end in .csv${parcel.packer.suffix}`] : [];
    return { ok: true, detail: [...inbound, ...outbound, ...keys.map(keyWords)].join('; ') };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    return { ok: false, detail: explain(error) };
  }
}

function keyWords({ use, fingerprint, expiresAt }: KnownKey): string {
  const until =
    expiresAt === null ? 'does not expire' : `until ${new Date(expiresAt).toISOString().slice(0, 10)}`;
  return `${verbs[use]} ${fingerprint} (${until})`;
}
