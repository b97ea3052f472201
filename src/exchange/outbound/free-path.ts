import { posix } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import type { OutboundFile } from '../../ledger/port.ts';
import { pathsOf } from '../parcel.ts';
import type { OutboundPorts } from './types.ts';

const MOST_NAME_CHOICES = 1000;

/** Whose name is looked for; `id` where it has one already. */
type Wanted = Pick<OutboundFile, 'partner' | 'path' | 'packing'> & { id?: number };

/** The wanted path, or one like it with a number, where nothing lies and no other file is to lie; nor beside it, where something is to. */
export async function freePath(
  wanted: Wanted,
  ports: Pick<OutboundPorts, 'ledger' | 'remote'>,
): Promise<string> {
  for (let choice = 1; choice <= MOST_NAME_CHOICES; choice++) {
    const path = numbered(wanted.path, choice);
    if (await areFree(pathsOf(path, wanted.packing), wanted, ports)) return path;
  }
  throw new TidegateError('REMOTE_EXISTS', 'no free name is left for the file', {
    subject: wanted.path,
    fix: `Clear old files out of ${posix.dirname(wanted.path)}.`,
  });
}

async function areFree(
  paths: readonly string[],
  { partner, id }: Wanted,
  { ledger, remote }: Pick<OutboundPorts, 'ledger' | 'remote'>,
): Promise<boolean> {
  for (const path of paths)
    if ((await ledger.outboundPathTaken(partner, path, id)) || (await remote.stat(path))) return false;
  return true;
}

/** `a.csv.gz`, `a-2.csv.gz`, `a-3.csv.gz`, …; of one that has a number already, the ones after it. */
function numbered(path: string, choice: number): string {
  if (choice === 1) return path;
  const name = posix.basename(path);
  const dot = name.indexOf('.', 1);
  const end = dot < 0 ? name.length : dot;
  const [, stem = '', number = '1'] = /^(.*?)(?:-(\d+))?$/.exec(name.slice(0, end)) ?? [];
  return posix.join(posix.dirname(path), `${stem}-${Number(number) + choice - 1}${name.slice(end)}`);
}
