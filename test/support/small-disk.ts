/** A real disk of a few megabytes that can be filled and made read-only: a tmpfs in a mount namespace of its own, so that it needs no root and is gone with its holder. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  /** Where this process finds it. */
  root: string;
  /** What a command line begins with that is to see the disk in place of the folder. */
  within: readonly string[];
  /** Takes all free space but so many bytes. */
  fill(leaving: number): void;
  /** Gives back what `fill` took. */
  clear(): void;
  /** Only while nobody has a file of it open for writing. */
  readOnly(on: boolean): void;
  stop(): Promise<void>;
}

const asRoot = process.getuid?.() === 0;
const toNamespace = asRoot ? ['--mount'] : ['--mount', '--user', '--preserve-credentials'];
const newNamespace = asRoot ? ['--mount'] : ['--mount', '--map-root-user'];

/** Whether such disks can be made. With TIDEGATE_REQUIRE_SMALL_DISK=1 it is an error if not, else it is said loudly. */
export function hasSmallDisks(): boolean {
  try {
    execFileSync('unshare', [...newNamespace, 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'pipe' });
    return true;
  } catch (cause) {
    if (process.env['TIDEGATE_REQUIRE_SMALL_DISK'] === '1')
      throw new Error('no disk can be mounted here, and TIDEGATE_REQUIRE_SMALL_DISK=1 demands it', { cause });
    process.stderr.write(
      '\n!!! SKIPPED: no disk can be mounted here, so nothing is tested on a full one\n\n',
    );
    return false;
  }
}

/** @param folder is made where it is missing, and the disk lies over it for those who run `within` */
export async function startSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true });
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=700 none "$0" && echo mounted && exec cat`;
  const holder = spawn('unshare', [...newNamespace, 'sh', '-c', mount, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await mounted(holder);
  const within = ['nsenter', '--target', String(holder.pid), ...toNamespace];
  const root = `/proc/${holder.pid}/root${folder}`;
  const filler = join(root, 'filler');
  return {
    root,
    within,
    fill(leaving) {
      rmSync(filler, { force: true });
      const { bavail, bsize } = statfsSync(root);
      const file = openSync(filler, 'w');
      try {
        for (let left = bavail * bsize - leaving; left > 0; left -= bsize)
          writeSync(file, Buffer.alloc(bsize));
      } catch (error) {
        // Who writes at the same time may take the last blocks.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
      fsyncSync(file);
      closeSync(file);
    },
    clear: () => rmSync(filler, { force: true }),
    readOnly(on) {
      const [program = '', ...options] = within;
      execFileSync(program, [...options, 'mount', '-o', `remount,${on ? 'ro' : 'rw'}`, folder]);
    },
    async stop() {
      const ended = once(holder, 'exit');
      holder.stdin?.end();
      await ended;
    },
  };
}

async function mounted(holder: ChildProcess): Promise<void> {
  const said = holder.stdout ? once(holder.stdout, 'data') : Promise.reject(new Error('no output'));
  const ended = once(holder, 'exit').then(([code]) => {
    throw new Error(`mounting ended with ${code}`);
  });
  await Promise.race([said, ended]);
  ended.catch(() => undefined);
}
