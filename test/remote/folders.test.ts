import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { openLocalFolder } from '../../src/remote/local.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import { hasOpenSsh, startOpenSsh } from '../support/openssh.ts';
import { startEmbeddedSftp } from '../support/sftp.ts';
import { conformance } from './conformance.ts';

conformance('local', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidegate-'));
  await mkdir(join(root, 'in'));
  return {
    folder: openLocalFolder({ root }),
    remote: '/in',
    local: join(root, 'in'),
    stop: () => rm(root, { recursive: true, force: true }),
  };
});

conformance('sftp, embedded server, public key', async () => {
  const server = await startEmbeddedSftp();
  return {
    folder: openSftpFolder(server.options()),
    remote: '/in',
    local: join(server.root, 'in'),
    stop: server.stop,
  };
});

conformance('sftp, embedded server, password', async () => {
  const server = await startEmbeddedSftp();
  const folder = openSftpFolder(server.options({ auth: { password: server.password } }));
  return { folder, remote: '/in', local: join(server.root, 'in'), stop: server.stop };
});

describe.skipIf(!hasOpenSsh())('OpenSSH', () => {
  conformance('sftp, OpenSSH', async () => {
    const server = await startOpenSsh();
    const folder = openSftpFolder({
      host: server.host,
      port: server.port,
      username: server.user,
      auth: { privateKey: server.privateKey },
      hostKeys: [],
      knownHosts: server.knownHosts,
    });
    return { folder, remote: `${server.base}/in`, local: join(server.root, 'in'), stop: server.stop };
  });
});
