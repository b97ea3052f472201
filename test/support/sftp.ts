import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from '../../src/remote/keygen.ts';
import type { SftpOptions } from '../../src/remote/sftp.ts';
import { type SftpCharacter, type SftpServer, startSftpServer } from '../../src/sandbox/sftp-server.ts';

export interface EmbeddedSftp extends SftpServer {
  /** Local folder that the partner sees as `/`. */
  root: string;
  user: string;
  password: string;
  privateKey: string;
  publicKey: string;
  /** Logs in with the key, with short deadlines and quick retries. */
  options(changes?: Partial<SftpOptions>): SftpOptions;
  /** Stops the server and removes the folder. */
  stop(): Promise<void>;
}

/** An embedded server with one user and the given folders. */
export async function startEmbeddedSftp(
  folders: readonly string[] = ['in', 'out'],
  character: Partial<SftpCharacter> = {},
): Promise<EmbeddedSftp> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tidegate-sftp-')));
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  const [user, password] = ['partner', 'correct horse'];
  const { privateKey, publicKey } = generateKeyPair('partner');
  const server = await startSftpServer({ users: [{ name: user, root, password, publicKey }], character });
  const options = (changes: Partial<SftpOptions> = {}): SftpOptions => ({
    host: server.host,
    port: server.port,
    username: user,
    auth: { privateKey },
    hostKeys: [server.fingerprint],
    deadlines: { connectMs: 5_000, callMs: 5_000, closeMs: 1_000 },
    retry: { attempts: 3, baseMs: 5, maxMs: 10 },
    ...changes,
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  };
  // The server's counters are getters, so it is the prototype rather than a copy.
  return Object.assign(Object.create(server) as SftpServer, {
    root,
    user,
    password,
    privateKey,
    publicKey,
    options,
    stop,
  });
}
