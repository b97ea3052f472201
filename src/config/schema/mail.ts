import { z } from 'zod';
import { isLoopback } from '../../base/loopback.ts';
import { complain, key } from './key.ts';
import { duration, emailAddress, hostName, port, secret, text } from './leaves.ts';

const mailbox = z.union([
  emailAddress.transform((address) => ({ name: '', address })),
  z.strictObject({
    name: key(text, 'The name beside the address.', 'Operations'),
    address: key(emailAddress, 'The address.', 'ops@example.com'),
  }),
]);

export const mail = z
  .strictObject({
    host: key(hostName, 'The mail server.', 'smtp.example.com'),
    port: key(port.prefault(587), 'Its port: 587 with starttls, 465 with tls.', 465),
    security: key(
      z.enum(['starttls', 'tls', 'none']).prefault('starttls'),
      'How the connection is encrypted. `starttls` refuses a server without it; `none` is for the loopback address only.',
      'tls',
    ),
    user: key(text.nullable().prefault(null), 'The login name, if the server wants one.', 'tidegate'),
    password: key(
      secret.nullable().prefault(null),
      'The password that goes with it.',
      '${env:MAIL_PASSWORD}',
    ),
    from: key(mailbox, 'The sender.', 'tidegate@example.com'),
    to: key(z.array(mailbox).min(1), 'Who is told.', [
      'ops@example.com',
      { name: 'On call', address: 'oncall@example.com' },
    ]),
    deadline: key(duration.prefault('20s'), 'How long handing over one mail may take in all.', '30s'),
  })
  .superRefine((value, context) => {
    if (value.security === 'none' && !isLoopback(value.host)) {
      complain(context, ['security'], 'clear text mail is for the loopback address only', {
        expected: 'starttls or tls',
        fix: 'Write security: starttls.',
      });
    }
    if ((value.user === null) !== (value.password === null)) {
      complain(context, [value.user === null ? 'password' : 'user'], 'user and password go together', {
        expected: 'both or neither',
      });
    }
  });
