/** What packs and unpacks files, with their keys, from the configuration. */
import { boundary } from '../base/boundary.ts';
import { TidegateError, TidegateErrors } from '../base/errors.ts';
import type {
  Config,
  ExportConfig,
  FeedConfig,
  InboundPackingConfig,
  OutboundPackingConfig,
} from '../config/types.ts';
import type { Checksum, InboundFeed, Parcel } from '../exchange/types.ts';
import { openPacker } from '../packing/pack.ts';
import type { Unpacker } from '../packing/port.ts';
import { openUnpacker } from '../packing/unpack.ts';
import { type Terms, termsOf } from './agreements.ts';

export type FeedPacking = Pick<InboundFeed, 'unpacker' | 'checksum'> & {
  /** Of answers. */
  parcel: Parcel | null;
  /** Of the outbound files that its rows go into. */
  files: ReadonlyMap<string, Parcel | null>;
};

/** Of all that is enabled, by name. */
export interface Packings {
  feeds: ReadonlyMap<string, FeedPacking>;
  exports: ReadonlyMap<string, Parcel | null>;
  /** By agreement. */
  replies: ReadonlyMap<string, Unpacker | null>;
}

/** Keys are read and judged now: fails with all that cannot be used (`TidegateErrors`: `PGP_KEY`, `PGP_MISSING`). */
export async function openPackings(config: Config, now: () => number): Promise<Packings> {
  const problems: TidegateError[] = [];
  const feeds = Object.values(config.feeds).filter(({ enabled }) => enabled);
  const exports = Object.values(config.exports).filter(({ enabled }) => enabled);
  const packings = {
    feeds: await openEach(feeds, (feed) => openFeedPacking(feed, now), problems),
    exports: await openEach(exports, (entry) => openExportParcel(entry, now), problems),
    replies: await openEach(termsOf(config), (terms) => openReplyUnpacker(terms, now), problems),
  };
  if (problems.length > 0) throw new TidegateErrors(problems);
  return packings;
}

async function openEach<Entry extends { name: string }, Packing>(
  entries: readonly Entry[],
  open: (entry: Entry) => Promise<Packing>,
  problems: TidegateError[],
): Promise<Map<string, Packing>> {
  const opened = new Map<string, Packing>();
  for (const entry of entries) {
    try {
      opened.set(entry.name, await open(entry));
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      problems.push(error);
    }
  }
  return opened;
}

async function openFeedPacking(feed: FeedConfig, now: () => number): Promise<FeedPacking> {
  const files = new Map<string, Parcel | null>();
  for (const [file, { packing }] of Object.entries(feed.files))
    files.set(file, await openParcel(`feeds.${feed.name}.files.${file}.packing`, packing, now));
  return { ...(await openOwnPacking(feed, now)), files };
}

/** Without the outbound files of the feed. */
export async function openOwnPacking(
  { name, packing, acknowledgement }: Pick<FeedConfig, 'name' | 'packing' | 'acknowledgement'>,
  now: () => number,
): Promise<Omit<FeedPacking, 'files'>> {
  return {
    unpacker: await openIncoming(`feeds.${name}.packing`, packing, now),
    checksum: packing && checksumOf(packing.checksum),
    parcel: await openParcel(`feeds.${name}.acknowledgement.packing`, acknowledgement.packing, now),
  };
}

const openExportParcel = ({ name, packing }: ExportConfig, now: () => number): Promise<Parcel | null> =>
  openParcel(`exports.${name}.packing`, packing, now);

const openReplyUnpacker = ({ name, answered }: Terms, now: () => number): Promise<Unpacker | null> =>
  openIncoming(`replies ${name}: packing`, answered.packing, now);

/** @param place where it is configured, for errors */
export const openIncoming = (
  place: string,
  packing: Omit<InboundPackingConfig, 'checksum'> | null,
  now: () => number,
): Promise<Unpacker | null> =>
  packing && (packing.gzip || packing.pgp) ? at(place, openUnpacker(packing, now)) : Promise.resolve(null);

/** @param place as for `openIncoming` */
export async function openParcel(
  place: string,
  packing: OutboundPackingConfig | null,
  now: () => number,
): Promise<Parcel | null> {
  if (!packing) return null;
  const { checksum, doneFile } = packing;
  return { packer: boundary('packer', await at(place, openPacker(packing, now))), checksum, doneFile };
}

function checksumOf(checksum: InboundPackingConfig['checksum']): Checksum | null {
  if (!checksum) return null;
  const { algorithm, file, when, waitFor } = checksum;
  const pattern = file ?? `{name}.${algorithm}`;
  return { algorithm, pattern, required: when === 'required', waitMs: waitFor };
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
