import { statfsSync } from 'node:fs';
import { TidegateError } from '../base/errors.ts';
import { spoolFailure } from '../base/spool-failure.ts';

/** Free bytes on the disk of a folder, as far as this user may take them. */
export type FreeSpace = (folder: string) => number;

/** Room on the disk of ledger and spool. What has left must be recorded when its answer comes, so nothing begins while room is scarce. */
export interface Room {
  /** Throws `STORAGE_LOW` unless so many bytes are free beside the reserve. */
  demand(bytes: number): void;
}

export function roomIn(folder: string, reserve: number, freeIn: FreeSpace = freeOnDisk): Room {
  return {
    demand(bytes) {
      const free = freeIn(folder);
      if (free >= reserve + bytes) return;
      throw new TidegateError(
        'STORAGE_LOW',
        `only ${megabytes(free)} are free on the disk of the storage folder`,
        {
          subject: folder,
          expected: `at least ${megabytes(reserve + bytes)}${bytes > 0 ? ' for a file of this size' : ''}`,
          fix: 'Free space on that disk; work goes on by itself where it stopped. storage.reserve says how much is kept free.',
          retry: 'later',
        },
      );
    },
  };
}

/** Asked at every call, so it does not wait its turn behind the work: it costs microseconds. */
export const freeOnDisk: FreeSpace = (folder) => {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder);
    // Some file systems have no limit of their own and state no size.
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  } catch (cause) {
    throw spoolFailure(folder, 'the free space of the storage folder cannot be read', cause);
  }
};

export const megabytes = (bytes: number): string =>
  `${(Math.floor(bytes / 102.4 / 1024) / 10).toFixed(1)} MB`;
