/** Whether archives are as they were made: manifests against the ledger and each other, files against manifests. Changes nothing. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import type { Archive, ArchivedFile } from '../../ledger/port.ts';
import type { Transferred } from '../../remote/port.ts';
import { FIRST, manifestOf, manifestText } from './manifest.ts';
import { bundlePath, manifestPath, placeOf } from './plan.ts';
import { findStrangers } from './strangers.ts';
import type { ArchivePolicy, ArchivePorts } from './types.ts';

export interface Finding {
  /** `null` of what belongs to no archive. */
  archive: number | null;
  /** Where people find it. */
  path: string;
  problem: string;
  /** What to do about it. */
  fix: string;
}

export interface Verified {
  archives: number;
  /** Not counting those that were deleted in their time. */
  files: number;
  findings: Finding[];
}

type VerifyPorts = Pick<ArchivePorts, 'ledger' | 'storeOf' | 'spool'>;

const MAX_MANIFEST_BYTES = 2 ** 30;

const restore = 'Find out who did that, and put back from a backup what was written.';
const restoreLedger =
  'Find out who did that, and compare the ledger with its backup; the manifest tells what there was.';
const takeAway = 'Find out who put it there, and take it away by hand; nothing of it is deleted by itself.';

/** Beside whoever holds an archive now; their tokens begin with 1. */
const NOBODY = 0;

/** All finished archives of the partner, oldest first, and what else lies in their folders. */
export async function verifyArchives(policy: ArchivePolicy, ports: VerifyPorts): Promise<Verified> {
  const archives = (await ports.ledger.archives(policy.partner)).filter(({ state }) => state === 'cleared');
  const verified: Verified = { archives: archives.length, files: 0, findings: [] };
  let previous = FIRST;
  const spool = ports.spool.heldWith(NOBODY);
  const held = { ...ports, spool };
  for (const archive of archives) {
    const files = await ports.ledger.archivedFiles(archive.id);
    const problems: Problems = new Map();
    if (archive.previous !== previous) {
      const problem = 'it does not go on from the archive before it';
      problems.set(archive.path, { problem, fix: restoreLedger });
    }
    previous = archive.hash ?? '';
    try {
      await verifyManifest(archive, files, held, problems);
      if (archive.deletedAt === null) verified.files += await verifyFiles(archive, files, held, problems);
    } finally {
      await spool.abandon(`archive-${archive.id}`);
    }
    for (const [path, found] of problems) {
      const place = placeOf({ side: archive.side, path }, policy.local);
      verified.findings.push({ archive: archive.id, path: place, ...found });
    }
  }
  for (const stranger of await findStrangers(policy, ports)) {
    const problem = 'it was put in: no manifest names it';
    const path = placeOf(stranger, policy.local);
    verified.findings.push({ archive: null, path, problem, fix: takeAway });
  }
  return verified;
}

/** By path on the archive's side. */
type Problems = Map<string, Pick<Finding, 'problem' | 'fix'>>;

/** The manifest must be the very one that was written, and that the ledger's record gives. */
async function verifyManifest(
  archive: Archive,
  files: readonly ArchivedFile[],
  ports: VerifyPorts,
  problems: Problems,
): Promise<void> {
  const path = manifestPath(archive.path);
  const found = await fetch(path, MAX_MANIFEST_BYTES, archive, ports);
  if (typeof found === 'string') {
    problems.set(path, { problem: found, fix: restore });
    return;
  }
  const wanted = manifestOf(archive, files, archive.bundle);
  if (wanted.end.hash !== archive.hash)
    problems.set(path, { problem: 'its record in the ledger was changed', fix: restoreLedger });
  if (found.sha256 === archive.manifestSha256) return;
  const lines = (await readFile(found.copy, 'utf8')).split('\n');
  const written = manifestText(wanted).split('\n');
  const wrong = written.findIndex((line, index) => line !== lines[index]);
  const problem = wrong < 0 ? 'lines were added' : `line ${wrong + 1} is not as it was written`;
  problems.set(path, { problem, fix: restore });
}

/** How many were looked at. */
async function verifyFiles(
  archive: Archive,
  files: readonly ArchivedFile[],
  ports: VerifyPorts,
  problems: Problems,
): Promise<number> {
  const kept = files.filter(({ state }) => state === 'kept');
  const { path: folder, form, bundle } = archive;
  const inBundle = bundle ? [[bundlePath(folder), bundle] as const] : [];
  const wanted =
    form === 'bundle' ? inBundle : kept.map((file) => [posix.join(folder, file.name), file] as const);
  for (const [path, { bytes, sha256 }] of wanted) {
    const found = await fetch(path, bytes, archive, ports);
    if (typeof found === 'string') problems.set(path, { problem: found, fix: restore });
    else if (found.sha256 !== sha256) problems.set(path, { problem: 'its bytes were changed', fix: restore });
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
