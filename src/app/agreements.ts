/** What is agreed with those who answer our files, from the configuration. */
import type { Term } from '../base/units.ts';
import type { Config, FeedConfig } from '../config/types.ts';
import { replyNames } from '../exchange/dispatch/reply-names.ts';
import type { Agreement, ReplyKind } from '../exchange/dispatch/types.ts';
import { incomingSuffixes, withoutSuffix } from '../packing/suffix.ts';
import { addBusinessHours, type Calendar } from '../schedule/calendar.ts';

type Answered = NonNullable<FeedConfig['files'][string]['answered']>;

/** What somebody has agreed to answer, and where it is said. */
export interface Terms {
  /** As ledger and notices name it. */
  name: string;
  /** Whose rows go into the files; `null` for an export. */
  feed: string | null;
  partner: string;
  answered: Answered;
}

const HOUR_MS = 3_600_000;

export const rowFileAgreement = (feed: string, file: string): string => `${feed}/${file}`;
export const exportAgreement = (name: string): string => `export ${name}`;

/** Those of all enabled feeds and exports. */
export function termsOf({ feeds, exports }: Config): Terms[] {
  const ofRows = Object.values(feeds).flatMap((feed) =>
    Object.entries(feed.enabled ? feed.files : {}).map(([file, { partner, answered }]) => ({
      ...{ name: rowFileAgreement(feed.name, file), feed: feed.name },
      ...{ partner: partner ?? feed.partner, answered },
    })),
  );
  const ofExports = Object.values(exports).flatMap(({ enabled, name, partner, answered }) =>
    enabled ? [{ name: exportAgreement(name), feed: null, partner, answered }] : [],
  );
  return [...ofRows, ...ofExports].flatMap(({ answered, ...of }) => (answered ? [{ ...of, answered }] : []));
}

/** Without what takes keys. */
export type Agreed = Omit<Agreement, 'unpacker'>;

/** By their names. */
export const agreementsOf = (config: Config): ReadonlyMap<string, Agreed> =>
  new Map(termsOf(config).map((agreement) => [agreement.name, agreementOf(agreement, config)]));

function agreementOf({ name, feed, partner, answered }: Terms, config: Config): Agreed {
  const folder = answered.folder ?? config.partners[partner]?.folders.out;
  if (folder === undefined) throw new Error(`there is no partner ${partner}`);
  const calendar = answered.calendar === null ? null : (config.calendars[answered.calendar] ?? null);
  const { within, warnAfter, takeAway } = answered;
  return {
    ...{ name, feed, partner, folder, limits: config.limits },
    ...{ dialect: answered.dialect, report: answered.report },
    replies: answered.replies.map(({ name: pattern, outcome, id, reason }) => ({
      ...{ parseName: parserFor(pattern, answered), outcome, id, reasons: reason },
    })),
    match: Object.entries(answered.match).map(([sent, theirs]) => ({
      sent,
      theirs: typeof theirs === 'string' ? [theirs] : theirs,
    })),
    readyWhen: { kind: 'stable', forMs: answered.stableFor },
    dueAt: (sentAt) => after(sentAt, within, calendar),
    warnAt: (sentAt) => (warnAfter === null ? null : after(sentAt, warnAfter, calendar)),
    takeAway:
      takeAway.how === 'move' && takeAway.folder !== null
        ? { kind: 'move', folder: takeAway.folder }
        : { kind: takeAway.how === 'delete' ? 'delete' : 'leave' },
  };
}

/** Packed replies are named as plain ones are, with a suffix. */
function parserFor(pattern: string, { packing }: Answered): ReplyKind['parseName'] {
  const [parse, suffixes] = [replyNames(pattern), incomingSuffixes(packing)];
  return (name) => {
    const plain = withoutSuffix(name, suffixes);
    return plain === null ? null : parse(plain);
  };
}

/** A business day is as many hours as are worked on one. */
function after(at: number, term: Term, calendar: Calendar | null): number {
  if (term.kind === 'clock') return at + term.ms;
  if (calendar === null) throw new Error('business hours without a calendar');
  const { from, to } = calendar.workingHours;
  const hours = term.unit === 'hours' ? term.amount : (term.amount * (to - from)) / HOUR_MS;
  return addBusinessHours(at, hours, calendar);
}
