import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { openLocalFolder } from '../../src/remote/local.ts';
import type { ServerTraits } from '../../src/remote/port.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import type { SftpCharacter } from '../../src/sandbox/sftp-server.ts';
import { hasOpenSsh, startOpenSsh } from '../support/openssh.ts';
import { startEmbeddedSftp } from '../support/sftp.ts';
import { conformance } from './conformance.ts';

const plain: ServerTraits = {
  renameOntoExisting: 'refused',
  posixRename: false,
  hardlink: false,
  modifiedAtResolutionMs: 1_000,
  sizes: 'exact',
  sessions: 4,
};

conformance('local', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidegate-'));
  await mkdir(join(root, 'in'));
  return {
    folder: openLocalFolder({ root }),
    remote: '/in',
    local: join(root, 'in'),
    traits: { ...plain, modifiedAtResolutionMs: 1, sessions: null },
    stop: () => rm(root, { recursive: true, force: true }),
  };
});

conformance('sftp, embedded server, password', async () => {
  const server = await startEmbeddedSftp();
  const folder = openSftpFolder(server.options({ auth: { password: server.password } }));
  return { folder, remote: '/in', local: join(server.root, 'in'), traits: plain, stop: server.stop };
});

interface Habits {
  character: Partial<SftpCharacter>;
  traits: Partial<ServerTraits>;
  statedTime?(ms: number): number;
}

const wholeBlocks = (bytes: number): number => Math.ceil(bytes / 4096) * 4096;

const habits: Record<string, Habits> = {
  'as OpenSSH without extensions': { character: {}, traits: {} },
  'renaming replaces, links refuse, times in minutes': {
    character: {
      rename: 'replaces',
      extensions: ['posix-rename@openssh.com', 'hardlink@openssh.com'],
      modifiedAt: 'minutes',
    },
    traits: {
      renameOntoExisting: 'replaces',
      posixRename: true,
      hardlink: true,
      modifiedAtResolutionMs: 60_000,
    },
    statedTime: (ms) => ms - (ms % 60_000),
  },
  'renaming replaces, no links, no times, one session': {
    character: { rename: 'replaces', modifiedAt: 'none', sessions: 1 },
    traits: { renameOntoExisting: 'replaces', modifiedAtResolutionMs: null, sessions: 1 },
    statedTime: () => 0,
  },
  'sizes in whole blocks': {
    character: { statedSize: wholeBlocks, extensions: ['posix-rename@openssh.com'] },
    traits: { sizes: 'unreliable', posixRename: true },
  },
  'no sizes, renaming replaces, links refuse': {
    character: { statedSize: () => 0, rename: 'replaces', extensions: ['hardlink@openssh.com'] },
    traits: { sizes: 'unreliable', renameOntoExisting: 'replaces', hardlink: true },
  },
};

for (const [name, { character, traits, statedTime }] of Object.entries(habits)) {
  conformance(`sftp, embedded server: ${name}`, async () => {
    const server = await startEmbeddedSftp(['in'], character);
    return {
      folder: openSftpFolder(server.options()),
      remote: '/in',
      local: join(server.root, 'in'),
      traits: { ...plain, ...traits },
      ...(character.statedSize ? { statedSize: character.statedSize } : {}),
      ...(statedTime ? { statedTime } : {}),
      stop: server.stop,
    };
  });
}

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
    return {
      folder,
      remote: `${server.base}/in`,
      local: join(server.root, 'in'),
      traits: { ...plain, posixRename: true, hardlink: true },
      stop: server.stop,
    };
  });
});
