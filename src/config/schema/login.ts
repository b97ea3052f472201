/** How to log in to a system whose documents leave it open. */
import { z } from 'zod';
import { key } from './key.ts';
import { baseUrl, headerName, secret, text } from './leaves.ts';

const none = z.strictObject({ kind: key(z.literal('none'), 'Whoever reaches it may call it.', 'none') });

const header = z.strictObject({
  kind: key(z.literal('header'), 'A secret in a header.', 'header'),
  name: key(headerName.prefault('authorization'), 'The header.', 'X-Api-Key'),
  value: key(secret, 'All that stands in it, a scheme such as Bearer included.', '${env:API_KEY}'),
});

const basic = z.strictObject({
  kind: key(z.literal('basic'), 'User and password.', 'basic'),
  user: key(text, 'The user.', 'tidegate'),
  password: key(secret, 'The password.', '${env:API_PASSWORD}'),
});

const oauth2 = z.strictObject({
  kind: key(z.literal('oauth2'), 'OAuth2 client credentials.', 'oauth2'),
  tokenUrl: key(baseUrl, 'Where tokens are given out.', 'https://login.example.com/oauth/token'),
  clientId: key(text, 'The client id.', 'tidegate'),
  clientSecret: key(secret, 'The client secret.', '${env:API_CLIENT_SECRET}'),
  scope: key(text.nullable().prefault(null), 'The scope to ask for.', 'orders.write'),
  credentials: key(
    z.enum(['basic', 'form']).prefault('basic'),
    'Whether id and secret go as basic authentication or in the form.',
    'form',
  ),
});

const signatureHeaders = z.strictObject({
  key: key(headerName.prefault('x-key'), 'Takes the key id.', 'X-Key-Id'),
  date: key(headerName.prefault('x-date'), 'Takes the date, as HTTP writes dates.', 'X-Date'),
  signature: key(headerName.prefault('x-signature'), 'Takes the signature.', 'X-Signature'),
});

const hmac = z.strictObject({
  kind: key(z.literal('hmac'), 'Every request is signed with HMAC-SHA256.', 'hmac'),
  keyId: key(text, 'Which key it is.', 'tidegate'),
  secret: key(secret, 'The shared secret.', '${env:API_SIGNING_SECRET}'),
  headers: key(signatureHeaders.prefault({}), 'Where key id, date and signature go.', { key: 'X-Key-Id' }),
  sign: key(
    z
      .array(z.enum(['key', 'method', 'path', 'date', 'body', 'body-hash']))
      .min(1)
      .prefault(['method', 'path', 'date', 'body-hash']),
    'What is signed, in this order, with line breaks between; the path has the query, `body-hash` is SHA-256 in hex.',
    ['date', 'body'],
  ),
  encoding: key(z.enum(['hex', 'base64']).prefault('hex'), 'How the signature is written.', 'base64'),
});

export const login = z.discriminatedUnion('kind', [none, header, basic, oauth2, hmac]);
