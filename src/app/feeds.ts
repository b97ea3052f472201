import type { Config, FeedConfig, PartnerConfig } from '../config/types.ts';
import { joinPath, namePattern, parseName } from '../exchange/file-names.ts';
import { announcedBy } from '../exchange/gate.ts';
import type { InboundFeed } from '../exchange/types.ts';
import type { CompiledMapping } from '../mapping/types.ts';

/** The feeds as the exchange wants them, from the configuration. */
export function inboundFeeds(config: Config, mappings: ReadonlyMap<string, CompiledMapping>): InboundFeed[] {
  const enabled = Object.values(config.feeds).filter((feed) => feed.enabled);
  return enabled.map((feed) => {
    const mates = enabled.filter((other) => other.partner === feed.partner);
    const partner = config.partners[feed.partner];
    const mapping = mappings.get(feed.mapping);
    if (!partner || !mapping)
      throw new Error(`feed ${feed.name} was not checked: its partner or mapping is missing`);
    const expected = mates.map((mate) => expects(mate, mappings.get(mate.mapping)?.fileEndings ?? []));
    return inboundFeed(feed, partner, mapping, mates[0] === feed ? expected : null);
  });
}

function inboundFeed(
  feed: FeedConfig,
  partner: PartnerConfig,
  mapping: CompiledMapping,
  expectedByMates: readonly Expects[] | null,
): InboundFeed {
  const pattern = patternOf(feed);
  const { folder, maxBytes } = feed.attachments;
  const { maxFilesPerPoll, ...limits } = feed.limits;
  return {
    name: feed.name,
    partner: feed.partner,
    folders: partner.folders,
    marker: partner.marker,
    parseName: (name) => parseName(name, pattern, feed.dataType),
    nameExample: feed.pattern ?? `${feed.dataType}_20240611_153000.csv`,
    dataType: feed.dataType,
    readyWhen: feed.stable.doneFile
      ? { kind: 'done-file', pattern: feed.stable.doneFile }
      : { kind: 'stable', forMs: feed.stable.for ?? 0 },
    maxFilesPerPoll,
    dialect: feed.dialect,
    limits,
    answer: feed.acknowledgement,
    rejectsAllowed:
      feed.errorThreshold.kind === 'rows'
        ? { rows: feed.errorThreshold.rows }
        : { share: feed.errorThreshold.share },
    changedRows: feed.corrected.changed,
    mapping,
    attachments: {
      folder: folder === null ? partner.folders.in : joinPath(partner.folders.in, folder),
      maxBytes,
    },
    expectsInFolder: expectedByMates && ((entry, all) => firstOf(expectedByMates, entry, all)),
  };
}

const patternOf = (feed: FeedConfig): RegExp =>
  feed.pattern ? new RegExp(feed.pattern, 'u') : namePattern(feed.dataType);

type Expects = NonNullable<InboundFeed['expectsInFolder']>;

/** What one feed takes for an attachment may be the CSV of another. */
function firstOf(mates: readonly Expects[], ...[entry, all]: Parameters<Expects>): ReturnType<Expects> {
  const expected = mates.map((mate) => mate(entry, all));
  return expected.find((one) => one === 'itself') ?? expected.find((one) => one !== null) ?? null;
}

/** @param endings of files that rows name */
function expects(feed: FeedConfig, endings: readonly string[]): Expects {
  const pattern = patternOf(feed);
  const { doneFile } = feed.stable;
  const { folder } = feed.attachments;
  const isAttachment = (name: string): boolean =>
    folder === null && endings.some((ending) => name.toLowerCase().endsWith(`.${ending}`));
  return ({ name, kind }, all) => {
    if (kind === 'folder') return endings.length > 0 && name === folder ? 'itself' : null;
    if (kind !== 'file') return null;
    if (pattern.test(name)) return 'itself';
    if (isAttachment(name)) return 'by a row';
    const announced = doneFile === null ? null : announcedBy(name, doneFile);
    return announced !== null && all.has(announced) && pattern.test(announced) ? 'itself' : null;
  };
}
