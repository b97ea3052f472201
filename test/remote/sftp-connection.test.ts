import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { generateKeyPair } from '../../src/remote/keygen.ts';
import { openSftpFolder, type SftpOptions } from '../../src/remote/sftp.ts';
import { startSftpServer } from '../../src/sandbox/sftp-server.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const code = (name: string, more: object = {}): object => expect.objectContaining({ code: name, ...more });

let server: EmbeddedSftp;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  server = await startEmbeddedSftp();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await server.stop();
});

function openFolder(changes: Partial<SftpOptions> = {}): ReturnType<typeof openSftpFolder> {
  const folder = openSftpFolder(server.options(changes));
  cleanups.push(() => folder.close());
  return folder;
}

async function listen(tcp: Server): Promise<number> {
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  cleanups.push(async () => {
    tcp.close();
    await once(tcp, 'close');
  });
  return (tcp.address() as AddressInfo).port;
}

/** A clock that does not wait and tells how long it should have. */
function quickClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    ...systemClock,
    slept,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

describe('host keys', () => {
  test('a changed host key stops everything before the login, says which one was seen and how to pin it', async () => {
    const pinned = server.fingerprint;
    const seen = server.swapHostKey();
    await expect(openFolder({ auth: { password: server.password } }).list('/in')).rejects.toEqual(
      code('REMOTE_HOST_KEY', {
        retry: 'never',
        message: expect.stringContaining(seen),
        expected: pinned,
        fix: expect.stringContaining(seen),
      }),
    );
    expect(server.refusedLogins).toBe(0);
    expect(server.connections).toBe(1);
  });

  test('without a pin nobody is trusted', async () => {
    await expect(openFolder({ hostKeys: [] }).list('/in')).rejects.toEqual(code('REMOTE_HOST_KEY'));
  });

  test('two pins carry over a change of keys', async () => {
    const before = server.fingerprint;
    const after = server.swapHostKey();
    expect(await openFolder({ hostKeys: [before, after] }).list('/in')).toEqual([]);
  });
});

describe('login', () => {
  test.each([
    ['password', { password: 'wrong' }],
    ['key', { privateKey: generateKeyPair('other').privateKey }],
  ])('a wrong %s is tried once only: servers ban', async (_, auth) => {
    await expect(openFolder({ auth }).list('/in')).rejects.toEqual(code('REMOTE_AUTH', { retry: 'never' }));
    expect(server.connections).toBe(1);
    expect(server.refusedLogins).toBe(1);
  });

  test.each([
    ['garbage', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n'],
    ['a public key', generateKeyPair('mixed up').publicKey],
  ])('%s instead of a private key makes no connection', async (_, privateKey) => {
    const auth = { privateKey };
    await expect(openFolder({ auth }).list('/in')).rejects.toEqual(code('REMOTE_AUTH'));
    expect(server.connections).toBe(0);
  });

  test('a key with a passphrase', async () => {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', {
      passphrase: 'secret',
      cipher: 'aes256-ctr',
      rounds: 4,
    });
    const user = { name: 'locked', root: server.root, publicKey: pair.public };
    const other = await startSftpServer({ users: [user] });
    cleanups.push(() => other.close());
    const target = { port: other.port, username: user.name, hostKeys: [other.fingerprint] };
    const wrong = openFolder({ ...target, auth: { privateKey: pair.private, passphrase: 'wrong' } });
    await expect(wrong.list('/in')).rejects.toEqual(code('REMOTE_AUTH'));
    expect(other.connections).toBe(0);
    const right = openFolder({ ...target, auth: { privateKey: pair.private, passphrase: 'secret' } });
    expect(await right.list('/in')).toEqual([]);
  });

  test('a server that asks for the password as a dialogue', async () => {
    const host = generateKeyPair('host');
    const dialogue = new ssh2.Server({ hostKeys: [host.privateKey] }, (connection) => {
      connection.on('error', () => undefined);
      connection.on('authentication', (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        context.prompt([{ prompt: 'Password: ', echo: false }], (answers) =>
          answers[0] === 'secret' ? context.accept() : context.reject(),
        );
      });
      connection.on('session', (accept) => {
        accept().on('sftp', (open) => {
          const sftp = open();
          sftp.on('LSTAT', (id) => sftp.status(id, 2));
        });
      });
    });
    const port = await listen(createServer((socket) => dialogue.injectSocket(socket)));
    const folder = openFolder({ port, hostKeys: [host.fingerprint], auth: { password: 'secret' } });
    expect(await folder.stat('/in')).toBeNull();
  });

  test('no common algorithm, and an unknown one, say so', async () => {
    const cbc = openFolder({ algorithms: { cipher: ['3des-cbc'] } });
    await expect(cbc.list('/in')).rejects.toEqual(
      code('REMOTE_FAILED', { fix: expect.stringContaining('algorithms') }),
    );
    const unknown = openFolder({ algorithms: { cipher: ['rot13'] } });
    await expect(unknown.list('/in')).rejects.toEqual(code('CONFIG_INVALID'));
  });
});

