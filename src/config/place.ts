/** Where folders lie. */
import { resolve } from 'node:path';
import type { ParsedConfig } from './types.ts';

/** Equal where the same path is the same folder. Another login may see another root. */
export function placeOf(partner: ParsedConfig['partners'][string]): string {
  return partner.protocol === 'local'
    ? JSON.stringify(['local', resolve(partner.root)])
    : JSON.stringify(['sftp', partner.host.toLowerCase(), partner.port, partner.user]);
}

/** Equal for the same folder, also where two partners are two names of one place. `null` where there is no such partner, or no folder. */
export function folderAt(config: ParsedConfig, partner: string, folder: string | undefined): string | null {
  const entry = config.partners[partner];
  return entry === undefined || folder === undefined ? null : JSON.stringify([placeOf(entry), folder]);
}
