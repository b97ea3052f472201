/**
 * The way of a file: list → stable? → claim → fetch → stage → deliver → acknowledge → settle. One step is one function and one state of the ledger;
 * each starts from what the ledger says, so that work goes on where it stopped.
 * A later round of an answered file begins at `reopened`, `staged` or `delivered`, and goes the rest of the way.
 */
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import { deliverRows } from '../delivery/deliver.ts';
import { settleWithoutAction } from '../delivery/without-action.ts';
import type { Arrival, ArrivalState, Pause, Sighting } from '../ledger/port.ts';
import type { RemoteEntry } from '../remote/port.ts';
import { acknowledge } from './acknowledge.ts';
import { completeWithContent } from './attachment-content.ts';
import { fetchSource } from './fetch.ts';
import type { Sightings } from './gate.ts';
import { demandFolder } from './hold.ts';
import { isStale, keepLease, type Lease, type Leased } from './lease.ts';
import { look } from './look.ts';
import { overAfterPoll, waitNotice } from './notices.ts';
import { over, raise } from './raise.ts';
import { restage } from './restage.ts';
import { bringRowFiles } from './row-files.ts';
import { seen } from './seen.ts';
import { settle } from './settle.ts';
import { stage } from './stage.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

type Step = (arrival: Arrival, feed: InboundFeed, ports: InboundPorts) => Promise<Arrival>;

const steps: Partial<Record<ArrivalState, Step>> = {
  claimed: fetchSource,
  fetched: stage,
  reopened: restage,
  staged: deliver,
  delivered: acknowledge,
  acknowledged: settle,
};

export interface Polled {
  /** Arrivals that were worked on, as they are now. */
  arrivals: Arrival[];
  /** Set when the feed has to wait: the next poll goes on from there. */
  waitsFor: unknown;
  /** Set when a person has paused the feed: what was under way has ended, and nothing else was begun. */
  paused: Pause | null;
  /** To be handed to the next poll. */
  sightings: Sightings;
}

/**
 * One poll of a feed: unfinished arrivals first, oldest first, then what has come. Files go one after the other, across all processes, because rows of one
 * contract may be spread over them; when one must wait, those behind it wait too. Nothing is touched unless this installation holds the folder.
 */
export async function poll(feed: InboundFeed, before: Sightings, ports: InboundPorts): Promise<Polled> {
  const { ledger, owner, clock } = ports;
  const polled: Polled = { arrivals: [], waitsFor: null, paused: null, sightings: before };
  const workOff = async (arrival: Arrival): Promise<void> => {
    const done = await work(arrival, feed, ports, (error) => {
      polled.waitsFor = error;
    });
    polled.arrivals = [...polled.arrivals.filter(({ id }) => id !== done.id), done];
  };
  const isPaused = async (): Promise<boolean> => {
    polled.paused = await ports.pause();
    if (polled.paused) ports.report({ kind: 'paused', what: feed.name, pause: polled.paused });
    return polled.paused !== null;
  };
  /** Leaves nothing unfinished behind, or something that the feed waits for; unless it is paused. */
  const resumeAll = async (): Promise<void> => {
    const waiting: number[] = [];
    while (!(await isPaused())) {
      const arrival = await ledger.resume(feed.partner, feed.name, owner, clock.now(), waiting);
      if (!arrival) return;
      polled.waitsFor = null;
      await workOff(arrival);
      if (polled.waitsFor === null) waiting.length = 0;
      // It has no call left to make, so nothing is overtaken; and what it waits for may be unfinished behind it.
      else if (waitsForAnother(polled.waitsFor)) waiting.push(arrival.id);
      else return;
    }
  };
  /** Whether all of them were taken. */
  const takeAll = async (ready: readonly RemoteEntry[]): Promise<boolean> => {
    let claimed = 0;
    for (const entry of ready) {
      if (polled.waitsFor || ports.signal.aborted || claimed === feed.maxFilesPerPoll) return false;
      // What was reopened meanwhile comes first.
      if (claimed > 0) await resumeAll();
      if (polled.waitsFor || (await isPaused())) return false;
      ports.room.demand(0);
      const arrival = await ledger.claim(sighting(entry, feed), owner, clock.now());
      if (!arrival) continue;
      claimed++;
      await workOff(arrival);
    }
    return true;
  };
  try {
    if (await isPaused()) return polled;
    ports.room.demand(0);
    await demandFolder(feed, ports);
    await resumeAll();
    if (polled.waitsFor || polled.paused) return polled;
    const lookedAt = clock.now();
    const found = await look(feed, before, ports);
    polled.sightings = found.sightings;
    const [listed, ready, notYet] = [found.listed, found.ready.length, found.notYet.length];
    ports.report({ kind: 'polled', feed: feed.name, listed, ready, notYet });
    if (await takeAll(found.ready)) await seen(feed, lookedAt, ports);
  } catch (thrown) {
    const error = reasonOf(thrown, ports.signal);
    polled.waitsFor = error;
    await tellWaiting(null, feed, ports, error);
  }
  await tellOver(feed, polled.waitsFor, ports);
  return polled;
}