describe('connecting', () => {
  test('comes back after refused connections, with growing, jittered delays', async () => {
    const clock = quickClock();
    server.faults.refuseConnections(3);
    const folder = openFolder({ clock, retry: { attempts: 4, baseMs: 1_000, maxMs: 3_000 } });
    expect(await folder.list('/in')).toEqual([]);
    const [first = 0, second = 0, third = 0] = clock.slept;
    expect(clock.slept).toHaveLength(3);
    expect(first).toBeGreaterThanOrEqual(500);
    expect(first).toBeLessThanOrEqual(1_000);
    expect(second).toBeGreaterThanOrEqual(1_000);
    expect(third).toBeLessThanOrEqual(3_000);
  });

  test('gives up after the agreed tries, and works again once the server is back', async () => {
    server.faults.refuseConnections(3);
    const folder = openFolder({ clock: quickClock() });
    await expect(folder.list('/in')).rejects.toEqual(code('REMOTE_UNREACHABLE', { retry: 'later' }));
    expect(server.connections).toBe(3);
    expect(await folder.list('/in')).toEqual([]);
  });

  test('a server that accepts and says nothing meets the deadline', async () => {
    const port = await listen(createServer((socket) => void cleanups.push(async () => socket.destroy())));
    const folder = openFolder({ port, deadlines: { connectMs: 50 }, retry: { attempts: 1 } });
    await expect(folder.list('/in')).rejects.toEqual(code('REMOTE_DEADLINE', { retry: 'later' }));
  });

  test('a name that nobody resolves meets the deadline', async () => {
    // A resolver that never answers.
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation((() => undefined) as never);
    const folder = openFolder({
      host: 'sftp.acme.example',
      deadlines: { connectMs: 50 },
      retry: { attempts: 1 },
    });
    await expect(folder.list('/in')).rejects.toEqual(code('REMOTE_DEADLINE', { retry: 'later' }));
    expect(lookup).toHaveBeenCalled();
    lookup.mockRestore();
  });

  test.each(['login', 'session', 'subsystem'] as const)(
    'a server that falls silent at the %s meets the deadline',
    async (stage) => {
      const host = generateKeyPair('host');
      const silent = new ssh2.Server({ hostKeys: [host.privateKey] }, (connection) => {
        connection.on('error', () => undefined);
        connection.on('authentication', (context) => {
          if (stage !== 'login') context.accept();
        });
        connection.on('session', (accept) => {
          if (stage === 'session') return;
          accept().on('sftp', () => undefined);
        });
      });
      const port = await listen(createServer((socket) => silent.injectSocket(socket)));
      const folder = openFolder({
        port,
        hostKeys: [host.fingerprint],
        auth: { password: 'secret' },
        deadlines: { connectMs: 500 },
        retry: { attempts: 1 },
      });
      await expect(folder.list('/in')).rejects.toEqual(code('REMOTE_DEADLINE', { retry: 'later' }));
    },
  );

  test('calls side by side share one connection, without delay on its socket', async () => {
    const undelayed: (number | undefined)[] = [];
    const original = Socket.prototype.setNoDelay;
    const spy = vi.spyOn(Socket.prototype, 'setNoDelay').mockImplementation(function (
      this: Socket,
      on?: boolean,
    ) {
      if (on) undelayed.push(this.remotePort);
      return original.call(this, on);
    });
    const folder = openFolder();
    await Promise.all(Array.from({ length: 20 }, () => folder.list('/in')));
    await folder.stat('/in');
    spy.mockRestore();
    expect(server.connections).toBe(1);
    expect(undelayed).toContain(server.port);
  });

  test('nothing is printed when a connection breaks', async () => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const complained = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const folder = openFolder();
    await folder.list('/in');
    server.faults.next('LSTAT', { answer: 'disconnect' });
    await expect(folder.stat('/in')).rejects.toEqual(code('REMOTE_UNREACHABLE'));
    await folder.list('/in');
    await folder.close();
    expect([...printed.mock.calls, ...complained.mock.calls]).toEqual([]);
    vi.restoreAllMocks();
  });
});

