/**
 * The partner's side: list → stable? → claim → fetch → take in. What a reply says of the rows that were sent is on record line by line; a kill costs time, and no line is
 * taken in twice. Then those who wait for a word are looked after, and what was read is taken away.
 */
import { TidegateError } from '../../base/errors.ts';
import { openCsv } from '../../csv/reader.ts';
import type { NewReply, Pause, Reply, Said } from '../../ledger/port.ts';
import { displayName, inspectName, isUnfinished } from '../../remote/names.ts';
import type { RemoteEntry } from '../../remote/port.ts';
import { problemOf } from '../fetch.ts';
import { joinPath } from '../file-names.ts';
import { gate, patience, type Sightings } from '../gate.ts';
import { over, raise, raiseOrKeep } from '../raise.ts';
import { FINDINGS_SHOWN, oddNotice, overAfterLook, pollFailedNotice, refusedNotice } from './notices.ts';
import { saidReader } from './said.ts';
import { keepReply, takeAway } from './take-away.ts';
import type { Agreement, DispatchPorts, ReplyKind, ReplyName } from './types.ts';
import { watch } from './watch.ts';

/** A name without a stamp, or with one that is not ours, may speak of any of so many. */
const MOST_CANDIDATES = 500;

export interface PolledReplies {
  replies: Reply[];
  /** Set when something has to wait for the next poll. */
  waitsFor: unknown;
  /** Set when a person has paused the partner: nobody looked. */
  paused: Pause | null;
  sightings: Sightings;
}

/** One look at where replies are put, unless a person has paused the partner; never throws. */
export async function pollReplies(
  agreement: Agreement,
  before: Sightings,
  ports: DispatchPorts,
): Promise<PolledReplies> {
  const polled: PolledReplies = { replies: [], waitsFor: null, paused: null, sightings: before };
  try {
    polled.paused = await ports.pause();
    if (polled.paused) {
      ports.report({ kind: 'paused', what: `replies ${agreement.name}`, pause: polled.paused });
      return polled;
    }
    ports.room.demand(0);
    const found = await look(agreement, before, ports);
    polled.sightings = found.sightings;
    for (const entry of found.ready) {
      ports.signal.throwIfAborted();
      const reply = await readOne(entry, agreement, ports);
      if (reply) polled.replies.push(reply);
    }
    const unwritten = await watch(agreement, ports);
    await takeAway(agreement, ports);
    for (const what of overAfterLook(agreement)) await over(what, ports);
    polled.waitsFor = unwritten;
  } catch (thrown) {
    const error: unknown = ports.signal.aborted ? ports.signal.reason : thrown;
    polled.waitsFor = error;
    ports.report({ kind: 'replies-wait', agreement: agreement.name, error });
    const notice = pollFailedNotice(agreement, error, ports.clock.now());
    if (notice) await raiseOrKeep(notice, ports);
  }
  return polled;
}

async function look(agreement: Agreement, before: Sightings, ports: DispatchPorts) {
  const { remote, clock, signal } = ports;
  const { modifiedAtResolutionMs } = await remote.traits();
  const readyWhen = patience(agreement.readyWhen, modifiedAtResolutionMs);
  const once = async (seen: Sightings) => {
    const entries = await remote.list(agreement.folder);
    const all = new Set(entries.map(({ name }) => name));
    const candidates = entries.filter((entry) => kindOf(entry, agreement) !== null);
    const now = clock.now();
    return gate(candidates, all, readyWhen, seen, { now, steadySince: clock.steadySince() });
  };
  const first = await once(before);
  if (first.notYet.length === 0 || readyWhen.kind !== 'stable') return first;
  await clock.sleep(readyWhen.forMs, signal);
  return once(first.sightings);
}

/** The folder may hold much else: acknowledgements that we write, files of others. */
function kindOf(
  { name, kind }: Pick<RemoteEntry, 'name' | 'kind'>,
  { replies }: Agreement,
): { kind: ReplyKind; named: ReplyName } | null {
  if (kind !== 'file' || isUnfinished(name) || !inspectName(name).safe) return null;
  for (const one of replies) {
    const named = one.parseName(name);
    if (named) return { kind: one, named };
  }
  return null;
}

/** `null` when it was read before. */
async function readOne(
  { name, size, modifiedAt }: RemoteEntry,
  agreement: Agreement,
  ports: DispatchPorts,
): Promise<Reply | null> {
  const { ledger, owner, clock } = ports;
  const { partner, folder } = agreement;
  const sighted: NewReply = { agreement: agreement.name, partner, folder, name, size, modifiedAt };
  const reply = await ledger.beginReply(sighted, owner, clock.now());
  if (!reply) return null;
  const lease = await keepReply(reply, ports);
  try {
    return await takeIn(reply, agreement, { ...ports, signal: lease.signal });
  } finally {
    await lease.end();
  }
}

