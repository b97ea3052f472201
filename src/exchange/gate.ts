/** The stable-file gate: a partner may still be writing what the listing shows. Pure. */
import type { RemoteEntry } from '../remote/port.ts';
import type { ReadyWhen } from './types.ts';

/** When a file was first seen with the size and time it still has. Kept in memory only: losing it costs a wait, never a file. */
export type Sightings = ReadonlyMap<string, { size: number; modifiedAt: number; since: number }>;

export interface Gated {
  ready: RemoteEntry[];
  notYet: RemoteEntry[];
  sightings: Sightings;
}

/** @param all every name in the folder, done-files included */
export function gate(
  candidates: readonly RemoteEntry[],
  all: ReadonlySet<string>,
  when: ReadyWhen,
  before: Sightings,
  now: number,
): Gated {
  const sightings = new Map<string, { size: number; modifiedAt: number; since: number }>();
  const ready: RemoteEntry[] = [];
  const notYet: RemoteEntry[] = [];
  for (const entry of candidates) {
    const known = before.get(entry.name);
    const unchanged = known?.size === entry.size && known.modifiedAt === entry.modifiedAt;
    const since = unchanged ? known.since : now;
    sightings.set(entry.name, { size: entry.size, modifiedAt: entry.modifiedAt, since });
    const isReady =
      when.kind === 'done-file'
        ? all.has(doneFileFor(entry.name, when.pattern))
        : unchanged && now - since >= when.forMs;
    (isReady ? ready : notYet).push(entry);
  }
  return { ready, notYet, sightings };
}

export const doneFileFor = (name: string, pattern: string): string => pattern.replaceAll('{name}', name);

/** The file that a done-file announces; `null` when the name is not one of a done-file. */
export function announcedBy(doneFile: string, pattern: string): string | null {
  const at = pattern.indexOf('{name}');
  const after = pattern.length - at - '{name}'.length;
  const name = doneFile.slice(at, doneFile.length - after);
  return name !== '' && doneFileFor(name, pattern) === doneFile ? name : null;
}
