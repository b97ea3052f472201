/** Whether archives are as they were made: manifests against the ledger and each other, files against manifests. Changes nothing. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import type { Archive, ArchivedFile } from '../../ledger/port.ts';
import type { Transferred } from '../../remote/port.ts';
import { type Bundle, bundleOf, FIRST, manifestOf, manifestText } from './manifest.ts';
import { bundlePath, manifestPath } from './plan.ts';
import type { ArchivePorts } from './types.ts';

export interface Finding {
  archive: number;
  /** Full path on the archive's side. */
  path: string;
  problem: string;
}

export interface Verified {
  archives: number;
  /** Not counting those that were deleted in their time. */
  files: number;
  findings: Finding[];
}

type VerifyPorts = Pick<ArchivePorts, 'ledger' | 'store' | 'spool'>;

const MAX_MANIFEST_BYTES = 2 ** 30;

/** All finished archives of the partner, oldest first. */
export async function verifyArchives(partner: string, ports: VerifyPorts): Promise<Verified> {
  const archives = (await ports.ledger.archives(partner)).filter(({ state }) => state === 'cleared');
  const verified: Verified = { archives: archives.length, files: 0, findings: [] };
  let previous = FIRST;
  for (const archive of archives) {
    const files = await ports.ledger.archivedFiles(archive.id);
    const problems = new Map<string, string>();
    if (archive.previous !== previous)
      problems.set(archive.path, 'it does not go on from the archive before it');
    previous = archive.hash ?? '';
    try {
      const bundle = await verifyManifest(archive, files, ports, problems);
      if (archive.deletedAt === null)
        verified.files += await verifyFiles(archive, files, bundle, ports, problems);
    } finally {
      await ports.spool.clearArchive(archive.id);
    }
    for (const [path, problem] of problems) verified.findings.push({ archive: archive.id, path, problem });
  }
  return verified;
}

/** The manifest must be the very one that the ledger's record gives. Tells which bundle it names, as far as it can be believed. */
async function verifyManifest(
  archive: Archive,
  files: readonly ArchivedFile[],
  ports: VerifyPorts,
  problems: Map<string, string>,
): Promise<Bundle | null> {
  const path = manifestPath(archive.path);
  const found = await fetch(path, MAX_MANIFEST_BYTES, archive, ports);
  if (typeof found === 'string') {
    problems.set(path, found);
    return null;
  }
  const text = await readFile(found.copy, 'utf8');
  const bundle = bundleOf(text);
  const wanted = manifestOf(archive, files, bundle);
  const lines = manifestText(wanted).split('\n');
  const wrong = text.split('\n').findIndex((line, index) => line !== lines[index]);
  if (wrong >= 0) problems.set(path, `line ${wrong + 1} is not as it was written`);
  else if (wanted.end.hash !== archive.hash) problems.set(path, 'its last hash is not the one on record');
  return bundle;
}

/** How many were looked at. */
async function verifyFiles(
  archive: Archive,
  files: readonly ArchivedFile[],
  bundle: Bundle | null,
  ports: VerifyPorts,
  problems: Map<string, string>,
): Promise<number> {
  const kept = files.filter(({ state }) => state === 'kept');
  const wanted: [string, Pick<ArchivedFile, 'bytes' | 'sha256'>][] = bundle
    ? [[bundlePath(archive.path), bundle]]
    : kept.map((file) => [posix.join(archive.path, file.name), file]);
  for (const [path, { bytes, sha256 }] of wanted) {
    const found = await fetch(path, bytes, archive, ports);
    if (typeof found === 'string') problems.set(path, found);
    else if (found.sha256 !== sha256) problems.set(path, 'its bytes were changed');
    if (typeof found !== 'string') await ports.spool.discard(found.copy);
  }
  return kept.length;
}

/** A copy of it, or what is wrong. */
async function fetch(
  path: string,
  maxBytes: number,
  { id }: Archive,
  { store, spool }: VerifyPorts,
): Promise<(Transferred & { copy: string }) | string> {
  const copy = spool.archived(id, 'verified');
  await spool.discard(copy);
  try {
    return { ...(await store.fetch(path, copy, maxBytes)), copy };
  } catch (error) {
    const code = error instanceof TidegateError ? error.code : '';
    if (code === 'REMOTE_MISSING') return 'it is gone';
    if (code === 'FILE_TOO_LARGE') return 'it is larger than it was';
    throw error;
  }
}
