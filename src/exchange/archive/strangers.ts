/** What lies in the folders of an archive and was not put there by ourselves. Changes nothing. */
import { posix } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import type { Archive, ArchivedFile } from '../../ledger/port.ts';
import type { RemoteEntry } from '../../remote/port.ts';
import { uploadOf } from '../../remote/temporary.ts';
import { bundlePath, manifestPath, storedPaths } from './plan.ts';
import type { ArchivePolicy, ArchivePorts } from './types.ts';

type StrangerPorts = Pick<ArchivePorts, 'ledger' | 'storeOf'>;

/** On a side of the archive; of a folder that nobody knows only the folder. */
type Stranger = Pick<Archive, 'side' | 'path'>;

/** Looks into the folder that months go to now, and into those that they went to before. */
export async function findStrangers(policy: ArchivePolicy, ports: StrangerPorts): Promise<Stranger[]> {
  const before = await knownTo(policy, ports);
  const found: Stranger[] = [];
  for (const { side, known } of before)
    for (const root of known.roots) found.push(...(await walk(root, side, known, ports)));
  if (found.length === 0) return [];
  // An archive that was begun since is none that somebody put in.
  const after = await knownTo(policy, ports);
  return found.filter(({ side, path }) =>
    after.some(({ side: of, known }) => of === side && !known.files.has(path) && !known.folders.has(path)),
  );
}

interface Known {
  /** That archives lie in, none within another. */
  roots: string[];
  folders: ReadonlySet<string>;
  files: ReadonlySet<string>;
}

async function knownTo(
  { partner, side, folder }: ArchivePolicy,
  { ledger }: StrangerPorts,
): Promise<{ side: Archive['side']; known: Known }[]> {
  const [archives, files] = [await ledger.archives(partner), new Map<number, ArchivedFile[]>()];
  for (const { id } of archives) files.set(id, await ledger.archivedFiles(id));
  return (['remote', 'local'] as const).map((one) => {
    const here = archives.filter((archive) => archive.side === one);
    const roots = [...(side === one ? [folder] : []), ...here.map(({ path }) => posix.dirname(path))];
    const named = here.map((archive) => [archive, files.get(archive.id) ?? []] as const);
    return { side: one, known: known(roots, named) };
  });
}

/** Pure. */
function known(
  folders: readonly string[],
  archives: readonly (readonly [Archive, readonly ArchivedFile[]])[],
): Known {
  const files = new Set(archives.flatMap(([archive, held]) => filesOf(archive, held)));
  const made = archives.flatMap(([{ form, path }, held]) =>
    form === 'folder' ? [path, ...held.map(({ name }) => posix.dirname(posix.join(path, name)))] : [],
  );
  const roots = new Set(folders);
  return {
    roots: [...roots].filter((root) => !around(root).some((outer) => roots.has(outer))),
    folders: new Set([...roots, ...made].flatMap((folder) => [folder, ...around(folder)])),
    files,
  };
}

function filesOf(archive: Archive, held: readonly ArchivedFile[]): string[] {
  const { state, path, deletedAt } = archive;
  if (deletedAt !== null) return [manifestPath(path)];
  if (state !== 'planned') return [manifestPath(path), ...storedPaths(archive, held)];
  const coming = [manifestPath(path), bundlePath(path), ...held.map(({ name }) => posix.join(path, name))];
  return [...coming, ...coming.map(uploadOf)];
}

/** The folders that a path lies in, without the outermost of all. */
function around(path: string): string[] {
  const outer = posix.dirname(path);
  return outer === '/' || outer === path ? [] : [outer, ...around(outer)];
}

async function walk(
  folder: string,
  side: Archive['side'],
  known: Known,
  ports: StrangerPorts,
): Promise<Stranger[]> {
  const found: Stranger[] = [];
  for (const { name, kind } of await listed(folder, side, ports)) {
    // As it was given: a name with tricks must not become the path of a file that is known.
    const path = `${folder}/${name}`;
    if (kind === 'folder' && known.folders.has(path)) found.push(...(await walk(path, side, known, ports)));
    else if (kind === 'folder' || !known.files.has(path)) found.push({ side, path });
  }
  return found;
}

/** A folder that is not there holds nothing; what is missed in it is found out file by file. */
async function listed(
  folder: string,
  side: Archive['side'],
  { storeOf }: StrangerPorts,
): Promise<RemoteEntry[]> {
  try {
    return await storeOf(side).list(folder);
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'REMOTE_MISSING') return [];
    throw error;
  }
}
