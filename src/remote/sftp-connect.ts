/** Opens one connection: socket, handshake with the pinned host key, login, SFTP channel. */
import { connect as openSocket, type Socket } from 'node:net';
import ssh2, {
  type Algorithms,
  type AuthenticationType,
  type AuthHandlerMiddleware,
  type ConnectConfig,
} from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { type HostKeyPins, isTrusted } from './host-keys.ts';
import { type ConnectTrace, connectError, deadlineError, privateKeyError } from './sftp-errors.ts';
import type { SftpSettings } from './sftp-options.ts';
import { Session } from './sftp-session.ts';

/** Finds connections that died unnoticed between two polls. */
const keepaliveMs = 15_000;

const quiet = { error: () => undefined, end: () => undefined, close: () => undefined };

/** One try. Aborting `signal` drops the connection that is being made. */
export async function connectOnce(
  settings: SftpSettings,
  pins: HostKeyPins,
  signal: AbortSignal,
): Promise<Session> {
  const server = `${settings.host}:${settings.port}`;
  const login = loginOf(settings, server);
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
  const client = tracedClient(trace, settings);
  const connecting = client.connect({
    ...login,
    host: settings.host,
    port: settings.port,
    username: settings.username,
    sock: socket,
    // Our own deadline covers the whole of it.
    readyTimeout: 0,
    keepaliveInterval: keepaliveMs,
    algorithms: algorithmsOf(settings, pins),
    hostVerifier: (key: Buffer) => {
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
    return new Session({ server, sftp, socket, callMs: settings.deadlines.callMs, end: () => client.end() });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', drop);
  }
}

/**
 * Nagle's algorithm against delayed acknowledgements costs an order of magnitude in throughput, and ssh2 leaves it on. The option of
 * `connect` is not enough to be seen, so it is set on the connected socket.
 */
function openDirectSocket({ host, port }: SftpSettings): Socket {
  const socket = openSocket({ host, port });
  socket.once('connect', () => socket.setNoDelay(true));
  return socket;
}

function tracedClient(trace: ConnectTrace, settings: SftpSettings): SftpClient {
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
  if ('password' in settings.auth) answerPrompts(client, settings.auth.password);
  return client;
}

/** Some servers ask for the password as a dialogue. Only a single hidden question is taken for one. */
function answerPrompts(client: SftpClient, password: string): void {
  client.on(
    'keyboard-interactive',
    (
      _name: string,
      _text: string,
      _lang: string,
      prompts: { echo?: boolean }[],
      finish: (answers: string[]) => void,
    ) => {
      finish(prompts.length === 1 && prompts[0]?.echo !== true ? [password] : []);
    },
  );
}

function loginOf({ auth }: SftpSettings, server: string): Partial<ConnectConfig> {
  if ('password' in auth) {
    return {
      password: auth.password,
      tryKeyboard: true,
      authHandler: inTurn('password', 'keyboard-interactive'),
    };
  }
  const key = ssh2.utils.parseKey(auth.privateKey, auth.passphrase);
  if (key instanceof Error) throw privateKeyError(server, key);
  const passphrase = auth.passphrase === undefined ? {} : { passphrase: auth.passphrase };
  return { privateKey: auth.privateKey, ...passphrase, authHandler: inTurn('publickey') };
}

/** One refused try is one less before a ban: a method is only tried when the server still offers it, and never twice. */
function inTurn(...methods: AuthenticationType[]): AuthHandlerMiddleware {
  const left = [...methods];
  return (offered, _partial, next) => {
    const refused = methods[methods.length - left.length - 1];
    // A method that is still offered after it failed was refused for what we gave, and another dialogue would not help.
    if (refused !== undefined && offered.includes(refused)) left.length = 0;
    const method = left.shift();
    const usable = method !== undefined && (refused === undefined || offered.includes(method));
    // ssh2 stops at `false`, which its types do not know.
    next(usable ? method : (false as unknown as AuthenticationType));
  };
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
