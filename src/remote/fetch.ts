import { TidegateError } from '../base/errors.ts';
import { tallyOf, writeLocal } from '../base/local-copy.ts';
import { changed, shown } from './errors.ts';
import type { RemoteStat, Transferred } from './port.ts';
import { type Server, statFile } from './server.ts';

/** As `RemoteFolder.fetch` promises. */
export function fetchVerified(
  server: Server,
  path: string,
  localPath: string,
  maxBytes: number,
): Promise<Transferred> {
  const fetch = server.traits.sizes === 'exact' ? fetchBySize : fetchTwice;
  return fetch(server, path, localPath, maxBytes);
}

async function fetchBySize(
  { files }: Server,
  path: string,
  localPath: string,
  maxBytes: number,
): Promise<Transferred> {
  const before = await statFile(files, path);
  if (before.size > maxBytes) throw tooLarge(path, `${before.size} bytes`, maxBytes);
  return writeLocal(localPath, files.read(path, before.size), async ({ bytes }) => {
    const after = await statFile(files, path);
    if (bytes !== before.size || !isSame(before, after)) {
      throw changed(path, `it had ${before.size} bytes before, ${after.size} after, and ${bytes} were read`);
    }
  });
}

/** Where the stated size is worth nothing, only a second reading that ends at the same place tells an early end from the real one. */
async function fetchTwice(
  { files }: Server,
  path: string,
  localPath: string,
  maxBytes: number,
): Promise<Transferred> {
  const before = await statFile(files, path);
  return writeLocal(localPath, files.read(path, maxBytes + 1), async (first) => {
    if (first.bytes > maxBytes) throw tooLarge(path, `more than ${maxBytes} bytes`, maxBytes);
    const second = await tallyOf(files.read(path, first.bytes + 1));
    if (second.sha256 !== first.sha256 || !isSame(before, await statFile(files, path))) {
      throw changed(path, `${first.bytes} bytes were read, then ${second.bytes}, and they are not the same`);
    }
  });
}

const isSame = (before: RemoteStat, after: RemoteStat): boolean =>
  before.size === after.size && before.modifiedAt === after.modifiedAt;

function tooLarge(path: string, size: string, maxBytes: number): TidegateError {
  return new TidegateError('FILE_TOO_LARGE', `the file has ${size}`, {
    subject: shown(path),
    expected: `at most ${maxBytes} bytes`,
    fix: 'Send the file in parts, or raise the limit of the feed.',
  });
}
