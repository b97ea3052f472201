/** A mail server that keeps what it is given, for the demo, rehearsals and tests. It can be told to misbehave. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

export interface CaughtMail {
  messageId: string;
  subject: string;
  text: string;
  /** Addresses of the envelope: who really got it. */
  recipients: string[];
  /** The header as people see it. */
  to: string;
  from: string;
  /** Whether it came over an encrypted connection. */
  secure: boolean;
  user: string | null;
  /** As it came over the wire. */
  raw: string;
}

/** What the catcher does wrong; may be changed at any time. */
export interface MailFaults {
  /** Accepts connections and says nothing. */
  mute: boolean;
  /** Addresses that are refused, with this answer. */
  refuse: Map<string, string>;
  /** Answers every mail with an endless line, one byte at a time, at this pace in milliseconds. */
  dripMs: number | null;
  /** Cuts the connection when the whole mail has come, without an answer. */
  dropAfterData: boolean;
  /** Reads the whole mail and does not take it, with this answer. */
  refuseData: string | null;
  /** Lets nobody log in, with this answer; `{password}` stands for what was given. */
  refuseLogin: string | null;
}

export interface MailCatcherOptions {
  port?: number;
  /** Where mails are also written, as `1.eml` and so on. */
  folder?: string;
  /** Passwords by login name; with them a login is demanded. */
  users?: Readonly<Record<string, string>>;
  /** Offers STARTTLS with this certificate (PEM); `immediate` speaks TLS from the first byte. */
  tls?: { key: string; cert: string; immediate?: boolean };
}

export interface MailCatcher {
  readonly port: number;
  readonly faults: MailFaults;
  /** How often each fault was met. */
  readonly met: ReadonlyMap<keyof MailFaults, number>;
  messages(): readonly CaughtMail[];
  close(): Promise<void>;
}

/** Listens on the loopback address only. */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const caught: CaughtMail[] = [];
  const met = new Map<keyof MailFaults, number>();
  const meet = (fault: keyof MailFaults): void => void met.set(fault, (met.get(fault) ?? 0) + 1);
  const faults: MailFaults = {
    mute: false,
    refuse: new Map(),
    dripMs: null,
    dropAfterData: false,
    refuseData: null,
    refuseLogin: null,
  };
  if (options.folder) await mkdir(options.folder, { recursive: true });
  // Those of an earlier catcher in the folder stay.
  const before = options.folder ? (await readdir(options.folder)).length : 0;

  const server = new SMTPServer({
    ...(options.tls && {
      key: options.tls.key,
      cert: options.tls.cert,
      secure: options.tls.immediate ?? false,
    }),
    disabledCommands: options.tls ? [] : ['STARTTLS'],
    disableReverseLookup: true,
    authOptional: options.users === undefined,
    closeTimeout: 500,
    onConnect(_session, callback) {
      if (faults.mute) meet('mute');
      else callback();
    },
    onAuth({ username = '', password }, _session, callback) {
      const known = Object.hasOwn(options.users ?? {}, username) ? options.users?.[username] : undefined;
      const refusal = faults.refuseLogin?.replace('{password}', password ?? '');
      if (refusal !== undefined) callback(answer(535, refusal));
      else if (known !== undefined && known === password) callback(null, { user: username });
      else callback(answer(535, '5.7.8 Wrong user or password'));
    },
    onRcptTo({ address }, _session, callback) {
      const refusal = faults.refuse.get(address);
      if (refusal === undefined) return callback();
      meet('refuse');
      callback(answer(550, refusal));
    },
    onData(stream, session, callback) {
      take(stream, session, callback).catch(callback);
    },
  });

  const take = async (
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (error?: Error | null, message?: string) => void,
  ): Promise<void> => {
    const raw = await readAll(stream);
    const fault = faultOnData(faults);
    if (fault !== null) meet(fault);
    if (fault === 'dropAfterData') return cut(session);
    if (fault === 'dripMs') return drip(session, faults.dripMs ?? 0);
    if (fault === 'refuseData') return callback(answer(554, faults.refuseData ?? ''));
    caught.push(await understand(raw, session));
    if (options.folder) await writeFile(join(options.folder, `${before + caught.length}.eml`), raw);
    callback(null, 'caught');
  };

  /** smtp-server gives sessions, not sockets; they are told apart by the client's port. */
  const socketOf = (session: SMTPServerSession) =>
    [...server.connections].find((connection) => connection.session.id === session.id)?._socket;
  const cut = (session: SMTPServerSession): void => {
    socketOf(session)?.destroy();
  };
  const drip = (session: SMTPServerSession, paceMs: number): void => {
    const socket = socketOf(session);
    const timer = setInterval(() => socket?.write('2'), paceMs);
    socket?.once('close', () => clearInterval(timer));
  };

  // Clients that hang up in the middle are what the faults are for.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    faults,
    met,
    messages: () => caught,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function faultOnData({ dropAfterData, dripMs, refuseData }: MailFaults): keyof MailFaults | null {
  if (dropAfterData) return 'dropAfterData';
  if (dripMs !== null) return 'dripMs';
  return refuseData === null ? null : 'refuseData';
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function understand(raw: Buffer, session: SMTPServerSession): Promise<CaughtMail> {
  const mail = await simpleParser(raw);
  const { to } = mail;
  return {
    messageId: mail.messageId ?? '',
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    recipients: session.envelope.rcptTo.map(({ address }) => address),
    to: (Array.isArray(to) ? to : to ? [to] : []).map((header) => header.text).join(', '),
    from: mail.from?.text ?? '',
    secure: session.secure,
    user: typeof session.user === 'string' ? session.user : null,
    raw: raw.toString('utf8'),
  };
}
