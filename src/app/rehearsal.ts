/** A whole counterparty on this machine: a partner's SFTP server, the API and a mail server, with a configuration that fits them. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { TidegateError } from '../base/errors.ts';
import { generateKeyPair } from '../remote/keygen.ts';
import { type MailCatcher, startMailCatcher } from '../sandbox/mail-catcher.ts';
import { type ServifySandbox, startServify } from '../sandbox/servify/server.ts';
import { type SftpServer, startSftpServer } from '../sandbox/sftp-server.ts';

export interface Rehearsal {
  /** To be given to `--config`. */
  configFolder: string;
  /** What the partner sees as `/`. */
  partnerRoot: string;
  /** How the partner logs in. */
  partner: { user: string; password: string };
  sftp: SftpServer;
  servify: ServifySandbox;
  mail: MailCatcher;
  close(): Promise<void>;
}

export interface RehearsalOptions {
  /** Where everything is put: missing, empty, or of an earlier rehearsal, whose leavings are removed. */
  folder: string;
  schedule: string;
  stableFor: string;
}

/** What ships with Tidegate and lies at its top: `mappings`, `samples`. */
export const shipped = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const folders = ['in', 'out', 'processed', 'errored'];

/** Lies in every folder that a rehearsal made. */
const marker = '.tidegate-rehearsal';

/** Fails with `USAGE` when the folder holds anything that no rehearsal put there. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const at = (...parts: string[]): string => join(options.folder, ...parts);
  await takeFolder(options.folder);
  for (const part of ['partner', 'config', 'mappings', 'mail', 'ledger', 'keys'])
    await rm(at(part), { recursive: true, force: true });
  for (const name of folders) await mkdir(at('partner', name), { recursive: true });
  for (const name of ['config/keys', 'mail']) await mkdir(at(name), { recursive: true });
  await cp(shipped('mappings'), at('mappings'), { recursive: true });

  const login = generateKeyPair('tidegate rehearsal');
  const partner = { user: 'partner', password: randomBytes(9).toString('base64url') };
  const client = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = client.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const clientPublicKey = createPublicKey(client.publicKey.export({ type: 'spki', format: 'pem' }))
    .export({ type: 'spki', format: 'pem' })
    .toString();
  const clientSecret = randomBytes(48).toString('base64url');
  const clientId = 'rehearsal';

  const root = at('partner');
  const sftp = await startSftpServer({
    users: [
      { name: 'tidegate', root, publicKey: login.publicKey },
      { name: partner.user, root, password: partner.password },
    ],
  });
  const servify = await startServify({ clientId, clientSecret, clientPublicKey });
  const mail = await startMailCatcher({ folder: at('mail') });

  const secrets = {
    sftp: login.privateKey,
    'servify.pem': privateKey,
    'servify.pub.pem': servify.publicKey,
    signature: clientSecret,
    'client-id': clientId,
  };
  for (const [name, text] of Object.entries(secrets))
    await writeFile(at('config', 'keys', name), text, { mode: 0o600 });
  await writeFile(at('config', 'tidegate.yaml'), stringify(configuration(options, sftp, servify, mail)));
  return {
    configFolder: at('config'),
    partnerRoot: root,
    partner,
    sftp,
    servify,
    mail,
    async close() {
      await Promise.all([sftp.close(), servify.close(), mail.close()]);
    },
  };
}

/** What lies in the folder is going to be removed: it must be ours. */
async function takeFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return [];
    throw notOurs(folder, 'it cannot be read as a folder', cause);
  });
  if (names.length > 0 && !names.includes(marker))
    throw notOurs(folder, 'other things lie in it, which would be overwritten');
  await mkdir(folder, { recursive: true });
  // Before anything else, so that one that is killed can be followed by another.
  await writeFile(join(folder, marker), 'Made by a rehearsal, and removed by the next one in this folder.\n');
}

function notOurs(folder: string, why: string, cause?: unknown): TidegateError {
  return new TidegateError('USAGE', `a rehearsal cannot use this folder: ${why}`, {
    subject: folder,
    expected: 'a new or empty folder, or that of an earlier rehearsal',
    fix: 'Name another one with --folder.',
    cause,
  });
}

function configuration(
  options: RehearsalOptions,
  sftp: SftpServer,
  servify: ServifySandbox,
  mail: MailCatcher,
) {
  return {
    storage: { folder: 'ledger' },
    mail: {
      host: '127.0.0.1',
      port: mail.port,
      security: 'none',
      from: 'tidegate@example.com',
      to: ['operations@example.com'],
    },
    targets: {
      servify: {
        system: 'servify',
        baseUrl: servify.url,
        clientId: '${file:keys/client-id}',
        clientSecret: '${file:keys/signature}',
        host: 'exchange.example.com',
        servifyPublicKey: '${file:keys/servify.pub.pem}',
        privateKey: '${file:keys/servify.pem}',
        deadline: '5s',
        quietPeriod: '5s',
      },
    },
    partners: {
      acme: {
        protocol: 'sftp',
        host: sftp.host,
        port: sftp.port,
        user: 'tidegate',
        key: '${file:keys/sftp}',
        hostKeys: [sftp.fingerprint],
      },
    },
    feeds: {
      'acme-sales': {
        partner: 'acme',
        dataType: 'Sales',
        mapping: 'contract-sale',
        target: 'servify',
        schedule: options.schedule,
        timeZone: 'Europe/Berlin',
        stable: { for: options.stableFor },
      },
    },
  };
}
