/** Opens one connection: socket, handshake with the pinned host key, login, SFTP channel. */
import { connect as openSocket, type Socket } from 'node:net';
import type { Algorithms, AuthHandlerMiddleware } from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { fingerprintOf, type HostKeyPins, isTrusted } from './host-keys.ts';
import { type ConnectTrace, connectError, deadlineError } from './sftp-errors.ts';
import type { SftpSettings } from './sftp-options.ts';
import { Session } from './sftp-session.ts';

/** Finds connections that died unnoticed between two polls. */
const keepaliveMs = 15_000;

const quiet = { error: () => undefined, end: () => undefined, close: () => undefined };

/** One try. Aborting `signal` drops the connection that is being made. */
export async function connectOnce(
  settings: SftpSettings,
  pins: HostKeyPins,
  authHandler: AuthHandlerMiddleware,
  signal: AbortSignal,
): Promise<Session> {
  const server = `${settings.host}:${settings.port}`;
  const trace: ConnectTrace = { phase: 'connect', refusedKey: null, raised: null, dropped: false };
  const socket = openDirectSocket(settings);
  socket.once('close', () => {
    trace.dropped = true;
  });
  const drop = (): unknown => socket.destroy();
  signal.addEventListener('abort', drop, { once: true });
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => deadline.reject(deadlineError(server, settings.deadlines.connectMs)),
    settings.deadlines.connectMs,
  );
  const client = tracedClient(trace);
  let hostKey = '';
  const connecting = client.connect({
    authHandler,
    host: settings.host,
    port: settings.port,
    username: settings.username,
    sock: socket,
    // Our own deadline covers the whole of it.
    readyTimeout: 0,
    keepaliveInterval: keepaliveMs,
    algorithms: algorithmsOf(settings, pins),
    hostVerifier: (key: Buffer) => {
      hostKey = fingerprintOf(key);
      if (isTrusted(key, pins)) return true;
      trace.refusedKey = key;
      return false;
    },
  });
  try {
    const mapped = connecting.catch((cause: unknown) =>
      Promise.reject(connectError(server, trace, pins, cause)),
    );
    const sftp = await Promise.race([mapped, deadline.promise]);
    return new Session({
      ...{ server, hostKey, sftp, socket },
      callMs: settings.deadlines.callMs,
      end: () => client.end(),
    });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', drop);
  }
}

/** Nagle's algorithm against delayed acknowledgements costs an order of magnitude in throughput, and ssh2 leaves it on. */
function openDirectSocket({ host, port }: SftpSettings): Socket {
  const socket = openSocket({ host, port });
  socket.once('connect', () => socket.setNoDelay(true));
  return socket;
}

function tracedClient(trace: ConnectTrace): SftpClient {
  // Without callbacks of our own, the library prints to the console.
  const client = new SftpClient('tidegate', quiet);
  client.on('error', (error: unknown) => {
    trace.raised ??= error;
  });
  client.on('connect', () => {
    trace.phase = 'handshake';
  });
  client.on('handshake', () => {
    trace.phase = 'login';
  });
  client.on('ready', () => {
    trace.phase = 'subsystem';
  });
  return client;
}

const hostKeyAlgorithms: readonly string[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** A server has keys of several types; those that `known_hosts` names come first, or the server would show one we do not know. */
function algorithmsOf({ algorithms = {} }: SftpSettings, pins: HostKeyPins): Algorithms {
  const known = hostKeyAlgorithms.filter((name) =>
    pins.types.includes(name.startsWith('rsa-sha2') ? 'ssh-rsa' : name),
  );
  const serverHostKey = [...new Set([...known, ...hostKeyAlgorithms])];
  const asked = Object.entries({ serverHostKey, ...algorithms }).filter(
    ([, names]) => names && names.length > 0,
  );
  // Names come from the configuration; ssh2 checks them itself.
  return Object.fromEntries(asked.map(([kind, names]) => [kind, [...names]])) as Algorithms;
}
