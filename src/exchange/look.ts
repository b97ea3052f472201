import type { Clock } from '../base/clock.ts';
import { inspectName, isUnfinished } from '../remote/names.ts';
import type { RemoteEntry } from '../remote/port.ts';
import { doneFileFor, type Gated, gate, type Moment, patience, type Sightings, waitingLong } from './gate.ts';
import { foreignMarkers } from './marker.ts';
import {
  intruderNotice,
  noLongerIncomplete,
  unexpectedNotice,
  unnamedNotice,
  waitingNotice,
} from './notices.ts';
import { over, raise } from './raise.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

export interface Found {
  listed: number;
  /** In a stable order: by the stamp in the name, then by name. */
  ready: RemoteEntry[];
  notYet: RemoteEntry[];
  sightings: Sightings;
}

/** Files that rows name come close to the CSV that has these rows. */
const FORGOTTEN_MS = 24 * 3_600_000;
const neverReady = { kind: 'stable', forMs: Number.POSITIVE_INFINITY } as const;

/** Lists the inbound folder and tells which files are complete; looks a second time when that is all a stable file needs. */
export async function look(asked: InboundFeed, before: Sightings, ports: InboundPorts): Promise<Found> {
  const { modifiedAtResolutionMs } = await ports.remote.traits();
  const feed = { ...asked, readyWhen: patience(asked.readyWhen, modifiedAtResolutionMs) };
  const found = await lookAgain(feed, await lookOnce(feed, before, ports), ports);
  const now = ports.clock.now();
  for (const { name, since } of waitingLong(found, now)) await raise(waitingNotice(feed, name, since), ports);
  await over(noLongerIncomplete(feed, found.notYet), ports);
  return found;
}

async function lookAgain(feed: InboundFeed, first: Found, ports: InboundPorts): Promise<Found> {
  if (first.notYet.length === 0 || feed.readyWhen.kind !== 'stable') return first;
  await ports.clock.sleep(feed.readyWhen.forMs, ports.signal);
  return lookOnce(feed, first.sightings, ports);
}

async function lookOnce(feed: InboundFeed, before: Sightings, ports: InboundPorts): Promise<Found> {
  const entries = await ports.remote.list(feed.folders.in);
  const all = new Set(entries.map(({ name }) => name));
  const { candidates, unexpected, attachments } = sort(entries, all, feed);
  if (feed.marker && feed.expectsInFolder)
    for (const { name } of foreignMarkers(entries, ports.ledger.installation))
      await raise(intruderNotice(feed, name), ports);
  for (const entry of unexpected) await raise(unexpectedNotice(feed, entry), ports);
  const moment = momentOf(ports.clock);
  const gated: Gated = gate(candidates, all, feed.readyWhen, before, moment);
  // The server's times tell nothing here: clients may copy those of their own files.
  const unnamed = gate(attachments, all, neverReady, before, moment);
  for (const { name, since } of waitingLong(unnamed, moment.now, FORGOTTEN_MS))
    await raise(unnamedNotice(feed, name, since), ports);
  gated.ready.sort((a, b) => compare(stampOf(a, feed), stampOf(b, feed)) || compare(a.name, b.name));
  const sightings = new Map([...gated.sightings, ...unnamed.sightings]);
  return { listed: entries.length, ...gated, sightings };
}

function momentOf(clock: Clock): Moment {
  // In this order: where the clock is set in between, more is forgotten than need be, and not less.
  const now = clock.now();
  return { now, steadySince: clock.steadySince() };
}

function sort(entries: readonly RemoteEntry[], all: ReadonlySet<string>, feed: InboundFeed) {
  const { readyWhen } = feed;
  const patterns = [readyWhen.kind === 'done-file' ? readyWhen.pattern : null, feed.checksum?.pattern];
  const companions = new Set(
    patterns.flatMap((pattern) => (pattern ? entries.map(({ name }) => doneFileFor(name, pattern)) : [])),
  );
  const place = (entry: RemoteEntry): 'candidates' | 'unexpected' | 'attachments' | null => {
    // Before anything else: `../x` begins with a dot, as hidden files do that are still being written.
    if (entry.kind === 'file' && !inspectName(entry.name).safe) return feed.expectsInFolder && 'candidates';
    if (isUnfinished(entry.name) || companions.has(entry.name)) return null;
    if (entry.kind === 'file' && feed.parseName(entry.name)) return 'candidates';
    if (!feed.expectsInFolder) return null;
    const expected = feed.expectsInFolder(entry, all);
    if (expected === null) return 'unexpected';
    return expected === 'by a row' ? 'attachments' : null;
  };
  const sorted = Map.groupBy(entries, place);
  const placed = (where: Parameters<typeof sorted.get>[0]): RemoteEntry[] => sorted.get(where) ?? [];
  return {
    candidates: placed('candidates'),
    unexpected: placed('unexpected'),
    attachments: placed('attachments'),
  };
}

const stampOf = (entry: RemoteEntry, feed: InboundFeed): string => feed.parseName(entry.name)?.stamp ?? '';
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