function sighting({ name, size, modifiedAt }: RemoteEntry, feed: InboundFeed): Sighting {
  return { partner: feed.partner, feed: feed.name, folder: feed.folders.in, name, size, modifiedAt };
}

/** Takes an arrival as far as it gets; never throws. */
async function work(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
  onWait: (error: unknown) => void,
): Promise<Arrival> {
  let now = arrival;
  let lease: Lease | null = null;
  try {
    lease = await keepLease(leaseOf(arrival, ports), ports);
    const held = permitted(arrival, ports, lease);
    await held.spool.takeOver(`arrival-${arrival.id}`);
    for (let step = steps[now.state]; step; step = steps[now.state]) {
      lease.signal.throwIfAborted();
      const began = ports.clock.now();
      now = await step(now, feed, held);
      ports.report({ kind: 'step', arrival: now, tookMs: ports.clock.now() - began });
    }
  } catch (thrown) {
    const error = staleness(lease) ?? reasonOf(thrown, lease?.signal ?? ports.signal);
    // Whoever has taken it over has working copies of his own.
    if (isStale(error)) await ports.spool.heldWith(arrival.token).abandon(`arrival-${arrival.id}`);
    onWait(error);
    // Rows were settled since it was handed on.
    now = (await ports.ledger.arrival(now.id).catch(() => null)) ?? now;
    await tellWaiting(now, feed, ports, error);
  } finally {
    await lease?.end();
  }
  return now;
}

const leaseOf = (arrival: Arrival, { ledger, owner }: InboundPorts): Leased => ({
  subject: `arrival ${arrival.id}`,
  renew: (now) => ledger.renew(arrival, owner, now),
  release: () => ledger.release(arrival),
});

/** The ports for as long as the lease holds, and what leaves can be recorded: nothing leaves otherwise. */
function permitted({ token }: Arrival, ports: InboundPorts, lease: Lease): InboundPorts {
  const permit: Permit = () => {
    lease.permit();
    ports.room.demand(0);
  };
  return {
    ...ports,
    ...{ signal: lease.signal, permit },
    remote: ports.remote.permittedBy(permit),
    spool: ports.spool.heldWith(token),
  };
}

/** Whoever stood still past its lease fails in all sorts of ways, when what it works with is gone; this is why. */
function staleness(lease: Lease | null): unknown {
  try {
    lease?.permit();
    return null;
  } catch (error) {
    return error;
  }
}

const waitsForAnother = (error: unknown): boolean =>
  error instanceof TidegateError && error.code === 'ARRIVAL_WAITS';

/** Work that was stopped may end in whatever error its last wait threw; why it was stopped is what counts. */
const reasonOf = (error: unknown, signal: AbortSignal): unknown => (signal.aborted ? signal.reason : error);

async function tellWaiting(
  arrival: Arrival | null,
  feed: InboundFeed,
  ports: InboundPorts,
  error: unknown,
): Promise<void> {
  ports.report({ kind: 'waits', feed: feed.name, arrival, error });
  const notice = waitNotice(feed, arrival, error, ports);
  if (!notice) return;
  await raise(notice, ports).catch((ledgerError: unknown) => {
    ports.report({ kind: 'unrecorded', notice, error: ledgerError });
  });
}

/** What cannot be put on record now is over at the next poll too. */
async function tellOver(feed: InboundFeed, waitsFor: unknown, ports: InboundPorts): Promise<void> {
  try {
    for (const what of overAfterPoll(feed, waitsFor)) await over(what, ports);
  } catch (error) {
    ports.report({ kind: 'waits', feed: feed.name, arrival: null, error });
  }
}

/** staged → delivered: every row has an outcome, and every file that rows go into lies complete. */
async function deliver(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, clock, report, target } = ports;
  let settledRows = arrival.counts.rows - arrival.counts.pending;
  // Since the poll began the marker may have been removed, and another installation may have come.
  if (arrival.counts.pending > 0) await demandFolder(feed, ports);
  if (arrival.round > 0) await settleWithoutAction(arrival, feed.mapping, ports);
  const complete = completeWithContent(arrival, ports);
  const before = target.answered();
  await deliverRows(arrival, feed.mapping, { ...ports, complete }, () => {
    settledRows++;
    report({ kind: 'progress', arrival, settledRows });
  });
  if (target.answered() > before) await over({ cause: `target:${target.name}` }, ports);
  await bringRowFiles(arrival, feed, ports);
  return ledger.delivered(arrival, clock.now());
}
