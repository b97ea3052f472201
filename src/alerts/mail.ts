import { createTransport } from 'nodemailer';
import { TidegateError } from '../base/errors.ts';
import { isLoopback } from '../base/loopback.ts';
import { scrub } from '../base/scrub.ts';
import { htmlOf } from './html.ts';
import { plural } from './layout.ts';
import { type Attachment, type Channel, type Message, recipientsOf } from './port.ts';
import { oneLine, plainBody } from './text.ts';

export interface Mailbox {
  /** May be empty. */
  name: string;
  address: string;
}

export interface MailOptions {
  host: string;
  port: number;
  /** `starttls` refuses a server without it; `none` is for the loopback address only. */
  security: 'starttls' | 'tls' | 'none';
  user: string | null;
  password: { reveal(): string } | null;
  from: Mailbox;
  /** Everybody who may be told, for the names beside the addresses. */
  people: readonly Mailbox[];
  /** For one mail in all, in milliseconds. */
  deadline: number;
}

/** As much as a list of mails shows. */
const longestSubject = 160;

/** Mail over SMTP, one connection per mail. */
export function createMailChannel(options: MailOptions): Channel {
  if (options.security === 'none' && !isLoopback(options.host)) {
    throw new TidegateError('CONFIG_INVALID', 'mail without encryption is for the loopback address only', {
      subject: 'mail',
      fix: 'Write security: starttls.',
    });
  }
  const transport = transportFor(options);

  return {
    async send(message) {
      const mail = mailFor(message, options);
      const asked = mail.envelope.to.length;
      // Whoever was left may have been taken out of the configuration since.
      const rejected = asked === 0 ? [] : await handOver(transport, mail, options);
      if (rejected.length === 0) return { kind: 'sent', except: null };
      const why = refusal(rejected, message, options);
      if (rejected.length === asked) return { kind: 'refused', why, forGood: false };
      return { kind: 'sent', except: { left: rejected.map(({ address }) => address), why } };
    },
    async check() {
      const signal = AbortSignal.timeout(options.deadline);
      try {
        await Promise.race([transport.verify(), rejectWhen(signal)]);
      } catch (error) {
        throw mailFailed(error, options, signal.aborted);
      }
      return `${options.host}:${options.port} lets us in (${options.security}); ${plural(options.people.length, 'recipient')}`;
    },
    close() {
      transport.close();
    },
  };
}

type Transport = ReturnType<typeof transportFor>;
type Mail = ReturnType<typeof mailFor>;

function transportFor(options: MailOptions) {
  const { host, port, security, user, password, deadline } = options;
  return createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2' },
    ...(user !== null && password !== null && { auth: { user, pass: password.reveal() } }),
    connectionTimeout: deadline,
    greetingTimeout: deadline,
    socketTimeout: deadline,
    dnsTimeout: deadline,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailFor(message: Message, { from, people }: MailOptions) {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return {
    // Both as objects: in a text, a comma in a name would make a recipient of what follows (GHSA-mm7p-fcc7-pg87).
    from: { ...from },
    to: message.to.map((address) => ({ name: nameOf(address, people), address })),
    envelope: { from: from.address, to: [...recipientsOf(message)] },
    // The same for every try, so that mail programs recognise a second copy.
    messageId: `<tidegate-notice-${message.id}-${message.raisedAt}@${domain}>`,
    date: new Date(message.raisedAt),
    subject: oneLine(message.subject, longestSubject),
    text: plainBody(message.body),
    html: htmlOf(oneLine(message.subject), plainBody(message.body), message.severity),
    attachments: message.attachment ? [attached(message.attachment)] : [],
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

const nameOf = (address: string, people: readonly Mailbox[]): string =>
  people.find((mailbox) => mailbox.address === address)?.name ?? '';

/** Given as bytes: of a path, the library would read whatever lies there. */
const attached = ({ name, content }: Attachment) => ({
  filename: oneLine(name),
  content,
  contentType: 'text/csv; charset=utf-8',
});

function rejectWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

interface Rejection {
  address: string;
  response: string;
}

/** Gives the recipients that were refused. */
async function handOver(transport: Transport, mail: Mail, options: MailOptions): Promise<Rejection[]> {
  // A server that drips single bytes never trips socketTimeout (nodemailer#1479), so the whole is bounded too.
  const signal = AbortSignal.timeout(options.deadline);
  try {
    const info = await transport.sendMail({ ...mail, signal });
    return rejections(info);
  } catch (error) {
    const rejected = rejections(error);
    if (rejected.length > 0) return rejected;
    const { code, responseCode } = facts(error);
    // The server read the mail and did not take it: it may take the next one.
    if (code === 'EMESSAGE' && responseCode !== undefined) {
      return mail.envelope.to.map((address) => ({ address, response: textOf(error) }));
    }
    throw mailFailed(error, options, signal.aborted);
  }
}

/** Both the result and the error of a sending list the recipients that were refused. */
function rejections(outcome: unknown): Rejection[] {
  const { rejected = [], rejectedErrors = [] } = outcome as {
    rejected?: string[];
    rejectedErrors?: { recipient?: string; response?: string }[];
  };
  return rejected.map((address) => ({
    address,
    response: rejectedErrors.find(({ recipient }) => recipient === address)?.response ?? 'no reason given',
  }));
}

function refusal(rejected: readonly Rejection[], { to }: Message, options: MailOptions): string {
  const reasons = rejected.map(({ address, response }) => {
    const position = to.indexOf(address) + 1;
    return `recipient ${position} of ${to.length} was refused: ${fitForLog(response, options)}`;
  });
  return reasons.join('; ');
}

function mailFailed(error: unknown, options: MailOptions, late: boolean): TidegateError {
  const { code } = facts(error);
  const { problem, fix } = late ? reasons.late : (reasons[code as keyof typeof reasons] ?? reasons.other);
  return new TidegateError('MAIL_FAILED', `${problem} (${fitForLog(textOf(error), options)})`, {
    subject: 'mail',
    fix,
    retry: 'later',
    cause: error,
  });
}

const reasons = {
  late: {
    problem: 'the mail server took longer than the deadline',
    fix: 'Look at the server, or raise mail.deadline.',
  },
  ETLS: {
    problem: 'the mail server does not encrypt as demanded',
    fix: 'Look at mail.port and mail.security.',
  },
  EAUTH: { problem: 'the mail server refused the login', fix: 'Look at mail.user and mail.password.' },
  ENOAUTH: { problem: 'the mail server offers no login', fix: 'Look at mail.port and mail.security.' },
  EENVELOPE: {
    problem: 'the mail server refused the sender or all recipients',
    fix: 'Look at the sender and the recipients.',
  },
  other: {
    problem: 'the mail could not be handed over',
    fix: 'Look at mail.host and mail.port; notices are tried again.',
  },
};

function facts(error: unknown): { code: string; responseCode: number | undefined } {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    responseCode: typeof responseCode === 'number' ? responseCode : undefined,
  };
}

/** A server may repeat anything in its answers, our password too. */
function fitForLog(text: string, { password }: MailOptions): string {
  const secret = password?.reveal() ?? '';
  return oneLine(scrub(secret === '' ? text : text.replaceAll(secret, '•••')));
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
