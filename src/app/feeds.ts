import type { Config, FeedConfig, PartnerConfig } from '../config/types.ts';
import { namePattern, parseName } from '../exchange/file-names.ts';
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
    return inboundFeed(feed, partner, mapping, mates);
  });
}

function inboundFeed(
  feed: FeedConfig,
  partner: PartnerConfig,
  mapping: CompiledMapping,
  mates: readonly FeedConfig[],
): InboundFeed {
  const pattern = patternOf(feed);
  const expectedBy = mates.map(expects);
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
    expectsInFolder: mates[0] === feed ? (name, all) => expectedBy.some((mate) => mate(name, all)) : null,
  };
}

const patternOf = (feed: FeedConfig): RegExp =>
  feed.pattern ? new RegExp(feed.pattern, 'u') : namePattern(feed.dataType);

function expects(feed: FeedConfig): (name: string, all: ReadonlySet<string>) => boolean {
  const pattern = patternOf(feed);
  const { doneFile } = feed.stable;
  return (name, all) => {
    if (pattern.test(name)) return true;
    const announced = doneFile === null ? null : announcedBy(name, doneFile);
    return announced !== null && all.has(announced) && pattern.test(announced);
  };
}
