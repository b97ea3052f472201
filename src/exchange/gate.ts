/** The stable-file gate: a partner may still be writing what the listing shows. Pure. */
import type { RemoteEntry } from '../remote/port.ts';
import type { ReadyWhen } from './types.ts';

export interface Seen {
  size: number;
  modifiedAt: number;
  /** When it was first seen with this size and time. */
  since: number;
  /** When it was first seen, while it is not complete; `null` once it is, since what comes next under its name is another file. */
  waitingSince: number | null;
}

/** The files of the last listing by name. Kept in memory only: losing it costs a wait, never a file. */
export type Sightings = ReadonlyMap<string, Seen>;

/** After so long without becoming complete a person should know about a file. */
const LONG_MS = 3_600_000;

export interface Gated {
  ready: RemoteEntry[];
  notYet: RemoteEntry[];
  sightings: Sightings;
}

/** What a clock shows, and since when it has run evenly. */
export interface Moment {
  now: number;
  steadySince: number;
}

/** @param all every name in the folder, done-files included */
export function gate(
  candidates: readonly RemoteEntry[],
  all: ReadonlySet<string>,
  when: ReadyWhen,
  before: Sightings,
  { now, steadySince }: Moment,
): Gated {
  // Whoever sets the clock must not make a file that is still being written look as if it had rested.
  const stillCounts = (at: number): boolean => at >= steadySince && at <= now;
  const sightings = new Map<string, Seen>();
  const ready: RemoteEntry[] = [];
  const notYet: RemoteEntry[] = [];
  for (const entry of candidates) {
    const known = before.get(entry.name);
    const unchanged = known?.size === entry.size && known.modifiedAt === entry.modifiedAt;
    const since = unchanged && stillCounts(known.since) ? known.since : now;
    const isComplete =
      when.kind === 'done-file'
        ? all.has(doneFileFor(entry.name, when.pattern))
        : unchanged && now - since >= when.forMs;
    const isReady = isComplete && (!when.beside || all.has(doneFileFor(entry.name, when.beside)));
    const waited = known?.waitingSince ?? now;
    const waitingSince = isReady ? null : stillCounts(waited) ? waited : now;
    sightings.set(entry.name, { size: entry.size, modifiedAt: entry.modifiedAt, since, waitingSince });
    (isReady ? ready : notYet).push(entry);
  }
  return { ready, notYet, sightings };
}

/**
 * How long a file has to look the same. Two writes within one step of the server's clock do, so one step is waited for on top; where the times say nothing, only the
 * size tells, and is watched for twice as long.
 */
export function patience(when: ReadyWhen, resolutionMs: number | null): ReadyWhen {
  if (when.kind !== 'stable') return when;
  return { ...when, forMs: resolutionMs === null ? 2 * when.forMs : when.forMs + resolutionMs };
}

/** The files that have been waiting for longer than that; an hour unless given. */
export function waitingLong(
  { notYet, sightings }: Pick<Gated, 'notYet' | 'sightings'>,
  now: number,
  longMs = LONG_MS,
): { name: string; since: number }[] {
  return notYet.flatMap(({ name }) => {
    const since = sightings.get(name)?.waitingSince ?? now;
    return now - since > longMs ? [{ name, since }] : [];
  });
}

export const doneFileFor = (name: string, pattern: string): string => pattern.replaceAll('{name}', name);

/** The file that a done-file announces; `null` when the name is not one of a done-file. */
export function announcedBy(doneFile: string, pattern: string): string | null {
  const at = pattern.indexOf('{name}');
  const after = pattern.length - at - '{name}'.length;
  const name = doneFile.slice(at, doneFile.length - after);
  return name !== '' && doneFileFor(name, pattern) === doneFile ? name : null;
}
