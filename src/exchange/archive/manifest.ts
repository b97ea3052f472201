/**
 * The list of what an archive holds, as JSON Lines: a head, an entry for every file, an end. Every entry carries the hash of itself and of what goes before, over all archives
 * of a partner, so that a change to any entry, and one that is left out or put in, shows in all that follow. Pure.
 */
import { createHash } from 'node:crypto';
import type {
  Archive,
  ArchivedFile,
  ArchivedKind,
  ArchivedState,
  Bundle,
  Counts,
} from '../../ledger/port.ts';
import type { Month } from './months.ts';

export interface Head {
  format: 'tidegate-archive-1';
  partner: string;
  month: Month;
  /** From 1; files that come later for a month that is archived make another part of it. */
  part: number;
  /** Last hash of the archive before. */
  previous: string;
}

export interface Entry {
  /** Path within the archive. */
  name: string;
  /** Full path where it lay before. */
  from: string;
  kind: ArchivedKind;
  /** `kept` in the archive; `gone` before it was archived; `other` bytes lay in its place and were left there. */
  state: ArchivedState;
  bytes: number;
  sha256: string | null;
  /** `null` of an outbound file. */
  arrival: number | null;
  /** Of an outbound file alone. */
  outbound?: number;
  /** ISO 8601, UTC. */
  arrivedAt: string;
  /** Of the arrival, or the rows of the outbound file. */
  counts: Counts;
  /** SHA-256, hex, over the hash before, a line feed, and this entry without it. */
  hash: string;
}

export interface End {
  entries: number;
  bundle: Bundle | null;
  /** Over the last hash, a line feed, and this line without it. The next archive begins with it. */
  hash: string;
}

export interface Manifest {
  head: Head;
  entries: Entry[];
  end: End;
}

/** Before the first archive of a partner. */
export const FIRST = '0'.repeat(64);

export function manifestOf(
  { partner, month, part, previous }: Archive,
  files: readonly ArchivedFile[],
  bundle: Bundle | null,
): Manifest {
  const head: Head = { format: 'tidegate-archive-1', partner, month, part, previous };
  const entries: Entry[] = [];
  let last = chained(previous, head);
  for (const file of files) {
    const entry = entryOf(file);
    last = chained(last, entry);
    entries.push({ ...entry, hash: last });
  }
  const end = { entries: entries.length, bundle };
  return { head, entries, end: { ...end, hash: chained(last, end) } };
}

function entryOf(file: ArchivedFile): Omit<Entry, 'hash'> {
  const { name, path, kind, state, bytes, sha256, arrival, outbound, arrivedAt, counts } = file;
  const { rows, pending, accepted, rejected, duplicate, parked } = counts;
  return {
    ...{ name, from: path, kind, state, bytes, sha256, arrival },
    ...(outbound === null ? {} : { outbound }),
    arrivedAt: new Date(arrivedAt).toISOString(),
    counts: { rows, pending, accepted, rejected, duplicate, parked },
  };
}

const chained = (previous: string, line: object): string =>
  createHash('sha256')
    .update(`${previous}\n${JSON.stringify(line)}`)
    .digest('hex');

export const manifestText = ({ head, entries, end }: Manifest): string =>
  [head, ...entries, end].map((line) => `${JSON.stringify(line)}\n`).join('');
