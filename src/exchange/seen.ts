/** What follows from a look into the inbound folder: whether what was expected has come. */
import {
  fileDue,
  fileLate,
  fileMissing,
  type Missed,
  overdueCause,
  rowsOdd,
} from '../alerts/expected-notices.ts';
import type { Arrival, Ledger, Notice } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import { type Expectation, type JudgedDay, judge, memoryBegins, oddRows, owed } from './expected.ts';
import { over, raise } from './raise.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** So many files show what is usual. */
const COMPARED = 10;

/**
 * The folder was looked into, and everything complete in it was taken.
 * @param at when the look began
 */
export async function seen(feed: InboundFeed, at: number, ports: InboundPorts): Promise<void> {
  const { expects } = feed;
  if (expects === null) return over({ cause: overdueCause(nameOf(feed)) }, ports);
  await ports.ledger.looked(feed.partner, feed.name, at);
  const judged = await judgeFeed(nameOf(feed), expects, ports.ledger, ports.clock.now());
  for (const day of judged) if (day.state === 'soon') await raise(fileDue(missed(day, feed, expects)), ports);
  const late = owed(judged);
  for (const day of late) {
    const tell = day.state === 'late' ? fileLate : fileMissing;
    await raise(tell(missed(day, feed, expects)), ports);
  }
  if (late.length === 0) await over({ cause: overdueCause(nameOf(feed)) }, ports);
}

const nameOf = ({ partner, name }: InboundFeed) => ({ partner, feed: name });

/** The latest days of a feed, as far as the ledger tells. */
export async function judgeFeed(
  { partner, feed }: { partner: string; feed: string },
  expects: Expectation,
  ledger: Pick<Ledger, 'looks' | 'comings'>,
  now: number,
): Promise<JudgedDay[]> {
  const comings = await ledger.comings(partner, feed, memoryBegins(expects, now));
  return judge(expects, comings, await ledger.looks(partner, feed), now);
}

function missed(judged: JudgedDay, feed: InboundFeed, { timeZone, by, count }: Expectation): Missed {
  return {
    ...{ partner: feed.partner, feed: feed.name, folder: feed.folders.in, example: feed.nameExample },
    ...{ day: judged.day, by: judged.by, byWall: timeOfDay(by), timeZone },
    ...{ count, came: judged.came.length, refused: judged.refused },
  };
}

/** `HH:MM`. */
export const timeOfDay = (sinceMidnight: number): string =>
  new Date(sinceMidnight).toISOString().slice(11, 16);

/** What a person should know about the number of rows of a file that was worked off for the first time. */
export async function oddNotices(
  arrival: Arrival,
  { expectsRows }: Pick<InboundFeed, 'expectsRows'>,
  ledger: Pick<Ledger, 'arrivals'>,
): Promise<Notice[]> {
  const { id, partner, feed, counts } = arrival;
  if (expectsRows === null || arrival.round > 0 || arrival.repeatOf !== null || arrival.problem) return [];
  const latest = await ledger.arrivals({
    partner,
    feed,
    states: ['acknowledged', 'settled'],
    limit: 3 * COMPARED,
  });
  const usual = latest.filter((other) => other.id < id && other.repeatOf === null && !other.problem);
  const before = usual.slice(0, COMPARED).map((other) => other.counts.rows);
  const expected = oddRows(counts.rows, before, expectsRows);
  if (expected === null) return [];
  return [rowsOdd({ arrival: { ...arrival, name: displayName(arrival.name) }, rows: counts.rows, expected })];
}
