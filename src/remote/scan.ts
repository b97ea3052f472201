import { connect as openSocket } from 'node:net';
import ssh2 from 'ssh2';
import { fingerprintOf, keyTypeOf } from './host-keys.ts';
import { deadlineError, unreachable } from './sftp-errors.ts';

export interface SeenHostKey {
  /** E.g. `ssh-ed25519`. */
  type: string;
  /** `SHA256:…`; for `hostKeys`. */
  fingerprint: string;
  /** For `known_hosts`. */
  line: string;
}

/**
 * The key that a server shows to anyone who connects, without logging in. It proves nothing by itself: somebody in between could show
 * theirs, so the partner has to confirm it. Fails with `REMOTE_UNREACHABLE` or `REMOTE_DEADLINE`.
 */
export async function scanHostKey(host: string, port: number, deadlineMs: number): Promise<SeenHostKey> {
  const server = `${host}:${port}`;
  const seen = Promise.withResolvers<Buffer>();
  const socket = openSocket({ host, port });
  const timer = setTimeout(() => seen.reject(deadlineError(server, deadlineMs)), deadlineMs);
  const client = new ssh2.Client();
  client.on('error', (cause) => seen.reject(unreachable(server, 'the server showed no host key', cause)));
  client.on('close', () => seen.reject(unreachable(server, 'the server showed no host key')));
  client.connect({
    sock: socket,
    username: 'tidegate',
    readyTimeout: 0,
    hostVerifier: (key: Buffer) => {
      seen.resolve(key);
      // Refused, so that nothing is sent after it.
      return false;
    },
  });
  try {
    const key = await seen.promise;
    const name = port === 22 ? host : `[${host}]:${port}`;
    const type = keyTypeOf(key);
    return { type, fingerprint: fingerprintOf(key), line: `${name} ${type} ${key.toString('base64')}` };
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
