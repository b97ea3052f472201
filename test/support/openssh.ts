/** A real OpenSSH server on a free port: as root with a chroot and an unprivileged user, else as the user who runs the tests, without a chroot. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { generateKeyPair } from '../../src/remote/keygen.ts';
import { freePort } from './free-port.ts';

export interface OpenSsh {
  host: string;
  port: number;
  user: string;
  /** Text of the user's private key. */
  privateKey: string;
  /** `SHA256:…` of the host key. */
  hostFingerprint: string;
  hostKey: { privateKey: string };
  /** Line for `known_hosts`. */
  knownHosts: string;
  /** Local folder that holds the partner's folders. */
  root: string;
  /** What remote paths start with to reach `root`: empty in a chroot, else the root itself. */
  base: string;
  /** Nobody listens at the port until it comes back, as a new server where it is given another host key. */
  goAway(): Promise<void>;
  comeBack(hostKey?: { privateKey: string }): Promise<void>;
  stop(): Promise<void>;
}

const sshdPath = '/usr/sbin/sshd';
const asRoot = process.getuid?.() === 0;

/** Whether sshd is there. With TIDEGATE_REQUIRE_OPENSSH=1 its absence is an error, else it is said loudly. */
export function hasOpenSsh(): boolean {
  try {
    accessSync(sshdPath, constants.X_OK);
    return true;
  } catch (cause) {
    if (process.env['TIDEGATE_REQUIRE_OPENSSH'] === '1') {
      throw new Error(`${sshdPath} is missing, and TIDEGATE_REQUIRE_OPENSSH=1 demands it`, { cause });
    }
    process.stderr.write(
      `\n!!! SKIPPED: no ${sshdPath}, so nothing is tested against OpenSSH (apt-get install openssh-server)\n\n`,
    );
    return false;
  }
}

export async function startOpenSsh(folders: readonly string[] = ['in', 'out']): Promise<OpenSsh> {
  // A chroot must lie in folders that only root can write to, which the folder for temporary files is not.
  const home = await realpath(await mkdtemp(join(asRoot ? '/var/lib' : tmpdir(), 'tidegate-sshd-')));
  await chmod(home, 0o755);
  const user = asRoot ? 'nobody' : userInfo().username;
  const root = join(home, 'root');
  await mkdir(root);
  for (const folder of folders) await makeOpenFolder(join(root, folder));
  const [hostKey, userKey] = [generateKeyPair('host'), generateKeyPair('partner')];
  const port = await freePort();
  await writeConfig(home, { port, user, hostKey: hostKey.privateKey, userKey: userKey.publicKey });
  let child = await startSshd(join(home, 'sshd_config'));
  const goAway = async (): Promise<void> => {
    const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
    child.kill('SIGTERM');
    await ended;
  };
  return {
    host: '127.0.0.1',
    port,
    user,
    privateKey: userKey.privateKey,
    hostFingerprint: hostKey.fingerprint,
    hostKey,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey}`,
    root,
    base: asRoot ? '' : root,
    goAway,
    async comeBack(hostKey) {
      if (hostKey) await writeFile(join(home, 'host_key'), hostKey.privateKey, { mode: 0o600 });
      child = await startSshd(join(home, 'sshd_config'));
    },
    async stop() {
      await goAway();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The login user is another one than the one who runs the tests, and both put files there. */
async function makeOpenFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777);
}

async function writeConfig(
  home: string,
  { port, user, hostKey, userKey }: { port: number; user: string; hostKey: string; userKey: string },
): Promise<void> {
  await writeFile(join(home, 'host_key'), hostKey, { mode: 0o600 });
  await writeFile(join(home, 'authorized_keys'), `${userKey}\n`, { mode: 0o644 });
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(home, 'host_key')}`,
    `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
    `AllowUsers ${user}`,
    'PidFile none',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    // Without rights to read the password file, sshd takes some accounts for locked unless PAM judges them.
    `UsePAM ${asRoot ? 'no' : 'yes'}`,
    'AllowTcpForwarding no',
    'X11Forwarding no',
    'PermitTTY no',
    'Subsystem sftp internal-sftp',
    'ForceCommand internal-sftp',
    ...(asRoot ? [`ChrootDirectory ${join(home, 'root')}`] : []),
  ];
  await writeFile(join(home, 'sshd_config'), `${lines.join('\n')}\n`);
}

/** Resolves when it listens. */
export async function startSshd(config: string): Promise<ChildProcess> {
  if (asRoot) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(sshdPath, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  const listening = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (line.includes('Server listening')) listening.resolve();
  });
  child.once('error', listening.reject);
  child.once('exit', (code) => listening.reject(new Error(`sshd ended with ${code}: ${said.join('; ')}`)));
  await listening.promise;
  return child;
}
