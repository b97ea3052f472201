import { TidegateError } from '../base/errors.ts';
import { missing, shown } from './errors.ts';
import type { Files } from './files.ts';
import type { RemoteStat } from './port.ts';
import type { ServerTraits } from './traits.ts';

/** Plain file operations, and how far they can be trusted by what is known now. */
export interface Server {
  readonly files: Files;
  traits: ServerTraits;
}

/** Fails with `REMOTE_MISSING`, and with `REMOTE_FAILED` where something else than a file is. */
export async function statFile(files: Files, path: string): Promise<RemoteStat> {
  const stat = await files.stat(path);
  if (stat === null) throw missing(path);
  if (stat.kind === 'file') return stat;
  throw new TidegateError(
    'REMOTE_FAILED',
    `there is a ${stat.kind === 'folder' ? 'folder' : 'link or device'} of this name`,
    {
      subject: shown(path),
      expected: 'a regular file',
      fix: 'Remove or rename it at the server.',
    },
  );
}
