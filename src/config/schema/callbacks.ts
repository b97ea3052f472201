/** Where targets tell the results of calls that they queued, and how they prove who they are. */
import { z } from 'zod';
import { isLoopback } from '../../base/loopback.ts';
import { complain, key } from './key.ts';
import { duration, headerName, hostName, port, secret, size, text } from './leaves.ts';

const tls = z.strictObject({
  cert: key(secret, 'The certificate with its chain (PEM).', '${file:keys/callbacks.cert.pem}'),
  key: key(secret, 'Its key (PEM).', '${file:keys/callbacks.key.pem}'),
});

export const callbacks = z
  .strictObject({
    host: key(
      hostName.prefault('127.0.0.1'),
      'The address to listen at. Beyond this machine `tls` is needed.',
      '0.0.0.0',
    ),
    port: key(port, 'The port to listen at.', 8443),
    tls: key(tls.nullable().prefault(null), 'Certificate and key; without them clear text.', {
      cert: '${file:keys/callbacks.cert.pem}',
      key: '${file:keys/callbacks.key.pem}',
    }),
    maxBytes: key(size.prefault('256KB'), 'Largest body that is read.', '64KB'),
    deadline: key(duration.prefault('10s'), 'How long one request may take to come in.', '5s'),
  })
  .superRefine(({ host, tls }, context) => {
    if (tls !== null || isLoopback(host)) return;
    complain(
      context,
      ['host'],
      'it is reached from other machines, and the results would come in clear text',
      {
        expected: 'tls, or an address of this machine such as 127.0.0.1',
        fix: 'Add tls, or listen at 127.0.0.1 behind a proxy that has the certificate.',
      },
    );
  });

const header = z.strictObject({
  kind: key(z.literal('header'), 'A secret in a header.', 'header'),
  name: key(headerName.prefault('authorization'), 'The header.', 'X-Callback-Key'),
  value: key(secret, 'All that stands in it, a scheme such as Bearer included.', '${env:CALLBACK_KEY}'),
});

const basic = z.strictObject({
  kind: key(z.literal('basic'), 'User and password.', 'basic'),
  user: key(text, 'The user.', 'servify'),
  password: key(secret, 'The password.', '${env:CALLBACK_PASSWORD}'),
});

const hmac = z.strictObject({
  kind: key(z.literal('hmac'), 'The body is signed with HMAC-SHA256, as it comes.', 'hmac'),
  secret: key(secret, 'The shared secret.', '${env:CALLBACK_SECRET}'),
  header: key(headerName.prefault('x-signature'), 'Has the signature.', 'X-Signature'),
  prefix: key(z.string().prefault(''), 'Stands before the signature.', 'sha256='),
  encoding: key(z.enum(['hex', 'base64']).prefault('hex'), 'How the signature is written.', 'base64'),
  date: key(
    headerName.nullable().prefault(null),
    'A header with a date that is signed too, with a line break between it and the body.',
    'X-Date',
  ),
  window: key(duration.prefault('5m'), 'How far that date may be from now.', '1m'),
});

/** Of one target. */
export const callback = z.strictObject({
  path: key(
    z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)+$/)
      .meta({ title: 'path', expects: 'a path such as /callbacks/servify' })
      .nullable()
      .prefault(null),
    'Where it tells them; `/callbacks/` and the name of the target unless given.',
    '/callbacks/servify',
  ),
  login: key(z.discriminatedUnion('kind', [header, basic, hmac]), 'How it proves who it is.', {
    kind: 'hmac',
    secret: '${env:CALLBACK_SECRET}',
  }),
});
