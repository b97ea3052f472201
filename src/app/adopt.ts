import { hostname } from 'node:os';
import { folderAdopted } from '../alerts/folder-notices.ts';
import { systemClock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Config, PartnerConfig } from '../config/types.ts';
import { type Adoption, adoptFolder, type HoldPorts, holdsAlone } from '../exchange/hold.ts';
import type { Arrival } from '../ledger/port.ts';
import { openLedger } from '../ledger/sqlite.ts';
import { unfinishedStates } from '../ledger/states.ts';
import { displayName } from '../remote/names.ts';
import { openRemote } from './implementations.ts';
import { ledgerFile, spoolOf } from './places.ts';

const MOST_SHOWN = 100;

export interface Adopted {
  folder: string;
  /** Whether it was held by this installation before; nothing was done then. */
  already: boolean;
  /** Whose markers were removed, in words. */
  from: string[];
  /** What this ledger goes on with: the other installation may have finished it meanwhile. */
  unfinished: Pick<Arrival, 'id' | 'name' | 'state'>[];
}

/** Makes this installation the holder of the partner's inbound folder, and puts on record who wanted it and why. */
export async function adopt(config: Config, partnerName: string, adoption: Adoption): Promise<Adopted> {
  const partner = partnerNamed(partnerName, config);
  const ledger = await openLedger({ file: ledgerFile(config) });
  try {
    const spool = await spoolOf(config);
    const remote = await openRemote(partner, systemClock);
    const folder = partner.folders.in;
    const wanted = { partner: partner.name, folder };
    const ports = {
      ledger,
      spool,
      remote,
      clock: systemClock,
      host: hostname(),
      signal: new AbortController().signal,
    };
    const from = await takenFrom(wanted, adoption, ports).finally(() => remote.close());
    if (from === null) return { folder, already: true, from: [], unfinished: [] };
    const found = await ledger.arrivals({
      partner: partner.name,
      states: unfinishedStates,
      limit: MOST_SHOWN,
    });
    const unfinished = found.map(({ id, name, state }) => ({ id, name: displayName(name), state }));
    const now = systemClock.now();
    await ledger.raise(folderAdopted({ ...wanted, ...adoption, from, unfinished, now }), now);
    return { folder, already: false, from, unfinished };
  } finally {
    await ledger.close();
  }
}

/** `null` when the folder is ours. */
async function takenFrom(
  wanted: { partner: string; folder: string },
  adoption: Adoption,
  ports: HoldPorts,
): Promise<string[] | null> {
  return (await holdsAlone(wanted, ports)) ? null : adoptFolder(wanted, adoption, ports);
}

function partnerNamed(name: string, { partners }: Config): PartnerConfig {
  const partner = partners[name];
  if (!partner) {
    const close = nearest(name, Object.keys(partners));
    throw new TidegateError('NOT_FOUND', `there is no partner ${name}`, {
      fix: close ? `Did you mean ${close}?` : `The partners are: ${Object.keys(partners).join(', ')}.`,
    });
  }
  if (partner.marker) return partner;
  throw new TidegateError('USAGE', `the folder of ${name} is not marked, so nobody holds it`, {
    fix: 'Set marker: true for the partner first.',
  });
}