describe('closing', () => {
  /** Between client and server; afterwards it passes nothing on and answers no goodbye. */
  async function startProxy(onGoodbye: 'ignore' | 'reset'): Promise<{ port: number; stall(): void }> {
    const pairs: [Socket, Socket][] = [];
    const tcp = createServer({ allowHalfOpen: true }, (client) => {
      const upstream = connect(server.port, server.host);
      pairs.push([client, upstream]);
      client.on('data', (data) => upstream.write(data));
      upstream.on('data', (data) => client.write(data));
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      cleanups.push(async () => {
        client.destroy();
        upstream.destroy();
      });
    });
    const port = await listen(tcp);
    const stall = (): void => {
      for (const [client, upstream] of pairs) {
        for (const socket of [client, upstream]) socket.removeAllListeners('data');
        client.on('data', () => onGoodbye === 'reset' && client.resetAndDestroy());
      }
    };
    return { port, stall };
  }

  test.each(['ignore', 'reset'] as const)(
    'ends in time when the server would %s the goodbye',
    async (onGoodbye) => {
      const proxy = await startProxy(onGoodbye);
      const folder = openFolder({ port: proxy.port, deadlines: { closeMs: 50 } });
      await folder.list('/in');
      proxy.stall();
      await folder.close();
      await expect(folder.list('/in')).rejects.toEqual(code('REMOTE_UNREACHABLE'));
    },
  );

  test('ends while connecting is being tried', async () => {
    const never: Clock = {
      ...systemClock,
      sleep: (_, signal) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
        ),
    };
    server.faults.refuseConnections(1);
    const folder = openFolder({ clock: never });
    const refused = expect(folder.list('/in')).rejects.toEqual(code('REMOTE_UNREACHABLE'));
    await vi.waitFor(() => expect(server.connections).toBe(1));
    await folder.close();
    await refused;
  });

  test('leaves no socket and no timer behind', async () => {
    const alive = (kind: string): number =>
      process.getActiveResourcesInfo().filter((name) => name === kind).length;
    const [sockets, timers] = [alive('TCPSocketWrap'), alive('Timeout')];
    const folder = openFolder();
    await folder.list('/in');
    server.faults.next('LSTAT', { answer: 'disconnect' });
    await folder.stat('/in').catch(() => undefined);
    await folder.list('/in');
    await folder.close();
    await folder.close();
    await vi.waitFor(() => expect(alive('TCPSocketWrap')).toBe(sockets));
    expect(alive('Timeout')).toBeLessThanOrEqual(timers);
  });

  test('a folder that was never used closes at once', async () => {
    await openFolder().close();
    expect(server.connections).toBe(0);
  });
});
