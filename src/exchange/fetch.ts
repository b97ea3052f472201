import { TidegateError } from '../base/errors.ts';
import type { Arrival, Problem } from '../ledger/port.ts';
import { inspectName } from '../remote/names.ts';
import type { Transferred } from '../remote/port.ts';
import { joinPath } from './file-names.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** What a file takes on our disk: its copy, and rows of 200 bytes that come to 2.5 KB each in the ledger until their calls are done. */
export const DISK_BYTES_PER_BYTE = 14;

/** claimed → fetched: the bytes are on our disk, hashed and verified; or the file is refused by its name or size, or gone. */
export async function fetchSource(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Arrival> {
  const { ledger, clock } = ports;
  const verdict = inspectName(arrival.name);
  if (!verdict.safe) {
    const problem = { code: 'NAME_HOSTILE', message: verdict.why, line: null, column: null };
    const expected = `a name like ${feed.nameExample}`;
    return ledger.quarantined(arrival, { ...problem, expected, fix: verdict.fix }, feed.mapping, clock.now());
  }
  const brought = await bringSource(arrival, feed, ports);
  if (brought.kind === 'gone') return ledger.withdrawn(arrival, brought.why, clock.now());
  if (brought.kind === 'refused')
    return ledger.quarantined(arrival, brought.problem, feed.mapping, clock.now());
  return ledger.fetched(arrival, brought.file, clock.now());
}

/** `gone`: there is no such file any more, or another one. `refused`: it is too large for the feed. */
export type Brought =
  | { kind: 'whole'; file: Transferred }
  | { kind: 'gone'; why: string }
  | { kind: 'refused'; problem: Problem };

/** Copies the source into the spool, where it lies only when it is `whole`: as large as it was listed where sizes can be trusted, and as large and old after reading as before. */
export async function bringSource(
  arrival: Arrival,
  feed: InboundFeed,
  { remote, spool, room }: InboundPorts,
): Promise<Brought> {
  const local = spool.source(arrival.id);
  await spool.discard(local);
  const { maxBytes } = feed.limits;
  const { sizes } = await remote.traits();
  // What is larger is refused, not fetched.
  if (arrival.size <= maxBytes) room.demand(arrival.size * DISK_BYTES_PER_BYTE);
  try {
    const file = await remote.fetch(joinPath(arrival.folder, arrival.name), local, maxBytes);
    if (file.bytes === arrival.size || sizes === 'unreliable') return { kind: 'whole', file };
    await spool.discard(local);
    return gone('its size changed after it was listed');
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    if (error.code === 'REMOTE_MISSING') return gone('it vanished before it was read');
    if (error.code === 'REMOTE_CHANGED') return gone('it changed while it was read');
    if (error.code !== 'FILE_TOO_LARGE') throw error;
    // What was within the limit when it was listed is another file by now.
    if (sizes === 'exact' && arrival.size <= maxBytes) return gone('its size changed after it was listed');
    return { kind: 'refused', problem: problemOf(error) };
  }
}

export function problemOf({ code, message, place, expected = '', fix = '' }: TidegateError): Problem {
  return { code, message, line: place?.line ?? null, column: place?.column ?? null, expected, fix };
}

const gone = (why: string): Brought => ({ kind: 'gone', why });
