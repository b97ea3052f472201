/**
 * One installation per inbound folder. Processes that share a ledger know of each other's work through it; two that do not would work every file twice, so
 * the second one is refused.
 *
 * Why two never both hold a folder: each makes its own marker first, then lists, and holds only when that listing shows no foreign one. Had both held, each
 * would have listed before the other's marker was made, yet after its own was: each marker would be older than the other. A holder keeps its marker for
 * good and works only while it lies there.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TidegateError } from '../base/errors.ts';
import type { HeldFolder } from '../ledger/port.ts';
import { joinPath } from './file-names.ts';
import {
  foreignMarkers,
  isMarkerOf,
  longestMarkerBytes,
  type Marker,
  markerName,
  markersIn,
  markerText,
  readMarkerText,
} from './marker.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** When two come at the same moment, the one whose marker sorts first waits so long for the other to give way. */
const GIVE_WAY_MS = 1000;

export type HoldPorts = Pick<InboundPorts, 'ledger' | 'remote' | 'spool' | 'clock' | 'host' | 'signal'>;
export type Folder = Pick<HeldFolder, 'partner' | 'folder'>;
export type Adoption = NonNullable<HeldFolder['adoption']>;

/** Resolves once this installation holds the inbound folder of the feed; `FOLDER_TAKEN` when another one is there. */
export async function demandFolder(
  feed: Pick<InboundFeed, 'partner' | 'folders' | 'marker'>,
  ports: HoldPorts,
): Promise<void> {
  if (!feed.marker) return;
  const { ledger, remote } = ports;
  const wanted = { partner: feed.partner, folder: feed.folders.in };
  const known = await knownMarker(wanted, ports);
  const ours = known !== null && isMarkerOf(known, ledger.installation);
  if (ours && (await remote.stat(joinPath(wanted.folder, known)))) return;
  const [foreign] = foreignMarkers(await remote.list(wanted.folder), ledger.installation);
  if (foreign) throw await taken(foreign, wanted, known, ports);
  const marker = await makeMarker(wanted, ports);
  if (!(await holdBy(marker, wanted, known, null, ports))) await demandFolder(feed, ports);
}

/** Whether this installation holds the folder and nobody else's marker lies there: then there is nothing to adopt. */
export async function holdsAlone(wanted: Folder, ports: HoldPorts): Promise<boolean> {
  const { ledger, remote } = ports;
  const known = await knownMarker(wanted, ports);
  if (known === null || !isMarkerOf(known, ledger.installation)) return false;
  const entries = await remote.list(wanted.folder);
  return (
    entries.some(({ name }) => name === known) && foreignMarkers(entries, ledger.installation).length === 0
  );
}

/**
 * A person's word that this installation holds the folder from now on. Foreign markers go only after ours lies there, so that nobody comes in between;
 * gives whose they were, in words. `FOLDER_TAKEN` when another installation is at work and puts its marker back.
 */
export async function adoptFolder(wanted: Folder, adoption: Adoption, ports: HoldPorts): Promise<string[]> {
  const { ledger, remote } = ports;
  const known = await knownMarker(wanted, ports);
  const marker = await makeMarker(wanted, ports);
  const from: string[] = [];
  for (const foreign of foreignMarkers(await remote.list(wanted.folder), ledger.installation)) {
    from.push(await ownerOfMarker(foreign, wanted.folder, ports));
    await remote.remove(joinPath(wanted.folder, foreign.name));
  }
  if (await holdBy(marker, wanted, known, adoption, ports)) return from;
  return [...from, ...(await adoptFolder(wanted, adoption, ports))];
}

/** Holds the folder by a marker that was just made, or removes that again. `false`: another process of this installation was quicker. */
async function holdBy(
  marker: string,
  wanted: Folder,
  known: string | null,
  adoption: Adoption | null,
  ports: HoldPorts,
): Promise<boolean> {
  const { ledger, remote, clock } = ports;
  let held = false;
  try {
    const entries = await listPatiently(marker, wanted.folder, ports);
    const [rival] = foreignMarkers(entries, ledger.installation);
    if (rival) throw await taken(rival, wanted, known, ports);
    if (!entries.some(({ name }) => name === marker)) {
      if ((await knownMarker(wanted, ports)) === known) throw notShown(wanted);
      return false;
    }
    held = await ledger.holdFolder({ ...wanted, marker, since: clock.now(), adoption }, known);
    if (held) await clearAway(markersIn(entries), wanted.folder, ports);
    return held;
  } finally {
    // What stays behind where that fails gives nobody a right, and is cleared away by the next one that holds the folder.
    if (!held) await remote.remove(joinPath(wanted.folder, marker)).catch(() => undefined);
  }
}

