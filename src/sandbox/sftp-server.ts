/**
 * An embedded SFTP server over real folders, for the demo, for rehearsals and for tests. Users log in with a password or a public key and
 * see nothing outside their root. It can be told to misbehave.
 */
import { createHash, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { announce, plainCharacter, type SftpCharacter } from './sftp-character.ts';
import { FaultPlan } from './sftp-faults.ts';
import { Jail } from './sftp-jail.ts';
import { SftpSession } from './sftp-session.ts';

export type { SftpCharacter } from './sftp-character.ts';
export type { SftpRequest } from './sftp-faults.ts';

export interface SftpUser {
  name: string;
  /** Existing folder that the user sees as `/`. */
  root: string;
  password?: string;
  /** Line as in `authorized_keys`. */
  publicKey?: string;
}

export interface SftpServerOptions {
  users: readonly SftpUser[];
  /** Private key text; a new ECDSA key unless given. */
  hostKey?: string;
  /** Loopback unless given. */
  host?: string;
  /** Any free one unless given. */
  port?: number;
  /** As OpenSSH without extensions, where not given. */
  character?: Partial<SftpCharacter>;
}

export interface SftpServer {
  host: string;
  port: number;
  /** `SHA256:…` of the host key. */
  fingerprint: string;
  /** Without a user. */
  url: string;
  faults: FaultPlan;
  /** Connections from now on see another host key; gives its fingerprint. */
  swapHostKey(): string;
  /** Connections that were accepted so far, refused ones included. */
  readonly connections: number;
  /** Logins that were refused so far. */
  readonly refusedLogins: number;
  /** Cuts all connections and stops. */
  close(): Promise<void>;
}

export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  const jails = new Map<string, Jail>();
  for (const user of options.users) jails.set(user.name, await Jail.at(user.root));
  const faults = new FaultPlan();
  const sockets = new Set<Socket>();
  const counts = { connections: 0, refusedLogins: 0, within: 0 };
  const character = { ...plainCharacter, ...options.character };
  const onConnection = (connection: Connection): void =>
    welcome(connection, { users: options.users, jails, faults, character, counts });
  let identity = identify(options.hostKey ?? newHostKey(), onConnection);

  const server = createServer((socket) => {
    counts.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    // As on the client's side: Nagle's algorithm would stall every answer.
    socket.setNoDelay(true);
    if (faults.takeRefusal()) socket.destroy();
    else identity.ssh.injectSocket(socket);
  });
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    host,
    port,
    fingerprint: identity.fingerprint,
    url: `sftp://${host}:${port}`,
    faults,
    swapHostKey() {
      identity = identify(newHostKey(), onConnection);
      return identity.fingerprint;
    },
    get connections() {
      return counts.connections;
    },
    get refusedLogins() {
      return counts.refusedLogins;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Identity {
  ssh: InstanceType<typeof ssh2.Server>;
  fingerprint: string;
}

function identify(hostKey: string, onConnection: (connection: Connection) => void): Identity {
  const key = ssh2.utils.parseKey(hostKey);
  if (key instanceof Error) throw key;
  const ssh = new ssh2.Server({ hostKeys: [hostKey], ident: 'Tidegate_sandbox' }, onConnection);
  return { ssh, fingerprint: fingerprintOf(key.getPublicSSH()) };
}

/** Made by Node, because one in two hundred ed25519 keys of ssh2 cannot be read back (mscdex/ssh2#1513). */
function newHostKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString();
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

interface House {
  users: readonly SftpUser[];
  jails: ReadonlyMap<string, Jail>;
  faults: FaultPlan;
  character: SftpCharacter;
  /** `within`: users that are logged in now. */
  counts: { refusedLogins: number; within: number };
}

function welcome(connection: Connection, { users, jails, faults, character, counts }: House): void {
  let jail: Jail | undefined;
  // A client that breaks off is no news here.
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => {
    const user = users.find((candidate) => candidate.name === context.username);
    if (user && isProven(context, user)) {
      jail = jails.get(user.name);
      context.accept();
      return;
    }
    if (context.method !== 'none') counts.refusedLogins++;
    context.reject(['publickey', 'password']);
  });
  connection.on('ready', () => {
    if (counts.within >= character.sessions) {
      connection.end();
      return;
    }
    counts.within++;
    connection.once('close', () => counts.within--);
  });
  connection.on('session', (accept) => {
    accept().on('sftp', (open) => {
      const sftp = open();
      announce(sftp, character.extensions);
      sftp.on('error', () => connection.end());
      // OpenSSH's client ends its side and then waits for ours.
      sftp.on('end', () => sftp.end());
      if (!jail) return;
      const session = new SftpSession(sftp, jail, { faults, character, cut: () => cut(connection) });
      connection.once('close', () => void session.release());
    });
  });
}

/** Without a goodbye, as a broken line does it. */
function cut(connection: Connection): void {
  // The types leave out the socket that every connection has.
  (connection as Connection & { _sock: Socket })._sock.destroy();
}

function isProven(context: AuthContext, user: SftpUser): boolean {
  if (context.method === 'password') {
    return user.password !== undefined && isSame(Buffer.from(context.password), Buffer.from(user.password));
  }
  if (context.method !== 'publickey' || user.publicKey === undefined) return false;
  const key = ssh2.utils.parseKey(user.publicKey);
  if (key instanceof Error || !isSame(context.key.data, key.getPublicSSH())) return false;
  // Without a signature the client only asks whether this key would do.
  if (!context.signature) return true;
  return context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
