/**
 * Bringing a packed file out. PGP gives other bytes every time, so what is to lie there is on record before it is put: from then on it is these bytes and no others, wherever
 * a kill comes in between. They are packed anew only while nothing of them has come out.
 */
import { writeFile } from 'node:fs/promises';
import { TidegateError } from '../base/errors.ts';
import { spoolFailure } from '../base/spool-failure.ts';
import type { PackedAs } from '../ledger/port.ts';
import { checksumText } from '../packing/checksum.ts';
import type { RemoteFolder, Transferred } from '../remote/port.ts';
import { doneFileFor } from './gate.ts';
import type { Spool } from './spool.ts';
import type { Parcel } from './types.ts';

export interface ParcelPorts {
  remote: RemoteFolder;
  spool: Spool;
  signal: AbortSignal;
}

export interface Packing {
  /** The content, in the spool. */
  content: string;
  /** Where it is packed to in the spool; what lies there from before is taken when it is what is on record. */
  packed: string;
  /** What is on record as packed, or was brought out under this name before. */
  known: Transferred | null;
  /** Puts it on record; not before it is whole. */
  record(packed: Transferred): Promise<void>;
}

/** What is to lie under the final name; `local` is `null` where it lies there already. */
export interface Packed {
  file: Transferred;
  local: string | null;
}

/** @param path the final name */
export async function packFor(
  path: string,
  { packer }: Parcel,
  { content, packed, known, record }: Packing,
  { remote, spool, signal }: ParcelPorts,
): Promise<Packed> {
  if (known && (await spool.holds(packed, known.sha256))) return { file: known, local: packed };
  if (known && (await liesThere(path, known, packed, { remote, spool }))) return { file: known, local: null };
  await spool.discard(packed);
  const file = await packer.pack(content, packed, signal);
  await record(file);
  return { file, local: packed };
}

/**
 * Whether these bytes lie there: an earlier try, whose working copy is gone, may have brought them before it could say so.
 * @param scratch for a copy, which does not stay
 */
export async function liesThere(
  path: string,
  { bytes, sha256 }: Transferred,
  scratch: string,
  { remote, spool }: Pick<ParcelPorts, 'remote' | 'spool'>,
): Promise<boolean> {
  if (!(await remote.stat(path))) return false;
  await spool.discard(scratch);
  try {
    return (await remote.fetch(path, scratch, bytes)).sha256 === sha256;
  } catch (error) {
    const other = ['FILE_TOO_LARGE', 'REMOTE_MISSING', 'REMOTE_CHANGED'];
    if (error instanceof TidegateError && other.includes(error.code)) return false;
    throw error;
  } finally {
    await spool.discard(scratch);
  }
}

/** As it is on record. */
export const packedAs = ({ packer, checksum, doneFile }: Parcel): PackedAs => ({
  ...{ suffix: packer.suffix, checksum, doneFile },
  keys: packer.keys.map(({ fingerprint }) => fingerprint),
});

/** What is agreed to lie beside a file. */
type Beside = Pick<PackedAs, 'checksum' | 'doneFile'>;

interface Companion {
  path: string;
  textFor(file: Pick<Transferred, 'sha256'>): string;
}

/** What lies beside a file, in the order in which it is written. */
export function companionsOf(path: string, beside: Beside | null): Companion[] {
  if (!beside) return [];
  const { checksum, doneFile } = beside;
  const at = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, at), path.slice(at)];
  const sum = {
    path: `${path}.sha256`,
    textFor: (file: Pick<Transferred, 'sha256'>) => checksumText(file, name),
  };
  return [
    ...(checksum ? [sum] : []),
    ...(doneFile === null ? [] : [{ path: folder + doneFileFor(name, doneFile), textFor: () => '' }]),
  ];
}

/** The file and all that lies beside it. */
export const pathsOf = (path: string, beside: Beside | null): string[] => [
  path,
  ...companionsOf(path, beside).map((companion) => companion.path),
];

/**
 * What lies beside a file once it is complete under its final name; each verified, the done-file last.
 * @param local where a companion is made before it is put
 */
export async function putCompanions(
  path: string,
  file: Transferred,
  beside: Beside,
  local: string,
  { remote, spool }: Pick<ParcelPorts, 'remote' | 'spool'>,
): Promise<void> {
  for (const companion of companionsOf(path, beside)) {
    await writeFile(local, companion.textFor(file), { mode: 0o600 }).catch((cause: unknown) => {
      throw spoolFailure(local, 'a companion file cannot be written', cause);
    });
    await remote.put(local, companion.path).finally(() => spool.discard(local));
  }
}
