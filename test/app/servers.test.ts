import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { goByServer } from '../../src/app/servers.ts';
import type { LogLine } from '../../src/exchange/events.ts';
import type { KnownServer } from '../../src/ledger/port.ts';
import type { RemoteFolder } from '../../src/remote/port.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const day = 24 * 3_600_000;

describe('what is known of a server', () => {
  let server: EmbeddedSftp;
  const folders: RemoteFolder[] = [];
  const kept = new Map<string, KnownServer>();
  const log: LogLine[] = [];
  let now = 0;
  afterEach(async () => {
    for (const folder of folders.splice(0)) await folder.close();
    await server.stop();
    kept.clear();
    log.length = 0;
  });

  /** As a process has it that starts now. */
  const open = (hostKeys: readonly string[] = [server.fingerprint]): RemoteFolder =>
    goBy(openSftpFolder(server.options({ hostKeys })));
  function goBy(remote: RemoteFolder): RemoteFolder {
    const knowledge = {
      ledger: {
        knownServer: async (partner: string) => kept.get(partner) ?? null,
        rememberServer: async (partner: string, found: KnownServer) => void kept.set(partner, found),
      },
      clock: { now: () => now },
      log: { write: (line: LogLine) => void log.push(line) },
    };
    const folder = goByServer(remote, 'acme', '/out', knowledge);
    folders.push(folder);
    return folder;
  }
  /** A probe logs in three times more. */
  async function start(): Promise<void> {
    server = await startEmbeddedSftp(['in', 'out'], {
      rename: 'replaces',
      extensions: ['hardlink@openssh.com'],
    });
    now = Date.now();
  }

  it('leaves no hidden file of a process that was killed while another found it out', async () => {
    await start();
    await open().list('/in');
    await writeFile(join(server.root, 'out', '.tidegate-probe.first.part'), 'cut off');
    await open().list('/in');
    expect(await readdir(join(server.root, 'out'))).toEqual([]);
  });

  it('is found out at the first use, once however many calls wait for it, and kept', async () => {
    await start();
    const folder = open();
    await Promise.all([folder.list('/in'), folder.stat('/in'), folder.traits()]);
    expect(server.connections).toBe(4);
    expect(await folder.traits()).toMatchObject({ renameOntoExisting: 'replaces', hardlink: true });
    expect(kept.get('acme')).toEqual({
      identity: await folder.identity(),
      probedAt: now,
      traits: await folder.traits(),
    });
    expect(log).toMatchObject([{ level: 'info', fields: { partner: 'acme', sessions: 4 } }]);
  });

  it('is not tried again by the next process, nor within a week', async () => {
    await start();
    const first = open();
    await first.list('/in');
    now += 6 * day;
    await first.list('/in');
    const second = open();
    expect(await second.traits()).toEqual(await first.traits());
    expect(server.connections).toBe(4 + 1);
  });

  it('is found out again after a week, also by a process that lives on', async () => {
    await start();
    const folder = open();
    await folder.list('/in');
    now += 7 * day;
    await folder.list('/in');
    expect(server.connections).toBe(4 + 3);
    expect(kept.get('acme')?.probedAt).toBe(now);
  });

  it('is found out again when another key is shown', async () => {
    await start();
    const before = server.fingerprint;
    await open().list('/in');
    const after = server.swapHostKey();
    await open([before, after]).list('/in');
    expect(server.connections).toBe(4 + 4);
    expect(kept.get('acme')?.identity).toContain(after);
  });

  it('holds for nobody when another server answers while it is being found out', async () => {
    await start();
    const remote = openSftpFolder(server.options());
    let identity = 'first';
    let asked = 0;
    let overtaking: Promise<unknown> = Promise.resolve();
    const folder = goBy({
      ...remote,
      identity: async () => {
        asked++;
        return identity;
      },
      probe: async (out) => {
        const traits = await remote.probe(out);
        if (identity === 'second') return traits;
        identity = 'second';
        overtaking = folder.list('/in');
        await vi.waitFor(() => expect(asked).toBe(2));
        return traits;
      },
    });
    await folder.list('/in');
    await overtaking;
    expect([kept.get('acme'), await remote.traits()]).toEqual([
      undefined,
      expect.objectContaining({ hardlink: false }),
    ]);
    expect(await folder.traits()).toMatchObject({ hardlink: true });
    expect(kept.get('acme')?.identity).toBe('second');
  });

  it('is found out again when another version has kept it in words that are not ours', async () => {
    await start();
    const folder = open();
    const identity = await folder.identity();
    kept.set('acme', { identity, probedAt: now, traits: { renameOntoExisting: 'sometimes' } });
    expect(await folder.traits()).toMatchObject({ renameOntoExisting: 'replaces' });
  });

  it('is assumed to be the worst when it cannot be found out; the calls go on, and it is tried again after an hour', async () => {
    await start();
    server.faults.next('WRITE', { answer: 'failure' }, { path: /probe/ });
    const folder = open();
    expect(await folder.list('/in')).toEqual([]);
    expect(await folder.traits()).toMatchObject({ hardlink: false, modifiedAtResolutionMs: null });
    expect(log).toMatchObject([{ level: 'warn', fields: { partner: 'acme', code: 'REMOTE_FAILED' } }]);
    expect(kept.size).toBe(0);
    now += 3_599_000;
    await folder.list('/in');
    expect(server.connections).toBe(1);
    now += 1_000;
    await folder.list('/in');
    expect(await folder.traits()).toMatchObject({ hardlink: true });
  });

  it('costs no second login where the first is refused', async () => {
    await start();
    const folder = goByServer(
      openSftpFolder(server.options({ auth: { password: 'wrong' } })),
      'acme',
      '/out',
      {
        ledger: { knownServer: async () => null, rememberServer: async () => undefined },
        clock: Date,
        log: { write: () => undefined },
      },
    );
    folders.push(folder);
    await expect(folder.list('/in')).rejects.toMatchObject({ code: 'REMOTE_AUTH' });
    expect(server.refusedLogins).toBe(1);
  });
});
