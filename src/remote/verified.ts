/**
 * The promises of `RemoteFolder`, made once over the plain file operations of any implementation: nothing counts before its bytes are
 * verified, no final name is ever partial, nothing is replaced, and after an error both sides are looked at before it is decided what happened.
 */
import { posix } from 'node:path';
import { boundary } from '../base/boundary.ts';
import type { Clock } from '../base/clock.ts';
import { always, type Permit } from '../base/permit.ts';
import { inFolder } from './errors.ts';
import { fetchVerified } from './fetch.ts';
import type { Files } from './files.ts';
import type { RemoteFolder } from './port.ts';
import { probeFiles, tidyProbe } from './probe.ts';
import { putVerified } from './put.ts';
import { moveWithoutReplacing } from './rename.ts';
import type { Server } from './server.ts';
import { randomMark, temporaryName, uploadOf } from './temporary.ts';
import { cautiousTraits } from './traits.ts';

/** What of a server is known apart from its files. */
export interface ServerFacts {
  identity(): Promise<string>;
  /** As `ServerTraits.sessions`. */
  sessions(): Promise<number | null>;
  clock: Clock;
}

export function verifiedFolder(files: Files, facts: ServerFacts): RemoteFolder {
  const server = { files: boundary('remote', files, folderOf), traits: cautiousTraits };
  return over(server, facts, always);
}

function over(server: Server, facts: ServerFacts, permit: Permit): RemoteFolder {
  const { files } = server;
  return {
    traits: async () => server.traits,
    adapt(traits) {
      server.traits = traits;
    },
    identity: () => facts.identity(),
    async probe(folder) {
      const found = await probeFiles(files, folder, facts.clock);
      return { ...found, sessions: await facts.sessions() };
    },
    list: (folder) => inFolder(folder, files.list(folder)),
    stat: (path) => files.stat(path),
    fetch: (path, localPath, maxBytes) => fetchVerified(server, path, localPath, maxBytes),
    put: (localPath, path, whenWhole) => putVerified(server, localPath, path, permit, whenWhole),
    holdsUpload: async (path) => (await files.stat(uploadOf(path))) !== null,
    abandon: (path) => files.unlink(uploadOf(path), permit),
    make: (path, text) => inFolder(posix.dirname(path), files.create(path, chunks(Buffer.from(text)))),
    move: (from, to) => moveWithoutReplacing(server, from, to, permit),
    remove: (path) => files.unlink(path, permit),
    makeFolder: (path) => makeFolder(files, path),
    tidy: (folder) => tidyProbe(files, folder),
    probeWritable: (folder) => probeWritable(files, folder),
    permittedBy: (other) => over(server, facts, other),
    close: () => files.close(),
  };
}

/** Every single operation is a boundary: an upload can be interrupted between any two of them. */
function folderOf(method: string, [path]: readonly unknown[]): string {
  if (typeof path !== 'string') return '';
  return method === 'list' ? path : posix.dirname(path);
}

async function makeFolder(files: Files, path: string): Promise<void> {
  const isThere = async (): Promise<boolean> => (await files.stat(path))?.kind === 'folder';
  if (path === '/' || (await isThere())) return;
  await makeFolder(files, posix.dirname(path));
  await files.makeFolder(path).catch(async (error: unknown) => {
    // Somebody else may have made it in the same moment.
    if (!(await isThere())) throw error;
  });
}

async function probeWritable(files: Files, folder: string): Promise<void> {
  const probeName = posix.join(folder, 'tidegate-probe');
  const [made, renamed] = [temporaryName(probeName, randomMark()), temporaryName(probeName, randomMark())];
  try {
    await inFolder(folder, files.create(made, chunks(Buffer.from('tidegate'))));
    await files.rename(made, renamed, always);
    await files.unlink(renamed, always);
  } catch (error) {
    await files.discard(made, always);
    await files.discard(renamed, always);
    throw error;
  }
}

async function* chunks(...buffers: Buffer[]): AsyncGenerator<Buffer> {
  yield* buffers;
}
