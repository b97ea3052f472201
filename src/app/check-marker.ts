/** Who holds the inbound folder of a partner; looks without taking it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import type { Config, PartnerConfig } from '../config/types.ts';
import { folderTaken, ownerOfMarker } from '../exchange/hold.ts';
import { foreignMarkers, isMarkerOf, type Marker } from '../exchange/marker.ts';
import { openSpool } from '../exchange/spool.ts';
import type { HeldFolder } from '../ledger/port.ts';
import { openLedger } from '../ledger/sqlite.ts';
import type { RemoteFolder } from '../remote/port.ts';
import { ledgerFile } from './places.ts';

/** @throws TidegateError `FOLDER_TAKEN` when another installation holds it */
export async function checkMarker(
  partner: PartnerConfig,
  remote: RemoteFolder,
  config: Config,
): Promise<string> {
  if (!partner.marker)
    return 'none, by configuration: a second installation on this folder would go unnoticed';
  const folder = partner.folders.in;
  const entries = await remote.list(folder);
  const { installation, known } = await knownHere(partner, config);
  const ours = known && isMarkerOf(known.marker, installation) ? known : null;
  if (ours && entries.some(({ name }) => name === ours.marker)) return heldInWords(ours);
  const [foreign] = foreignMarkers(entries, installation);
  if (!foreign) return 'none yet: the first run makes it';
  const whose = await readOwner(foreign, folder, remote);
  throw folderTaken(partner.name, folder, whose, foreign.name === known?.marker);
}

/** Where there is no ledger, or one that a run has to bring up to date first, every marker is somebody else's. */
async function knownHere(
  { name, folders }: PartnerConfig,
  config: Config,
): Promise<{ installation: string; known: HeldFolder | undefined }> {
  const ledger = await openLedger({ file: ledgerFile(config), readOnly: true }).catch((error: unknown) => {
    if (error instanceof TidegateError) return null;
    throw error;
  });
  if (!ledger) return { installation: '', known: undefined };
  const held = await ledger.heldFolders().finally(() => ledger.close());
  const known = held.find(({ partner, folder }) => partner === name && folder === folders.in);
  return { installation: ledger.installation, known };
}

/** The spool of the installation may not be there yet, and is not made for a look. */
async function readOwner(marker: Marker, folder: string, remote: RemoteFolder): Promise<string> {
  const temporary = await mkdtemp(join(tmpdir(), 'tidegate-check-'));
  try {
    return await ownerOfMarker(marker, folder, { remote, spool: await openSpool(temporary) });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function heldInWords({ since, adoption }: HeldFolder): string {
  const from = `held by this installation since ${new Date(since).toISOString()}`;
  return adoption ? `${from}; ${adoption.by} took it over: ${adoption.because}` : from;
}