async function listPatiently(marker: string, folder: string, { ledger, remote, clock, signal }: HoldPorts) {
  const entries = await remote.list(folder);
  const rivals = foreignMarkers(entries, ledger.installation);
  const othersGiveWay = rivals.length > 0 && rivals.every(({ name }) => marker < name);
  if (!othersGiveWay) return entries;
  await clock.sleep(GIVE_WAY_MS, signal);
  return remote.list(folder);
}

/** Tries of this installation that a kill left behind. One that is still going on finds the folder held, and its marker not missed. */
async function clearAway(markers: readonly Marker[], folder: string, ports: HoldPorts): Promise<void> {
  const { ledger, remote } = ports;
  const inUse = new Set((await ledger.heldFolders()).map(({ marker }) => marker));
  for (const { name } of markers) if (!inUse.has(name)) await remote.remove(joinPath(folder, name));
}

async function knownMarker({ partner, folder }: Folder, { ledger }: HoldPorts): Promise<string | null> {
  const folders = await ledger.heldFolders();
  return folders.find((held) => held.partner === partner && held.folder === folder)?.marker ?? null;
}

async function makeMarker({ folder }: Folder, { ledger, remote, clock, host }: HoldPorts): Promise<string> {
  const name = markerName(ledger.installation, randomBytes(4).toString('hex'));
  try {
    await remote.make(joinPath(folder, name), markerText(host, clock.now()));
    return name;
  } catch (error) {
    throw notMade(folder, error);
  }
}

/** Whose marker it is, as far as its text tells. */
export async function ownerOfMarker(
  { name }: Marker,
  folder: string,
  { remote, spool }: Pick<HoldPorts, 'remote' | 'spool'>,
): Promise<string> {
  const local = spool.scratch();
  try {
    await remote.fetch(joinPath(folder, name), local, longestMarkerBytes);
    const text = readMarkerText(await readFile(local, 'utf8'));
    if (text) return `Tidegate on ${text.host}, since ${text.since}`;
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
  } finally {
    await spool.discard(local);
  }
  return `an installation that says nothing of itself (${name})`;
}

async function taken(
  marker: Marker,
  { partner, folder }: Folder,
  known: string | null,
  ports: HoldPorts,
): Promise<TidegateError> {
  return folderTaken(partner, folder, await ownerOfMarker(marker, folder, ports), marker.name === known);
}

/** @param isCopied whether that marker is the one by which our own ledger holds the folder, so that the ledger must be a copy */
export function folderTaken(
  partner: string,
  folder: string,
  whose: string,
  isCopied: boolean,
): TidegateError {
  const because = isCopied ? 'this ledger is a copy, and the original holds' : 'another installation holds';
  return new TidegateError('FOLDER_TAKEN', `${because} the inbound folder: ${whose}`, {
    subject: `${partner}: ${folder}`,
    expected: 'one installation for a folder',
    fix: `No file is touched. Stop one of the two; when the other one is stopped for good, \`tidegate adopt ${partner} --because "…"\` goes on here. See docs/operations.md.`,
  });
}

function notMade(folder: string, error: unknown): unknown {
  if (!(error instanceof TidegateError) || error.retry !== 'never') return error;
  return new TidegateError(error.code, `the marker of this installation cannot be made: ${error.message}`, {
    subject: folder,
    expected: 'the right to make files in the inbound folder',
    fix: 'Ask the partner for it. Only where that cannot be had, and no second installation can ever run: marker: false for the partner.',
    cause: error,
  });
}

const notShown = ({ partner, folder }: Folder): TidegateError =>
  new TidegateError('FOLDER_TAKEN', 'the marker that was just made is not in the listing', {
    subject: `${partner}: ${folder}`,
    expected: 'a server that lists files whose names begin with a dot',
    fix: 'Ask the partner to show hidden files. Only where that cannot be had, and no second installation can ever run: marker: false for the partner.',
  });
