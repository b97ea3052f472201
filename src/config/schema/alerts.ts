/** Who is told of what, how, and when. */
import { z } from 'zod';
import { noticeKinds, severities } from '../../base/notice-kinds.ts';
import { complain, key } from './key.ts';
import { baseUrl, count, duration, isSafeUrl, name, secret, text, timeZone } from './leaves.ts';
import { mailbox, mailServer, onlySafeMail } from './mail.ts';

const email = z.strictObject({
  kind: key(z.literal('email'), 'A mail server.', 'email'),
  ...mailServer,
});

const sms = z.strictObject({
  kind: key(z.literal('sms'), 'A gateway for short messages that speaks as Twilio does.', 'sms'),
  url: key(baseUrl.prefault('https://api.twilio.com'), 'The gateway.', 'https://sms.example.com'),
  account: key(text, 'The account (Twilio: Account SID).', 'AC0123456789abcdef'),
  token: key(secret, 'What proves that it is ours (Twilio: Auth Token).', '${env:SMS_TOKEN}'),
  from: key(text, 'The number or name that messages come from.', '+4930123456'),
  perHour: key(
    count.prefault(10),
    'Most messages within an hour. What comes after is not sent this way; that is told by the other channels.',
    5,
  ),
  deadline: key(duration.prefault('20s'), 'How long one message may take in all.', '10s'),
});

const webhook = z.strictObject({
  kind: key(z.literal('webhook'), 'An address that takes notices as JSON.', 'webhook'),
  url: key(secret, 'The address. A secret: who knows it can write there.', '${env:WEBHOOK_URL}'),
  format: key(
    z.enum(['json', 'slack']).prefault('json'),
    '`slack` for chat services that take `text` and `blocks`; `json` has every fact by its name.',
    'slack',
  ),
  secret: key(
    secret.nullable().prefault(null),
    'Signs every message with HMAC-SHA256, so that the other side can tell ours.',
    '${env:WEBHOOK_SECRET}',
  ),
  deadline: key(duration.prefault('20s'), 'How long one message may take in all.', '10s'),
});

const channel = z.discriminatedUnion('kind', [email, sms, webhook]).superRefine((value, context) => {
  if (value.kind === 'email') onlySafeMail(value, context);
  if (value.kind !== 'webhook' || value.url.isSealed) return;
  const address = value.url.reveal();
  if (URL.canParse(address) && isSafeUrl(new URL(address))) return;
  complain(context, ['url'], 'what it stands for is no URL that may be used', {
    expected: 'an https:// URL; http:// only on the loopback address',
  });
});

const severity = z.enum(severities);

const phoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{5,14}$/)
  .meta({ title: 'telephone number', expects: 'a number such as +491701234567' });

const recipients = z.array(z.union([mailbox, phoneNumber])).prefault([]);
const named = z.array(name).min(1).nullable().prefault(null);

const route = z.strictObject({
  channel: key(name, 'The channel, by its name; `mail` is the mail server of the section `mail`.', 'on-call'),
  to: key(recipients, 'Who is told: mail addresses, or telephone numbers. A webhook has none.', [
    'ops@example.com',
  ]),
  severity: key(severity.prefault('info'), 'What is less urgent does not go this way.', 'critical'),
  partners: key(named, 'Only what concerns one of these partners, or all.', ['acme']),
  feeds: key(named, 'Only what concerns one of these feeds, or all.', ['acme-sales']),
  kinds: key(
    z
      .array(z.enum(Object.keys(noticeKinds) as [keyof typeof noticeKinds]))
      .min(1)
      .nullable()
      .prefault(null),
    'Only notices of these kinds (docs/alerts.md).',
    ['rows-parked'],
  ),
});

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ title: 'time of day', expects: 'a time such as 07:30, in quotes' });

const quietHours = z
  .strictObject({
    from: key(timeOfDay, 'When they begin.', '22:00'),
    to: key(timeOfDay, 'When they end; the next day when it is earlier.', '07:00'),
    timeZone: key(timeZone, 'Where.', 'Europe/Berlin'),
  })
  .superRefine(({ from, to }, context) => {
    if (from === to)
      complain(context, ['to'], 'quiet hours end when they begin', { expected: 'another time' });
  });

const digest = z.strictObject({
  at: key(timeOfDay, 'When it is sent, every day.', '07:30'),
  timeZone: key(timeZone, 'Where.', 'Europe/Berlin'),
  channel: key(name.prefault('mail'), 'By which channel.', 'mail'),
  to: key(recipients, 'Who gets it.', ['ops@example.com']),
});

export const alerts = z.strictObject({
  channels: key(z.record(name, channel).prefault({}), 'Ways to tell people, by name.', {
    'on-call': { kind: 'sms', account: 'AC0123', token: '${env:SMS_TOKEN}', from: '+4930123456' },
  }),
  routes: key(
    z.array(route).prefault([]),
    'Which notice goes which way; it goes every way that takes it. Beside them, everything goes to `mail.to`.',
    [{ channel: 'on-call', to: ['+491701234567'], severity: 'critical' }],
  ),
  quietHours: key(
    quietHours.nullable().prefault(null),
    'Hours in which only what is critical is told; the rest is told when they are over.',
    { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' },
  ),
  digest: key(digest.nullable().prefault(null), 'What came within a day and what is open, once a day.', {
    at: '07:30',
    timeZone: 'Europe/Berlin',
    to: ['ops@example.com'],
  }),
  reminders: key(
    z.array(duration).min(1).prefault(['1h', '4h', '24h']),
    'Pauses after which people are reminded of what lasts; the last one is repeated.',
    ['30m', '2h', '24h'],
  ),
});

export const contacts = z.strictObject({
  channel: key(name.prefault('mail'), 'The channel for mail, by its name.', 'mail'),
  to: key(z.array(mailbox).min(1), 'Who is told at the partner.', ['files@acme.example']),
});
