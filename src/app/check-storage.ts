/** Whether a run could keep its ledger and spool where it is told to; looks without leaving anything. */
import { access, constants, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import type { Config } from '../config/types.ts';
import { freeOnDisk, megabytes, roomIn } from '../exchange/room.ts';
import { openLedger } from '../ledger/sqlite.ts';

/** @throws TidegateError `SPOOL_FAILED` when nothing can be made in the folder, or the folder itself not */
export async function checkStorage(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  try {
    await rmdir(await mkdtemp(join(found ? folder : await nearestThere(folder), '.tidegate-check-')));
  } catch (cause) {
    throw new TidegateError('SPOOL_FAILED', 'nothing can be made in the storage folder', {
      subject: folder,
      fix: 'Make it writable for the user that runs Tidegate, or set storage.folder.',
      cause,
    });
  }
  if (!found) return `${folder}: the first run makes it`;
  return `${folder}, writable${openToOthers(found.mode, `chmod 700 ${folder}`)}`;
}

/** @throws TidegateError `STORAGE_LOW` when a run would not begin anything */
export async function checkFreeSpace({ folder, reserve }: Config['storage']): Promise<string> {
  const there = (await stat(folder).catch(() => null)) ? folder : await nearestThere(folder);
  roomIn(there, reserve).demand(0);
  return `${megabytes(freeOnDisk(there))}, of which ${megabytes(reserve)} are kept free`;
}

/** @throws TidegateError `LEDGER_FAILED` when there is a ledger that cannot be used */
export async function checkLedger(file: string): Promise<string> {
  const found = await stat(file).catch(() => null);
  if (!found) return `${file}: the first run makes it`;
  const ledger = await openLedger({ file, readOnly: true });
  await ledger.close();
  try {
    await access(file, constants.W_OK);
  } catch (cause) {
    throw new TidegateError('LEDGER_FAILED', 'the ledger can be read but not written', {
      subject: file,
      fix: 'Make it writable for the user that runs Tidegate.',
      cause,
    });
  }
  return `${file}${openToOthers(found.mode, `chmod 600 ${file}`)}`;
}

async function nearestThere(folder: string): Promise<string> {
  const parent = dirname(folder);
  if (parent === folder || (await stat(parent).catch(() => null))) return parent;
  return nearestThere(parent);
}

/** Rows hold personal data, so nobody else on the machine should get at them. Windows keeps its rights elsewhere and states none here. */
function openToOthers(mode: number, command: string): string {
  const open = process.platform !== 'win32' && (mode & 0o077) !== 0;
  return open ? `; note: other users of this machine have access, close it with ${command}` : '';
}
