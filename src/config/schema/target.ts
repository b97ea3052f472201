import { z } from 'zod';
import { callback } from './callbacks.ts';
import { complain, key } from './key.ts';
import { baseUrl, count, duration, flag, hostName, isSafeUrl, name, secret, size, text } from './leaves.ts';
import { login } from './login.ts';
import { retry } from './shared.ts';

const rate = z.strictObject({
  calls: key(count, 'Most calls that start within `per`.', 50),
  per: key(duration.prefault('1s'), 'The span they are counted over.', '1m'),
});

const breaker = z.strictObject({
  failures: key(
    count.prefault(5),
    'Failures in a row after which the target counts as down and files wait.',
    10,
  ),
  pause: key(duration.prefault('30s'), 'How long it is left alone then.', '1m'),
});

const batch = z.strictObject({
  rows: key(count.prefault(500), 'Most rows of one call; fewer where the operation itself takes fewer.', 200),
  bytes: key(size.prefault('1MB'), 'Most that the rows of one call take together.', '256KB'),
});

const queued = z.strictObject({
  every: key(duration.prefault('5s'), 'The pause between two looks for results.', '10s'),
  wait: key(
    duration.prefault('60s'),
    'How long to look within one poll; then the file waits, and the next poll looks again.',
    '5m',
  ),
  deadline: key(
    duration.prefault('1h'),
    'How long a result may take; then the rows are looked up, or parked.',
    '12h',
  ),
});

/** How a target may be called, whatever its system. */
const pace = {
  concurrency: key(count.prefault(8), 'Most calls at the same time.', 16),
  keepAlive: key(
    flag.prefault(false),
    'Whether a connection takes several calls. Faster where the way is long, but should the target or a proxy ever answer a call twice, the second answer is taken for that of the next call.',
    true,
  ),
  rate: key(rate.nullable().prefault(null), 'How often it may be called; without it as fast as it answers.', {
    calls: 50,
    per: '1s',
  }),
  deadline: key(duration.prefault('30s'), 'How long one call may take.', '20s'),
  quietPeriod: key(
    duration.prefault('60s'),
    'How long to wait before asking what became of a call without an answer. Longer than the target can still be working on it, and never shorter than `deadline`.',
    '2m',
  ),
  retry: key(retry.prefault({}), 'How a call is tried again that surely had no effect.', { attempts: 3 }),
  breaker: key(breaker.prefault({}), 'When to stop calling a target that does not answer.', {
    failures: 10,
  }),
  queued: key(queued.prefault({}), 'How the results of calls are waited for that are only queued.', {
    deadline: '12h',
  }),
  batch: key(batch.prefault({}), 'How large calls become that take many rows.', { rows: 200 }),
};

const servify = z
  .strictObject({
    system: key(z.literal('servify'), 'Which API this is.', 'servify'),
    baseUrl: key(baseUrl, 'Where the API lives.', 'https://api.example.com'),
    clientId: key(secret, 'The client id that was handed out.', '${env:SERVIFY_CLIENT_ID}'),
    clientSecret: key(secret, 'The signature key that requests are signed with.', '${env:SERVIFY_SIGNATURE}'),
    host: key(hostName, 'Our own host name, sent as `x-host`.', 'exchange.example.com'),
    servifyPublicKey: key(
      secret,
      'The public key that requests are encrypted with (PEM).',
      '${file:keys/servify.pub.pem}',
    ),
    privateKey: key(
      secret,
      'Our private key that answers are decrypted with (PEM).',
      '${file:keys/servify.pem}',
    ),
    callback: key(
      callback.nullable().prefault(null),
      'How the results of queued calls are told to us; see `callbacks`.',
      { login: { kind: 'hmac', secret: '${env:CALLBACK_SECRET}' } },
    ),
    ...pace,
  })
  .superRefine(waitsLongEnough);

function waitsLongEnough(
  { deadline, quietPeriod }: { deadline: number; quietPeriod: number },
  context: Parameters<typeof complain>[0],
): void {
  if (quietPeriod >= deadline) return;
  complain(context, ['quietPeriod'], 'it is shorter than the deadline of a call', {
    expected:
      'a duration as long as the deadline or longer, because the target may work on a call for as long',
    fix: `Write quietPeriod: ${spelled(deadline)} or longer.`,
  });
}

const spelled = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

const servo = z
  .strictObject({
    system: key(z.literal('servo'), 'Which API this is.', 'servo'),
    baseUrl: key(baseUrl, 'The installation; every customer has one.', 'https://example.servoapp.com'),
    token: key(secret, 'An API token, from Settings > Users & Groups > Permissions.', '${env:SERVO_TOKEN}'),
    ...pace,
  })
  .superRefine(waitsLongEnough);

