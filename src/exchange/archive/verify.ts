/** Whether archives are as they were made: manifests against the ledger and each other, files against manifests. Changes nothing. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import type { Archive, ArchivedFile } from '../../ledger/port.ts';
import type { Transferred } from '../../remote/port.ts';
import { FIRST, manifestOf, manifestText } from './manifest.ts';
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

type VerifyPorts = Pick<ArchivePorts, 'ledger' | 'storeOf' | 'spool'>;

const MAX_MANIFEST_BYTES = 2 ** 30;

/** Beside whoever holds an archive now; their tokens begin with 1. */
const NOBODY = 0;

/** All finished archives of the partner, oldest first. */
export async function verifyArchives(partner: string, ports: VerifyPorts): Promise<Verified> {
  const archives = (await ports.ledger.archives(partner)).filter(({ state }) => state === 'cleared');
  const verified: Verified = { archives: archives.length, files: 0, findings: [] };
  let previous = FIRST;
  const spool = ports.spool.heldWith(NOBODY);
  const held = { ...ports, spool };
  for (const archive of archives) {
    const files = await ports.ledger.archivedFiles(archive.id);
    const problems = new Map<string, string>();
    if (archive.previous !== previous)
      problems.set(archive.path, 'it does not go on from the archive before it');
    previous = archive.hash ?? '';
    try {
      await verifyManifest(archive, files, held, problems);
      if (archive.deletedAt === null) verified.files += await verifyFiles(archive, files, held, problems);
    } finally {
      await spool.abandon(`archive-${archive.id}`);
    }
    for (const [path, problem] of problems) verified.findings.push({ archive: archive.id, path, problem });
  }
  return verified;
}

/** The manifest must be the very one that was written, and that the ledger's record gives. */
async function verifyManifest(
  archive: Archive,
  files: readonly ArchivedFile[],
  ports: VerifyPorts,
  problems: Map<string, string>,
): Promise<void> {
  const path = manifestPath(archive.path);
  const found = await fetch(path, MAX_MANIFEST_BYTES, archive, ports);
  if (typeof found === 'string') {
    problems.set(path, found);
    return;
  }
  const wanted = manifestOf(archive, files, archive.bundle);
  if (wanted.end.hash !== archive.hash) problems.set(path, 'its record in the ledger was changed');
  if (found.sha256 === archive.manifestSha256) return;
  const lines = (await readFile(found.copy, 'utf8')).split('\n');
  const written = manifestText(wanted).split('\n');
  const wrong = written.findIndex((line, index) => line !== lines[index]);
  problems.set(path, wrong < 0 ? 'lines were added' : `line ${wrong + 1} is not as it was written`);
}

/** How many were looked at. */
async function verifyFiles(
  archive: Archive,
  files: readonly ArchivedFile[],
  ports: VerifyPorts,
  problems: Map<string, string>,
): Promise<number> {
  const kept = files.filter(({ state }) => state === 'kept');
  const { path: folder, form, bundle } = archive;
  const inBundle = bundle ? [[bundlePath(folder), bundle] as const] : [];
  const wanted =
    form === 'bundle' ? inBundle : kept.map((file) => [posix.join(folder, file.name), file] as const);
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
  { id, side }: Archive,
  { storeOf, spool }: VerifyPorts,
): Promise<(Transferred & { copy: string }) | string> {
  const copy = spool.archived(id, 'verified');
  await spool.discard(copy);
  try {
    return { ...(await storeOf(side).fetch(path, copy, maxBytes)), copy };
  } catch (error) {
    const code = error instanceof TidegateError ? error.code : '';
    if (code === 'REMOTE_MISSING') return 'it is gone';
    if (code === 'FILE_TOO_LARGE') return 'it is larger than it was';
    throw error;
  }
}
