/** SFTP: one big file down and up, many small ones down; beside OpenSSH's own client where there is one. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasOpenSsh, startOpenSsh } from '../test/support/openssh.ts';
import { beside, inFreshProcess } from './child.ts';
import type { TransferOptions, TransferResult } from './sftp-child.ts';
import type { SftpServerReady } from './sftp-server.ts';
import { median } from './table.ts';

/** How to reach the folder `in` of a server, and where it lies on this machine. */
export interface SftpPlace {
  host: string;
  port: number;
  user: string;
  privateKey: string;
  fingerprint: string;
  base: string;
  root: string;
}

export interface Transfer {
  what: string;
  unit: 'MB/s' | 'files/s';
  /** Medians. */
  tidegate: number;
  /** `null` where OpenSSH's client is not installed. */
  openssh: number | null;
}

export interface SftpFigures {
  server: string;
  rounds: number;
  transfers: Transfer[];
}

const BIG_MB = 200;
const SMALL = { count: 2000, bytes: 20_000, atOnce: 8 };

export async function sftpFigures(rounds: number): Promise<SftpFigures> {
  const work = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
  const server = await startServer();
  try {
    return { server: server.says, rounds, transfers: await transfers(server.place, work, rounds) };
  } finally {
    await server.stop();
    await rm(work, { recursive: true, force: true });
  }
}

async function startServer(): Promise<{ says: string; place: SftpPlace; stop(): Promise<unknown> }> {
  if (hasOpenSsh()) {
    const { hostFingerprint, stop, ...ssh } = await startOpenSsh(['in']);
    return { says: 'OpenSSH sshd', place: { ...ssh, fingerprint: hostFingerprint }, stop };
  }
  const server = await beside<SftpServerReady>('./sftp-server.ts', {});
  return {
    says: 'the embedded server, as no sshd is installed',
    place: server.ready.place,
    stop: server.end,
  };
}

async function transfers(place: SftpPlace, work: string, rounds: number): Promise<Transfer[]> {
  const remote = join(place.root, 'in');
  const keyFile = join(work, 'key');
  await writeFile(keyFile, place.privateKey, { mode: 0o600 });
  const content = randomBytes(BIG_MB * 1e6);
  await writeFile(join(remote, 'big'), content);
  await writeFile(join(work, 'upload'), content);
  const small = Array.from({ length: SMALL.count }, (_, index) => `small-${index}`);
  for (const name of small) await writeFile(join(remote, name), content.subarray(0, SMALL.bytes));
  for (const name of ['big', ...small]) await chmod(join(remote, name), 0o644);

  const got = join(work, 'got');
  const atStart = async (): Promise<void> => {
    await rm(got, { recursive: true, force: true });
    await rm(join(remote, 'upload'), { force: true });
    await mkdir(got);
  };
  const big = `get ${place.base}/in/big ${got}/big`;
  const many = `get ${place.base}/in/small-* ${got}/`;
  const up = `put ${work}/upload ${place.base}/in/upload`;
  const ours = (local: string, task: TransferOptions['task']) => () =>
    inFreshProcess<TransferResult>('./sftp-child.ts', { place, local, task } satisfies TransferOptions);
  const compare = async (tidegate: () => Promise<TransferResult>, batch: string, amount: number) => {
    const [ourTimes, theirTimes]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      await atStart();
      ourTimes.push((await tidegate()).seconds);
      await atStart();
      const theirs = openSshSeconds(place, keyFile, batch);
      if (theirs !== null) theirTimes.push(theirs);
    }
    return {
      tidegate: amount / median(ourTimes),
      openssh: theirTimes.length > 0 ? amount / median(theirTimes) : null,
    };
  };
  const down = ours(got, { kind: 'get', names: ['big'], atOnce: 1 });
  const downMany = ours(got, { kind: 'get', names: small, atOnce: SMALL.atOnce });
  const upload = ours(work, { kind: 'put', name: 'upload' });
  return [
    {
      what: `download of ${BIG_MB} MB, hashed and fsynced`,
      unit: 'MB/s',
      ...(await compare(down, big, BIG_MB)),
    },
    {
      what: `upload of ${BIG_MB} MB, read back and renamed`,
      unit: 'MB/s',
      ...(await compare(upload, up, BIG_MB)),
    },
    {
      what: `download of ${SMALL.count} files of 20 KB, ${SMALL.atOnce} at once`,
      unit: 'files/s',
      ...(await compare(downMany, many, SMALL.count)),
    },
  ];
}

/** From the start of `sftp` to its end; `null` when it is not installed. */
function openSshSeconds(place: SftpPlace, keyFile: string, batch: string): number | null {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'];
  const args = ['-q', '-b', '-', '-P', String(place.port), '-i', keyFile];
  const began = performance.now();
  const { status, error, stderr } = spawnSync(
    'sftp',
    [...args, ...options.flatMap((option) => ['-o', option]), `${place.user}@${place.host}`],
    { input: `${batch}\n`, encoding: 'utf8' },
  );
  if (error && 'code' in error && error.code === 'ENOENT') return null;
  if (status !== 0) throw new Error(`sftp ended with ${status}: ${stderr}`);
  return (performance.now() - began) / 1000;
}
