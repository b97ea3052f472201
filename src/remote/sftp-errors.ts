/** What ssh2 and SFTP servers report, as `TidegateError`. Pure. */
import { TidegateError } from '../base/errors.ts';
import { missing, shown } from './errors.ts';
import { fingerprintOf, type HostKeyPins, keyTypeOf } from './host-keys.ts';

/** SFTP version 3 status codes. */
export const sftpStatus = { eof: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** How far a connection attempt came, and what was seen on the way. */
export interface ConnectTrace {
  phase: 'connect' | 'handshake' | 'login' | 'subsystem';
  /** The key that was shown and refused. */
  refusedKey: Buffer | null;
  /** The first error that ssh2 raised itself; ssh2-sftp-client passes only its text on. */
  raised: unknown;
  /** The socket was closed. */
  dropped: boolean;
}

export function propertyOf(error: unknown, name: 'code' | 'level'): unknown {
  return error instanceof Error ? (error as Error & { code?: unknown; level?: unknown })[name] : undefined;
}

export function connectError(
  server: string,
  trace: ConnectTrace,
  pins: HostKeyPins,
  cause: unknown,
): TidegateError {
  if (trace.refusedKey) return hostKeyError(server, trace.refusedKey, pins);
  const level = propertyOf(trace.raised, 'level');
  const code = propertyOf(trace.raised, 'code');
  // Numeric codes are reasons of an SSH disconnect message: during the login, the server says that it had enough.
  if (level === 'client-authentication' || (trace.phase === 'login' && typeof code === 'number')) {
    return new TidegateError('REMOTE_AUTH', 'the server refused the login', {
      subject: server,
      expected: 'a user name and key or password that the server accepts',
      fix: 'Check the user name, and that the partner has installed our public key or that the password is current.',
      cause: trace.raised,
    });
  }
  if (level === 'handshake') {
    return new TidegateError('REMOTE_FAILED', 'client and server could not agree on a secure connection', {
      subject: server,
      expected: 'at least one common algorithm of each kind',
      fix: 'Ask the partner which algorithms the server offers and list them under `algorithms`.',
      cause: trace.raised,
    });
  }
  if (trace.raised === null && !trace.dropped) return settingsError(server, cause);
  if (trace.phase === 'subsystem') {
    return new TidegateError('REMOTE_FAILED', 'the login worked, but the server does not offer SFTP', {
      subject: server,
      fix: 'Ask the partner to enable the sftp subsystem for this user.',
      retry: 'later',
      cause,
    });
  }
  return unreachable(
    server,
    `no connection (${typeof code === 'string' ? code : 'closed by the server'})`,
    trace.raised ?? cause,
  );
}

/** ssh2 refuses an algorithm it does not know before it opens anything. */
function settingsError(server: string, cause: unknown): TidegateError {
  return new TidegateError('CONFIG_INVALID', 'the connection settings cannot be used', {
    subject: server,
    expected: 'algorithm names that ssh2 knows',
    fix: 'Correct the names under `algorithms`, or leave them out.',
    cause,
  });
}

export function privateKeyError(server: string, cause?: Error): TidegateError {
  return new TidegateError('REMOTE_AUTH', 'the private key cannot be read', {
    subject: server,
    expected: 'a key in OpenSSH or PEM format, with its passphrase when it has one',
    fix: 'Check the key file and its passphrase, or make a new pair with `tidegate keygen`.',
    cause,
  });
}

function hostKeyError(server: string, key: Buffer, pins: HostKeyPins): TidegateError {
  const seen = `${fingerprintOf(key)} (${keyTypeOf(key)})`;
  const pinned = [...pins.fingerprints].filter((pin) => !pins.revoked.has(pin));
  return new TidegateError('REMOTE_HOST_KEY', `the server shows the host key ${seen}, which is not pinned`, {
    subject: server,
    expected: pinned.length > 0 ? pinned.join(' or ') : 'a pinned host key',
    fix: `Nothing was sent. Ask the partner, not over this connection, whether that key is theirs; if so, add ${fingerprintOf(key)} to \`hostKeys\`.`,
  });
}

export function unreachable(server: string, problem: string, cause?: unknown): TidegateError {
  return new TidegateError('REMOTE_UNREACHABLE', problem, {
    subject: server,
    fix: 'Check host, port and network; it is tried again.',
    retry: 'later',
    cause,
  });
}

export function deadlineError(subject: string, ms: number): TidegateError {
  return new TidegateError('REMOTE_DEADLINE', `the server gave no answer for ${ms} ms`, {
    subject: shown(subject),
    fix: 'The connection was dropped, and it is tried again. If it stays so, ask the partner about the server.',
    retry: 'later',
  });
}

export function drippingError(subject: string, ms: number): TidegateError {
  return new TidegateError('REMOTE_DEADLINE', `the server answered, but completed nothing for ${ms} ms`, {
    subject: shown(subject),
    fix: 'The connection was dropped, and it is tried again. On a very slow line, raise deadlines.call of the partner.',
    retry: 'later',
  });
}

/** An SFTP status other than OK. Only code 2 means that a file is not there; 4 means anything, a full quota included. */
export function statusError(path: string, cause: unknown): TidegateError {
  const code = propertyOf(cause, 'code');
  if (code === sftpStatus.noSuchFile) return missing(path);
  const details = { subject: shown(path), cause };
  if (code === sftpStatus.permissionDenied) {
    return new TidegateError('REMOTE_FAILED', 'the server denied permission', {
      ...details,
      fix: 'Ask the partner for read and write rights on this folder.',
    });
  }
  if (code === sftpStatus.unsupported) {
    return new TidegateError('REMOTE_FAILED', 'the server does not support this operation', {
      ...details,
      fix: 'Ask the partner for a server that speaks SFTP version 3 in full.',
    });
  }
  return new TidegateError('REMOTE_FAILED', `the server refused with status ${String(code)}`, {
    ...details,
    fix: 'Check free space, quota and rights at the server; it is tried again.',
    retry: 'later',
  });
}