const myserve = z
  .strictObject({
    system: key(z.literal('myserve'), 'Which API this is.', 'myserve'),
    baseUrl: key(baseUrl, 'Where the API lives: one address per country.', 'https://myserve.example.com'),
    apiToken: key(secret, 'The token that was handed out.', '${env:MYSERVE_TOKEN}'),
    trial: key(
      z.boolean().prefault(false),
      'Whether every write goes out as a try run, which changes nothing; calls that cannot be tried are then not made.',
      true,
    ),
    statusCallback: key(
      secret.nullable().prefault(null),
      'The address, as MyServe reaches it, that it is to call when a queued job has ended; then the job is asked for at once. A secret, because its path is all that proves a call; see `callbacks`.',
      '${env:MYSERVE_STATUS_CALLBACK}',
    ),
    ...pace,
  })
  .superRefine((value, context) => {
    waitsLongEnough(value, context);
    if (value.statusCallback === null || value.statusCallback.isSealed) return;
    const text = value.statusCallback.reveal();
    if (URL.canParse(text) && isSafeUrl(new URL(text)) && isLong(new URL(text))) return;
    complain(context, ['statusCallback'], 'what it stands for is no address that can be given away', {
      expected: 'an https:// URL (http:// only on the loopback address) whose path has 32 characters or more',
      fix: 'End it with something that nobody guesses, as `openssl rand -hex 16` prints it.',
    });
  });

const isLong = ({ pathname }: URL): boolean => pathname.length >= 32;

const path = z
  .string()
  .regex(/^(\/([A-Za-z0-9._~-]+|\{[A-Za-z]+\}))+\/?$/)
  .meta({
    title: 'path',
    expects: 'a path below baseUrl such as /tenants/{tenant}/orders, with fields of the request in braces',
  });
const method = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

const way = z.strictObject({
  path: key(
    path.nullable().prefault(null),
    'Its path, with fields of the request in braces.',
    '/v2/orders/{serviceOrder}',
  ),
  method: key(method.nullable().prefault(null), 'Its HTTP method.', 'PATCH'),
});

/** What documents leave to whoever runs the system. */
const open = {
  baseUrl: key(baseUrl, 'Where the API lives.', 'https://orders.example.com/api'),
  login: key(login.prefault({ kind: 'none' }), 'How we prove who we are.', {
    kind: 'header',
    name: 'X-Api-Key',
    value: '${env:API_KEY}',
  }),
};

const serviceOrders = z
  .strictObject({
    system: key(z.literal('service-orders'), 'Which API this is.', 'service-orders'),
    ...open,
    operations: key(
      z.record(text, way).prefault({}),
      '`path` and `method` of operations that do not travel as docs/connectors/service-orders.md has it.',
      { 'ServiceOrder/update': { method: 'PATCH' } },
    ),
    parameters: key(
      z.record(text, text).prefault({}),
      'Fields of requests that are called something else in the query or the body.',
      { itemsPerPage: 'limit' },
    ),
    checkTenant: key(
      text.prefault('check'),
      'The tenant whose types of service `tidegate check` lists.',
      'acme',
    ),
    ...pace,
  })
  .superRefine(waitsLongEnough);

const servicerEvents = z
  .strictObject({
    system: key(z.literal('servicer-events'), 'Which API this is.', 'servicer-events'),
    ...open,
    path: key(
      path.nullable().prefault(null),
      'Where events are posted, with `tenant`, `store` and `serviceOrder` in braces; the first two may be left out.',
      '/orders/{serviceOrder}/events',
    ),
    method: key(z.enum(['POST', 'PUT', 'PATCH']).prefault('POST'), 'How they are posted.', 'POST'),
    timestamps: key(
      z.enum(['seconds', 'milliseconds']).prefault('seconds'),
      'What moments count since the start of 1970.',
      'milliseconds',
    ),
    ...pace,
  })
  .superRefine(waitsLongEnough);

const http = z
  .strictObject({
    system: key(z.literal('http'), 'A system that a file declares.', 'http'),
    definition: key(
      name,
      'Which: the file of that name in the folder `systems` beside the configuration folder.',
      'warehouse',
    ),
    ...open,
    callback: key(
      callback.nullable().prefault(null),
      'How the results of queued calls are told to us; see `callbacks`.',
      { login: { kind: 'header', value: '${env:CALLBACK_KEY}' } },
    ),
    ...pace,
  })
  .superRefine(waitsLongEnough);

export const target = z.discriminatedUnion('system', [
  servify,
  servo,
  myserve,
  serviceOrders,
  servicerEvents,
  http,
]);
