/** A whole counterparty on this machine: a partner's SFTP server, the APIs and a mail server, with a configuration that fits them. */
import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { type Clock, systemClock } from '../base/clock.ts';
import { type MailCatcher, startMailCatcher } from '../sandbox/mail-catcher.ts';
import { type ServifySandbox, startServify } from '../sandbox/servify/server.ts';
import {
  type SftpCharacter,
  type SftpServer,
  type SftpUser,
  startSftpServer,
} from '../sandbox/sftp-server.ts';
import { bothWays, globexLogin } from './rehearsal-both-ways.ts';
import { rehearsalConfig, servifyTarget, writeSecrets } from './rehearsal-config.ts';
import { type Identity, keepIdentity, takeFolder } from './rehearsal-folder.ts';
import {
  type OtherSandbox,
  type OtherSystem,
  otherSystems,
  startOther,
  targetOf,
} from './rehearsal-systems.ts';
import { shipped } from './shipped.ts';

export interface Rehearsal {
  /** To be given to `--config`. */
  configFolder: string;
  /** What the partner sees as `/`. */
  partnerRoot: string;
  /** How the partner logs in. */
  partner: { user: string; password: string };
  /** How the second partner logs in, whose `/` is the folder `globex`; only with `bothWays`. */
  globex: { user: string; password: string };
  sftp: SftpServer;
  servify: ServifySandbox;
  /** The other systems, where all were asked for. */
  others: ReadonlyMap<OtherSystem, OtherSandbox>;
  mail: MailCatcher;
  /** All targets as a configuration has them; secrets are references to the files in this one's `keys`. */
  targets: Record<string, unknown>;
  close(): Promise<void>;
}

export interface RehearsalOptions {
  /** Where everything is put: missing, empty, or of an earlier rehearsal. */
  folder: string;
  /** Whether what an earlier rehearsal left is removed; otherwise it goes on with the same ports, keys, ledger and files. */
  fresh: boolean;
  schedule: string;
  stableFor: string;
  /** Whether there is a second partner, and files go out, too. */
  bothWays?: boolean;
  /** Whether all five systems run, not Servify alone. */
  allSystems?: boolean;
  /** What the partner's server is like; as OpenSSH without extensions unless given. */
  character?: Partial<SftpCharacter>;
  /** What Servify goes by; that of this machine unless given. */
  clock?: Clock;
}

const folders = ['in', 'out', 'processed', 'errored'];

const clientId = 'rehearsal';

/** Fails with `USAGE` when the folder holds anything that no rehearsal put there. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const at = (...parts: string[]): string => join(options.folder, ...parts);
  const identity = await takeFolder(options.folder, options.fresh);
  for (const name of folders) await mkdir(at('partner', name), { recursive: true });
  if (options.bothWays) for (const name of folders) await mkdir(at('globex', name), { recursive: true });
  if (options.bothWays) await mkdir(at('partner', 'contracts'), { recursive: true });
  for (const name of ['config/keys', 'mail']) await mkdir(at(name), { recursive: true });

  const root = at('partner');
  const partner = { user: 'partner', password: identity.partnerPassword };
  const globex = { ...partner, user: 'globex' };
  const users = [
    ...usersOf(root, 'tidegate', partner, identity),
    ...(options.bothWays ? usersOf(at('globex'), globexLogin, globex, identity) : []),
  ];
  const servers = await startServers(identity, users, options, at('mail'));
  const { sftp, servify, mail, others } = servers;
  // What is there may have been edited since, and fits the same ports and keys.
  if (!(await stat(at('config', 'tidegate.yaml')).catch(() => null))) {
    await cp(shipped('mappings'), at('mappings'), { recursive: true });
    const { login, clientPrivateKey, clientSecret, tokens } = identity;
    await writeSecrets(at('config', 'keys'), {
      ...{ sftp: login.privateKey, clientKey: clientPrivateKey, clientSecret, clientId, tokens },
      servifyPublicKey: servify.publicKey,
    });
    const config = rehearsalConfig(servers, options);
    await writeFile(
      at('config', 'tidegate.yaml'),
      stringify(options.bothWays ? bothWays(config) : { ...config, targets: targetsOf(servers, 'keys') }),
    );
  }
  const systems = [['servify', servify] as const, ...others];
  const ports = Object.fromEntries(systems.map(([system, { url }]) => [system, Number(new URL(url).port)]));
  await keepIdentity(options.folder, {
    ...identity,
    ports: { ...identity.ports, ...ports, sftp: sftp.port, mail: mail.port },
  });
  return {
    configFolder: at('config'),
    partnerRoot: root,
    partner,
    globex,
    sftp,
    servify,
    others,
    mail,
    targets: targetsOf(servers, resolve(at('config', 'keys'))),
    async close() {
      await Promise.all([sftp, servify, mail, ...others.values()].map((server) => server.close()));
    },
  };
}

type Servers = Pick<Rehearsal, 'sftp' | 'servify' | 'others' | 'mail'>;

/** A partner's server, as the partner and we log in to it. */
const usersOf = (
  root: string,
  ours: string,
  { user, password }: Rehearsal['partner'],
  { login }: Identity,
): SftpUser[] => [
  { name: ours, root, publicKey: login.publicKey },
  { name: user, root, password },
];

async function startServers(
  identity: Identity,
  users: readonly SftpUser[],
  { character = {}, allSystems = false, clock = systemClock }: RehearsalOptions,
  mailFolder: string,
): Promise<Servers> {
  const { clientSecret, clientPublicKey, hostKey, ports, tokens } = identity;
  const sftp = await startSftpServer({
    users,
    hostKey,
    character,
    port: ports['sftp'] ?? 0,
  });
  const privateKey = identity.servifyPrivateKey;
  const servify = await startServify({
    clientId,
    clientSecret,
    clientPublicKey,
    privateKey,
    clock,
    port: ports['servify'] ?? 0,
  });
  const mail = await startMailCatcher({ folder: mailFolder, port: ports['mail'] ?? 0 });
  const others = new Map<OtherSystem, OtherSandbox>();
  for (const system of allSystems ? otherSystems : [])
    others.set(system, await startOther(system, tokens[system] ?? '', ports[system] ?? 0));
  return { sftp, servify, others, mail };
}

/** @param keys the folder of the secrets, as seen from the configuration */
const targetsOf = ({ servify, others }: Servers, keys: string): Record<string, unknown> => ({
  servify: servifyTarget(servify.url, keys),
  ...Object.fromEntries([...others].map(([system, { url }]) => [system, targetOf(system, url, keys)])),
});
