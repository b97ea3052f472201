import { z } from 'zod';
import { feed } from './feed.ts';
import { key } from './key.ts';
import { name, text } from './leaves.ts';
import { mail } from './mail.ts';
import { partner } from './partner.ts';
import { limits } from './shared.ts';
import { target } from './target.ts';

const storage = z.strictObject({
  folder: key(
    text.prefault('.tidegate'),
    'Holds the ledger and the spool; relative to where the configuration folder lies. A local disk.',
    '/var/lib/tidegate',
  ),
});

const log = z.strictObject({
  level: key(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
    'The least weighty lines that are logged.',
    'warn',
  ),
});

/** Sections that are maps, whose keys may be spread over files. The others stand in one file only. */
export const mapSections = ['targets', 'partners', 'feeds'] as const;

export const configSchema = z.strictObject({
  storage: key(storage.prefault({}), 'Where Tidegate keeps what it knows.', { folder: '/var/lib/tidegate' }),
  log: key(log.prefault({}), 'What is logged.', { level: 'warn' }),
  limits: key(limits.prefault({}), 'Limits of every feed, unless it has its own.', { maxRows: 100_000 }),
  mail: key(mail.nullable().prefault(null), 'How people are told. Without it notices stay in the ledger.', {
    host: 'smtp.example.com',
  }),
  targets: key(z.record(name, target).prefault({}), 'The APIs that are called, by name.', {
    servify: { system: 'servify' },
  }),
  partners: key(z.record(name, partner).prefault({}), 'The partners and their servers, by name.', {
    acme: { protocol: 'sftp' },
  }),
  feeds: key(z.record(name, feed).prefault({}), 'The kinds of files that partners send, by name.', {
    'acme-sales': { partner: 'acme' },
  }),
});