/** reading → read, or refused as a whole; `null` when the file is gone or changed, and comes again. */
async function takeIn(reply: Reply, agreement: Agreement, ports: DispatchPorts): Promise<Reply | null> {
  const { ledger, spool, clock } = ports;
  const taken = await takeAll(reply, agreement, { ...ports, spool: spool.heldWith(reply.token) });
  // Before it counts as read: afterwards nobody would look for the copy, nor tell what was wrong.
  await spool.clear(`reply-${reply.id}`);
  if (taken === null) return null;
  const notice =
    typeof taken === 'number'
      ? oddNotice(reply, await ledger.findings({ reply: reply.id }, FINDINGS_SHOWN), agreement)
      : refusedNotice(reply, problemOf(taken), agreement);
  if (notice) await raise(notice, ports);
  const done = await (typeof taken === 'number'
    ? ledger.replyRead(reply, taken, clock.now())
    : ledger.replyRefused(reply, problemOf(taken), clock.now()));
  ports.report({ kind: 'reply', reply: done });
  return done;
}

/** The number of its rows, or why it is refused. */
async function takeAll(
  reply: Reply,
  agreement: Agreement,
  ports: DispatchPorts,
): Promise<number | TidegateError | null> {
  try {
    const sha256 = await bring(reply, agreement, ports);
    if (sha256 === null) return null;
    const fetched = await ports.ledger.replyFetched(reply, sha256);
    return await takeLines(fetched, agreement, await contentOf(reply, agreement, ports), ports);
  } catch (error) {
    if (error instanceof TidegateError && error.code.startsWith('FILE_')) return error;
    throw error;
  }
}

async function bring(
  { id, folder, name, size }: Reply,
  { limits }: Agreement,
  { remote, spool, room }: DispatchPorts,
): Promise<string | null> {
  const local = spool.reply(id);
  await spool.discard(local);
  room.demand(size);
  try {
    const { bytes, sha256 } = await remote.fetch(joinPath(folder, name), local, limits.maxBytes);
    const { sizes } = await remote.traits();
    return bytes === size || sizes === 'unreliable' ? sha256 : null;
  } catch (error) {
    const passing = ['REMOTE_MISSING', 'REMOTE_CHANGED'];
    if (error instanceof TidegateError && passing.includes(error.code)) return null;
    throw error;
  }
}

/** Where its content lies: as it came, or unpacked. */
async function contentOf(
  { id, name }: Reply,
  { unpacker, limits: { maxBytes } }: Agreement,
  { spool, room, signal }: DispatchPorts,
): Promise<string> {
  const local = spool.reply(id);
  if (!unpacker) return local;
  const into = spool.replyContent(id);
  await spool.discard(into);
  const onBytes = (): void => room.demand(0);
  await unpacker.unpack(local, into, displayName(name), { maxBytes, signal, onBytes });
  return into;
}

/** The whole file is read before the first line of it counts. */
async function takeLines(
  reply: Reply,
  agreement: Agreement,
  content: string,
  ports: DispatchPorts,
): Promise<number> {
  const { ledger, clock, signal } = ports;
  const found = kindOf({ name: reply.name, kind: 'file' }, agreement);
  if (!found) throw new Error(`${reply.name} is no reply of ${agreement.name}`);
  const reader = saidReader(agreement, found.kind);
  const csv = await openCsv(content, {
    ...{ dialect: agreement.dialect, limits: agreement.limits, contract: reader.contract },
    ...{ label: displayName(reply.name), signal },
  });
  let rows = 0;
  for await (const batch of csv.batches()) rows += batch.length;
  const candidates = await candidatesFor(found.named, agreement, ports);
  for await (const batch of csv.batches()) {
    signal.throwIfAborted();
    const said: Said[] = batch.filter(({ line }) => line > reply.readTo).map(reader.said);
    if (said.length > 0) await ledger.takeSaid(reply, candidates, said, clock.now());
  }
  return rows;
}

/** By the stamp in the name, and where that says nothing by the rows alone. */
async function candidatesFor(
  { stamp, split }: ReplyName,
  { name }: Agreement,
  { ledger }: DispatchPorts,
): Promise<number[]> {
  const named =
    stamp === null && split === null ? [] : await ledger.dispatchesNamed(name, stamp, split, MOST_CANDIDATES);
  return named.length > 0 ? named : ledger.dispatchesNamed(name, null, null, MOST_CANDIDATES);
}
