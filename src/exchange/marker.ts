/**
 * Markers: hidden files in an inbound folder whose names tell which installation is there, so that every listing shows it. Pure.
 *
 * `.tidegate-<installation>-<try>`: every try to take a folder makes a file of its own, and only the one that the ledger names holds the folder. So no
 * process ever removes what another one relies on, and what a kill leaves behind gives nobody a right.
 */
import type { RemoteEntry } from '../remote/port.ts';

const pattern = /^\.tidegate-(?<installation>[0-9a-f]{12})-[0-9a-f]{8}$/;

/** Whatever else lies under such a name was not made by us. */
export const longestMarkerBytes = 2048;

export interface Marker {
  name: string;
  installation: string;
}

/** @param mark 8 hex digits, different for every try */
export const markerName = (installation: string, mark: string): string => `.tidegate-${installation}-${mark}`;

export function markersIn(entries: readonly RemoteEntry[]): Marker[] {
  return entries.flatMap(({ name }) => {
    const installation = pattern.exec(name)?.groups?.['installation'];
    return installation === undefined ? [] : [{ name, installation }];
  });
}

export const isMarkerOf = (name: string, installation: string): boolean =>
  pattern.exec(name)?.groups?.['installation'] === installation;

export const foreignMarkers = (entries: readonly RemoteEntry[], installation: string): Marker[] =>
  markersIn(entries).filter((marker) => marker.installation !== installation);

/** What a person finds in it. */
export const markerText = (host: string, since: number): string =>
  `Tidegate on ${host} holds this folder since ${new Date(since).toISOString()}.
Please leave this file: it keeps a second installation from working on the same files.
To hand the folder over, stop Tidegate on ${host} and run \`tidegate adopt\` where it is to go on.
`;

/** Who made it, as far as its text tells: anybody could have written it. */
export function readMarkerText(text: string): { host: string; since: string } | null {
  const groups =
    /^Tidegate on (?<host>[\w.-]{1,253}) holds this folder since (?<since>[\dT:.Z-]{20,30})\.\r?\n/.exec(
      text,
    )?.groups;
  return groups ? { host: groups['host'] ?? '', since: groups['since'] ?? '' } : null;
}
