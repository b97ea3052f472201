import { z } from 'zod';
import { isLoopback } from '../../base/loopback.ts';
import { complain, type IssueSink, key } from './key.ts';
import { duration, emailAddress, flag, hostName, port, secret, size, text } from './leaves.ts';

export const mailbox = z.union([
  emailAddress.transform((address) => ({ name: '', address })),
  z.strictObject({
    name: key(text, 'The name beside the address.', 'Operations'),
    address: key(emailAddress, 'The address.', 'ops@example.com'),
  }),
]);

/** Of every mail server. */
export const mailServer = {
  host: key(hostName, 'The mail server.', 'smtp.example.com'),
  port: key(port.prefault(587), 'Its port: 587 with starttls, 465 with tls.', 465),
  security: key(
    z.enum(['starttls', 'tls', 'none']).prefault('starttls'),
    'How the connection is encrypted. `starttls` refuses a server without it; `none` is for the loopback address only.',
    'tls',
  ),
  user: key(text.nullable().prefault(null), 'The login name, if the server wants one.', 'tidegate'),
  password: key(secret.nullable().prefault(null), 'The password that goes with it.', '${env:MAIL_PASSWORD}'),
  from: key(mailbox, 'The sender.', 'tidegate@example.com'),
  attachRejects: key(
    flag.prefault(false),
    'Whether the file of rejected rows goes with the mail about them. It has personal data in it.',
    true,
  ),
  attachMost: key(size.prefault('1MB'), 'A larger file is not attached.', '200KB'),
  deadline: key(duration.prefault('20s'), 'How long handing over one mail may take in all.', '30s'),
};

interface MailServer {
  host: string;
  security: string;
  user: string | null;
  password: unknown;
}

/** Nothing goes over the network in clear text, and nobody logs in by half. */
export function onlySafeMail({ host, security, user, password }: MailServer, context: IssueSink): void {
  if (security === 'none' && !isLoopback(host)) {
    complain(context, ['security'], 'clear text mail is for the loopback address only', {
      expected: 'starttls or tls',
      fix: 'Write security: starttls.',
    });
  }
  if ((user === null) !== (password === null)) {
    complain(context, [user === null ? 'password' : 'user'], 'user and password go together', {
      expected: 'both or neither',
    });
  }
}

const { deadline, attachRejects, attachMost, ...server } = mailServer;

export const mail = z
  .strictObject({
    ...server,
    to: key(z.array(mailbox).min(1), 'Who is told.', [
      'ops@example.com',
      { name: 'On call', address: 'oncall@example.com' },
    ]),
    attachRejects,
    attachMost,
    deadline,
  })
  .superRefine(onlySafeMail);
