/** GnuPG with a home of its own, as partners use it. */
import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Whether gpg is there. With TIDEGATE_REQUIRE_GNUPG=1 its absence is an error, else it is said loudly. */
export function hasGnuPg(): boolean {
  try {
    execFileSync('gpg', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (cause) {
    if (process.env['TIDEGATE_REQUIRE_GNUPG'] === '1')
      throw new Error('gpg is missing, and TIDEGATE_REQUIRE_GNUPG=1 demands it', { cause });
    process.stderr.write(
      '\n!!! SKIPPED: no gpg, so nothing is tested against GnuPG (apt-get install gnupg)\n\n',
    );
    return false;
  }
}

export interface GnuPg {
  folder: string;
  /** @returns what was printed */
  run(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startGnuPg(): Promise<GnuPg> {
  // Its agent listens on a socket in there, whose path must be short.
  const folder = await mkdtemp(join(tmpdir(), 'gpg-'));
  await chmod(folder, 0o700);
  const options = [
    '--homedir',
    folder,
    '--batch',
    '--yes',
    '--quiet',
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    '',
  ];
  return {
    folder,
    run: async (...args) => (await promisify(execFile)('gpg', [...options, ...args])).stdout,
    async stop() {
      await promisify(execFile)('gpgconf', ['--homedir', folder, '--kill', 'all']).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
