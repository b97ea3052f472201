/** A whole counterparty on this machine: a partner's SFTP server, the API and a mail server, with a configuration that fits them. */
import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type MailCatcher, startMailCatcher } from '../sandbox/mail-catcher.ts';
import { type ServifySandbox, startServify } from '../sandbox/servify/server.ts';
import { type SftpCharacter, type SftpServer, startSftpServer } from '../sandbox/sftp-server.ts';
import { rehearsalConfig, writeSecrets } from './rehearsal-config.ts';
import { type Identity, keepIdentity, takeFolder } from './rehearsal-folder.ts';
import { shipped } from './shipped.ts';

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
  /** Where everything is put: missing, empty, or of an earlier rehearsal. */
  folder: string;
  /** Whether what an earlier rehearsal left is removed; otherwise it goes on with the same ports, keys, ledger and files. */
  fresh: boolean;
  schedule: string;
  stableFor: string;
  /** What the partner's server is like; as OpenSSH without extensions unless given. */
  character?: Partial<SftpCharacter>;
}

const folders = ['in', 'out', 'processed', 'errored'];

const clientId = 'rehearsal';

/** Fails with `USAGE` when the folder holds anything that no rehearsal put there. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const at = (...parts: string[]): string => join(options.folder, ...parts);
  const identity = await takeFolder(options.folder, options.fresh);
  for (const name of folders) await mkdir(at('partner', name), { recursive: true });
  for (const name of ['config/keys', 'mail']) await mkdir(at(name), { recursive: true });

  const root = at('partner');
  const partner = { user: 'partner', password: identity.partnerPassword };
  const { sftp, servify, mail } = await startServers(identity, root, partner, options, at('mail'));
  // What is there may have been edited since, and fits the same ports and keys.
  if (!(await stat(at('config', 'tidegate.yaml')).catch(() => null))) {
    await cp(shipped('mappings'), at('mappings'), { recursive: true });
    const { login, clientPrivateKey, clientSecret } = identity;
    await writeSecrets(at('config', 'keys'), {
      ...{ sftp: login.privateKey, clientKey: clientPrivateKey, clientSecret, clientId },
      servifyPublicKey: servify.publicKey,
    });
    const config = rehearsalConfig({ sftp, servify, mail }, options);
    await writeFile(at('config', 'tidegate.yaml'), stringify(config));
  }
  const ports = { sftp: sftp.port, servify: Number(new URL(servify.url).port), mail: mail.port };
  await keepIdentity(options.folder, { ...identity, ports });
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

async function startServers(
  identity: Identity,
  root: string,
  partner: Rehearsal['partner'],
  { character = {} }: RehearsalOptions,
  mailFolder: string,
): Promise<Pick<Rehearsal, 'sftp' | 'servify' | 'mail'>> {
  const { clientSecret, clientPublicKey, hostKey, login, ports } = identity;
  const sftp = await startSftpServer({
    users: [
      { name: 'tidegate', root, publicKey: login.publicKey },
      { name: partner.user, root, password: partner.password },
    ],
    hostKey,
    character,
    port: ports?.sftp ?? 0,
  });
  const privateKey = identity.servifyPrivateKey;
  const servify = await startServify({
    clientId,
    clientSecret,
    clientPublicKey,
    privateKey,
    port: ports?.servify ?? 0,
  });
  const mail = await startMailCatcher({ folder: mailFolder, port: ports?.mail ?? 0 });
  return { sftp, servify, mail };
}
