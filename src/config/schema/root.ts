import { z } from 'zod';
import { alerts } from './alerts.ts';
import { calendar } from './calendar.ts';
import { callbacks } from './callbacks.ts';
import { exported } from './export.ts';
import { feed } from './feed.ts';
import { heartbeat } from './heartbeat.ts';
import { complain, key } from './key.ts';
import { duration, name, size, text } from './leaves.ts';
import { mail } from './mail.ts';
import { partner } from './partner.ts';
import { pauses } from './pauses.ts';
import { limits } from './shared.ts';
import { target } from './target.ts';

const SHORTEST_LEASE_MS = 1000;

const storage = z
  .strictObject({
    folder: key(
      text.prefault('.tidegate'),
      'Holds the ledger and the spool; relative to where the configuration folder lies. A local disk.',
      '/var/lib/tidegate',
    ),
    lease: key(
      duration.prefault('60s'),
      'How long a process that stands still keeps its files; then another process on the same ledger goes on with them.',
      '30s',
    ),
    reserve: key(
      size.prefault('200MB'),
      'Free space on that disk below which nothing is begun: no file is taken and no call leaves.',
      '1GB',
    ),
  })
  .superRefine(({ lease }, context) => {
    if (lease < SHORTEST_LEASE_MS) {
      complain(context, ['lease'], 'it is too short to be renewed in time', {
        expected: 'a second or more',
        fix: 'Write lease: 60s.',
      });
    }
  });

const log = z.strictObject({
  level: key(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
    'The least weighty lines that are logged.',
    'warn',
  ),
});

/** Sections that are maps, whose keys may be spread over files. The others stand in one file only. */
export const mapSections = ['calendars', 'targets', 'partners', 'feeds', 'exports'] as const;

export const configSchema = z.strictObject({
  storage: key(storage.prefault({}), 'Where Tidegate keeps what it knows.', { folder: '/var/lib/tidegate' }),
  log: key(log.prefault({}), 'What is logged.', { level: 'warn' }),
  limits: key(limits.prefault({}), 'Limits of every feed, unless it has its own.', { maxRows: 100_000 }),
  mail: key(mail.nullable().prefault(null), 'How people are told. Without it notices stay in the ledger.', {
    host: 'smtp.example.com',
  }),
  alerts: key(alerts.prefault({}), 'Who is told of what, how, and when.', { reminders: ['1h', '24h'] }),
  heartbeat: key(heartbeat.nullable().prefault(null), 'A sign of life to an outside watch.', {
    url: '${env:HEARTBEAT_URL}',
  }),
  callbacks: key(
    callbacks.nullable().prefault(null),
    'Where `tidegate run` listens for results that targets tell by themselves.',
    { port: 8443 },
  ),
  pauses: key(pauses.prefault({}), 'What people are told of pauses.', { tellAfter: '4h' }),
  calendars: key(
    z.record(name, calendar).prefault({}),
    'Which days and hours are worked, by name, for schedules and terms.',
    { germany: { timeZone: 'Europe/Berlin' } },
  ),
  targets: key(z.record(name, target).prefault({}), 'The APIs that are called, by name.', {
    servify: { system: 'servify' },
  }),
  partners: key(z.record(name, partner).prefault({}), 'The partners and their servers, by name.', {
    acme: { protocol: 'sftp' },
  }),
  feeds: key(z.record(name, feed).prefault({}), 'The kinds of files that partners send, by name.', {
    'acme-sales': { partner: 'acme' },
  }),
  exports: key(
    z.record(name, exported).prefault({}),
    'The kinds of files that partners get on a schedule, by name.',
    { 'acme-contracts': { partner: 'acme' } },
  ),
});
