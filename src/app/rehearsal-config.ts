/** The configuration that fits the counterparty of a rehearsal, and the secrets that it names. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailCatcher } from '../sandbox/mail-catcher.ts';
import type { ServifySandbox } from '../sandbox/servify/server.ts';
import type { SftpServer } from '../sandbox/sftp-server.ts';
import { tokenFile } from './rehearsal-systems.ts';

export interface Secrets {
  /** The private key for the partner's server, or the password. */
  sftp: string;
  clientId: string;
  clientSecret: string;
  clientKey: string;
  servifyPublicKey: string;
  /** Of other systems, by system. */
  tokens?: Readonly<Record<string, string>>;
}

/** Into the folder `keys` beside the configuration, which must be there. */
export async function writeSecrets(folder: string, secrets: Secrets): Promise<void> {
  const files = {
    sftp: secrets.sftp,
    'servify.pem': secrets.clientKey,
    'servify.pub.pem': secrets.servifyPublicKey,
    signature: secrets.clientSecret,
    'client-id': secrets.clientId,
    ...Object.fromEntries(
      Object.entries(secrets.tokens ?? {}).map(([system, token]) => [tokenFile(system), token]),
    ),
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
}

/** @param keys the folder of the secrets, as seen from the configuration */
export function servifyTarget(baseUrl: string, keys: string) {
  return {
    system: 'servify',
    baseUrl,
    clientId: `\${file:${keys}/client-id}`,
    clientSecret: `\${file:${keys}/signature}`,
    host: 'exchange.example.com',
    servifyPublicKey: `\${file:${keys}/servify.pub.pem}`,
    privateKey: `\${file:${keys}/servify.pem}`,
    deadline: '5s',
    quietPeriod: '5s',
  };
}

interface Servers {
  sftp: SftpServer;
  servify: ServifySandbox;
  mail: MailCatcher;
}

/** One partner who sends sales, worked off at Servify. */
export function rehearsalConfig(
  { sftp, servify, mail }: Servers,
  { schedule, stableFor }: { schedule: string; stableFor: string },
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
      servify: servifyTarget(servify.url, 'keys'),
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
        schedule,
        timeZone: 'Europe/Berlin',
        stable: { for: stableFor },
      },
    },
  };
}
