/** Notices about files that we sent and how they are answered, in words. Pure. */
import type { DispatchCounts, Finding, FindingKind, Notice, Problem } from '../ledger/port.ts';
import { type Fact, layOut, plural, utc } from './layout.ts';
import { oneLine } from './text.ts';

export interface DispatchFacts {
  outbound: number;
  partner: string;
  /** Whose rows are in it, if any. */
  feed: string | null;
  /** Name of the file that was sent. */
  file: string;
  /** That its rows are from, if any. */
  arrival: number | null;
  counts: DispatchCounts;
  replies: number;
  /** Epoch milliseconds. */
  sentAt: number;
  /** When it must be answered; `null` where that no longer matters. */
  due: number | null;
}

const look = 'tidegate dispatches';

/** On the way to an overdue answer. */
export const answerDueSoon = (sent: DispatchFacts): Notice => ({
  ...news(sent, 'due-soon'),
  kind: 'answer-overdue',
  subject: oneLine(`${sent.partner}: ${sent.file} is not answered in full, and soon should be`),
  body: layOut({
    happened: `${plural(sent.counts.awaited, 'row')} of ${sent.file} ${sent.counts.awaited === 1 ? 'has' : 'have'} no answer yet.`,
    facts: facts(sent),
    next: ['Replies are looked for at every poll. Nothing needs to be done unless the term passes.'],
    command: look,
  }),
});

export const answerOverdue = (sent: DispatchFacts): Notice => ({
  ...about(sent, 'overdue'),
  cause: answerCause(sent),
  kind: 'answer-overdue',
  subject: oneLine(
    sent.replies === 0
      ? `${sent.partner}: ${sent.file} was not answered in time`
      : `${sent.partner}: ${plural(sent.counts.awaited, 'row')} of ${sent.file} ${sent.counts.awaited === 1 ? 'is' : 'are'} missing from the answer`,
  ),
  body: layOut({
    happened:
      sent.replies === 0
        ? 'The term has passed, and no reply has come.'
        : `The term has passed, and ${plural(sent.counts.awaited, 'row')} ${sent.counts.awaited === 1 ? 'was' : 'were'} left out of the replies.`,
    facts: facts(sent),
    next: [
      'Ask the partner whether the file was read, and for the missing reply. It is taken in whenever it comes; nothing is sent again by itself.',
    ],
    command: look,
  }),
});

/** Every row has its word, and some were rejected. */
export const rowsNotTaken = (sent: DispatchFacts): Notice => ({
  ...news(sent, 'not-taken'),
  kind: 'answer-trouble',
  subject: oneLine(
    `${sent.partner}: ${plural(sent.counts.rejected, 'row')} of ${sent.file} ${sent.counts.rejected === 1 ? 'was' : 'were'} rejected`,
  ),
  body: layOut({
    happened: `The partner has answered every row of ${sent.file}, and rejected ${plural(sent.counts.rejected, 'row')}.`,
    facts: facts(sent),
    next: ['Look at the reasons, correct what was wrong, and send these rows again.'],
    command: look,
  }),
});

export interface RefusedReply {
  partner: string;
  feed: string | null;
  agreement: string;
  /** Name of the reply. */
  file: string;
  reply: number;
  problem: Problem;
}

/** A reply that cannot be read counts as none. */
export function replyRefused({ partner, feed, agreement, file, reply, problem }: RefusedReply): Notice {
  const { code, message, line, expected, fix } = problem;
  return {
    ...{ key: `reply:${reply}:refused`, cause: null, kind: 'answer-trouble' },
    ...{ partner, feed, arrival: null },
    subject: oneLine(`${partner}: the reply ${file} cannot be read`),
    body: layOut({
      happened: 'A reply was refused as a whole; nothing of it counts.',
      facts: [
        ['Partner', partner],
        ['Answers', agreement],
        ['File', file],
        ['Reason', `${code}: ${message}`],
        ['Line', line === null ? '' : String(line)],
        ['Expected', expected],
        ['Fix', fix],
      ],
      next: ['It is left where it is. Ask the partner for a new one; what was sent waits for it.'],
      command: look,
    }),
  };
}

export interface OddReply extends Omit<RefusedReply, 'problem'> {
  /** The first ones. */
  findings: readonly Finding[];
}

const said: Record<FindingKind, string> = {
  unknown: 'speaks of a row that was not sent',
  contradiction: 'says something else than before; what was said first stands',
  unclear: 'says neither accepted nor rejected in the agreed words',
};

export function replyOdd({ partner, feed, agreement, file, reply, findings }: OddReply): Notice {
  return {
    ...{ key: `reply:${reply}:odd`, cause: null, kind: 'answer-trouble' },
    ...{ partner, feed, arrival: null },
    subject: oneLine(`${partner}: the reply ${file} says what cannot be taken as it stands`),
    body: layOut({
      happened: 'Some lines of a reply do not fit what was sent, or what was said before.',
      facts: [
        ['Partner', partner],
        ['Answers', agreement],
        ['File', file],
      ],
      list: { title: 'First lines', items: findings.map(({ line, kind }) => `line ${line} ${said[kind]}`) },
      next: ['All other lines count. Ask the partner about these.'],
      command: look,
    }),
  };
}

/** What is wrong until every row has its word. */
export const answerCause = ({ outbound }: Pick<DispatchFacts, 'outbound'>): string => `dispatch:${outbound}`;

const about = (
  { outbound, partner, feed, arrival }: DispatchFacts,
  what: string,
): Pick<Notice, 'key' | 'partner' | 'feed' | 'arrival'> => ({
  ...{ key: `dispatch:${outbound}:${what}`, partner, feed, arrival },
});

const news = (sent: DispatchFacts, what: string) => ({ ...about(sent, what), cause: null });

function facts({ partner, file, counts, replies, sentAt, due }: DispatchFacts): Fact[] {
  const { rows, awaited, accepted, rejected } = counts;
  return [
    ['Partner', partner],
    ['File', file],
    ['Sent', utc(sentAt)],
    ['Due', due === null ? '' : utc(due)],
    ['Replies', String(replies)],
    ['Rows', `${rows}: ${accepted} accepted, ${rejected} rejected, ${awaited} without a word`],
  ];
}
