import type { Config, FeedConfig, PartnerConfig } from '../config/types.ts';
import { joinPath, namePattern, outboundName, parseName } from '../exchange/file-names.ts';
import { announcedBy } from '../exchange/gate.ts';
import type { InboundFeed, RowFileSpec } from '../exchange/types.ts';
import type { CompiledMapping } from '../mapping/types.ts';
import { incomingSuffixes, withoutSuffix } from '../packing/suffix.ts';
import { agreementsOf, rowFileAgreement } from './agreements.ts';
import { expectationOf } from './expectations.ts';
import type { FeedPacking } from './packings.ts';

/** The feeds as the exchange wants them, from the configuration. */
export function inboundFeeds(
  config: Config,
  mappings: ReadonlyMap<string, CompiledMapping>,
  packings: ReadonlyMap<string, FeedPacking>,
): InboundFeed[] {
  const enabled = Object.values(config.feeds).filter((feed) => feed.enabled);
  return enabled.map((feed) => {
    const mates = enabled.filter((other) => other.partner === feed.partner);
    const partner = config.partners[feed.partner];
    const mapping = mappings.get(feed.mapping);
    const packing = packings.get(feed.name);
    if (!partner || !mapping || !packing)
      throw new Error(`feed ${feed.name} was not checked: its partner, mapping or packing is missing`);
    const expected = mates.map((mate) =>
      expects(
        mate,
        mappings.get(mate.mapping)?.fileEndings ?? [],
        packings.get(mate.name)?.checksum?.pattern ?? null,
      ),
    );
    return {
      ...inboundFeed(feed, partner, mapping, packing, config, mates[0] === feed ? expected : null),
      expects: expectationOf(feed, config.calendars),
    };
  });
}

function inboundFeed(
  feed: FeedConfig,
  partner: PartnerConfig,
  mapping: CompiledMapping,
  { unpacker, checksum, parcel, files: parcels }: FeedPacking,
  config: Config,
  expectedByMates: readonly Expects[] | null,
): Omit<InboundFeed, 'expects'> {
  const { folder, maxBytes } = feed.attachments;
  const { maxFilesPerPoll, ...limits } = feed.limits;
  const [suffix = ''] = incomingSuffixes(feed.packing);
  const { files, rejects } = feed.acknowledgement;
  return {
    name: feed.name,
    partner: feed.partner,
    files: rowFiles(feed, mapping, parcels, config),
    folders: partner.folders,
    marker: partner.marker,
    parseName: nameParser(feed),
    nameExample: feed.pattern
      ? `${feed.pattern}${suffix && ` with ${suffix}`}`
      : `${feed.dataType}_20240611_153000.csv${suffix}`,
    dataType: feed.dataType,
    readyWhen: {
      ...(feed.stable.doneFile
        ? { kind: 'done-file', pattern: feed.stable.doneFile }
        : { kind: 'stable', forMs: feed.stable.for ?? 0 }),
      ...(checksum?.required ? { beside: checksum.pattern } : {}),
    },
    maxFilesPerPoll,
    dialect: feed.dialect,
    limits,
    unpacker,
    checksum,
    answer: { files, rejects, parcel },
    rejectsAllowed:
      feed.errorThreshold.kind === 'rows'
        ? { rows: feed.errorThreshold.rows }
        : { share: feed.errorThreshold.share },
    changedRows: feed.corrected.changed,
    mapping,
    tellsPartner: partner.contacts !== null,
    attachments: {
      folder: folder === null ? partner.folders.in : joinPath(partner.folders.in, folder),
      maxBytes,
    },
    expectsRows: feed.expects?.rows ?? null,
    expectsInFolder: expectedByMates && ((entry, all) => firstOf(expectedByMates, entry, all)),
  };
}

/** Packed files are named as plain ones are, with a suffix. */
function nameParser(feed: FeedConfig): InboundFeed['parseName'] {
  const pattern = feed.pattern ? new RegExp(feed.pattern, 'u') : namePattern(feed.dataType);
  const suffixes = incomingSuffixes(feed.packing);
  return (name) => {
    const plain = withoutSuffix(name, suffixes);
    return plain === null ? null : parseName(plain, pattern, feed.dataType);
  };
}

function rowFiles(
  feed: FeedConfig,
  mapping: CompiledMapping,
  parcels: FeedPacking['files'],
  config: Config,
): InboundFeed['files'] {
  const agreements = agreementsOf(config);
  const files = Object.entries(feed.files).map(([kind, spec]): [string, RowFileSpec] => {
    const { dataType, dialect, header } = spec;
    const partner = spec.partner ?? feed.partner;
    const usual = mapping.files.get(kind)?.splits
      ? '{dataType}-{split}_{stamp}.csv'
      : '{dataType}_{stamp}.csv';
    const nameFor = (stamp: string, split: string): string =>
      outboundName(spec.name ?? usual, { dataType, stamp, split });
    const folder = spec.folder ?? config.partners[partner]?.folders.out;
    if (folder === undefined) throw new Error(`there is no partner ${partner}`);
    const agreement = agreements.get(rowFileAgreement(feed.name, kind)) ?? null;
    const parcel = parcels.get(kind);
    if (parcel === undefined) throw new Error(`the packing of ${feed.name}/${kind} was not opened`);
    return [kind, { partner, folder, nameFor, dialect, header, agreement, parcel }];
  });
  return new Map(files);
}

type Expects = NonNullable<InboundFeed['expectsInFolder']>;

/** What one feed takes for an attachment may be the CSV of another. */
function firstOf(mates: readonly Expects[], ...[entry, all]: Parameters<Expects>): ReturnType<Expects> {
  const expected = mates.map((mate) => mate(entry, all));
  return expected.find((one) => one === 'itself') ?? expected.find((one) => one !== null) ?? null;
}

/**
 * @param endings of files that rows name
 * @param checksum the name of a checksum file
 */
function expects(feed: FeedConfig, endings: readonly string[], checksum: string | null): Expects {
  const parse = nameParser(feed);
  const isOurs = (name: string | null): name is string => name !== null && parse(name) !== null;
  const { doneFile } = feed.stable;
  const { folder } = feed.attachments;
  const isAttachment = (name: string): boolean =>
    folder === null && endings.some((ending) => name.toLowerCase().endsWith(`.${ending}`));
  return ({ name, kind }, all) => {
    if (kind === 'folder') return endings.length > 0 && name === folder ? 'itself' : null;
    if (kind !== 'file') return null;
    if (isOurs(name)) return 'itself';
    if (isAttachment(name)) return 'by a row';
    // It may come before the file.
    if (checksum !== null && isOurs(announcedBy(name, checksum))) return 'itself';
    const announced = doneFile === null ? null : announcedBy(name, doneFile);
    return isOurs(announced) && all.has(announced) ? 'itself' : null;
  };
}
