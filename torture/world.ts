/** The world around the product for one cycle: the partner's server, the API and the mail server. They outlive every process and hold the truth. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { rehearsalConfig, writeSecrets } from '../src/app/rehearsal-config.ts';
import { generateKeyPair } from '../src/remote/keygen.ts';
import { type MailCatcher, startMailCatcher } from '../src/sandbox/mail-catcher.ts';
import { type ServifySandbox, startServify } from '../src/sandbox/servify/server.ts';
import { type SftpServer, startSftpServer } from '../src/sandbox/sftp-server.ts';
import { type Canary, canary, keyCanary } from '../test/support/canaries.ts';
import { imei } from '../test/support/sales.ts';
import type { Existing } from './files.ts';
import type { Product } from './product.ts';

/** How long a process that stands still keeps its files; as short as the configuration lets it be. */
export const LEASE_MS = 1000;
const DEADLINE_MS = 900;
/** When a late server does what it was asked: after the caller has given up, and well before it asks what became of it. */
export const LATE_MS = 1200;
const QUIET_MS = 2200;
/** After this, nothing comes late any more, neither at the API nor at the partner's server. */
export const LAST_LATE_MS = 1700;
const EXISTING = 8;
const clientId = 'torture';

export interface World {
  folder: string;
  /** Local folder that the partner's server shows as `/`. */
  root: string;
  sftp: SftpServer;
  servify: ServifySandbox;
  mail: MailCatcher;
  existing: readonly Existing[];
  /** Effects since the files began to come, as `operation reference`. */
  effects(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What is the same for all cycles, because it takes long to make. */
export interface Identity {
  clientSecret: string;
  clientKey: string;
  servifyKey: string;
  hostKey: string;
  login: { privateKey: string; publicKey: string };
  password: string;
}

export function newIdentity(): Identity {
  return {
    clientSecret: randomBytes(48).toString('base64url'),
    clientKey: newRsaKey(),
    servifyKey: newRsaKey(),
    hostKey: generateKeyPair('torture host').privateKey,
    login: generateKeyPair('torture'),
    password: randomBytes(18).toString('base64url'),
  };
}

/** What must not be seen anywhere. */
export function secretsOf({ clientSecret, clientKey, login, password }: Identity): Canary[] {
  return [
    canary('the client secret', clientSecret),
    canary('the password', password),
    keyCanary('the key for the API', clientKey),
    keyCanary('the key for the partner', login.privateKey),
  ];
}

export async function openWorld(
  folder: string,
  identity: Identity,
  product: Product,
  withPassword: boolean,
): Promise<World> {
  const root = join(folder, 'partner');
  await rm(folder, { recursive: true, force: true });
  for (const name of ['in', 'out', 'processed', 'errored'])
    await mkdir(join(root, name), { recursive: true });
  await mkdir(join(folder, 'config', 'keys'), { recursive: true });
  await cp(join(product.folder, 'mappings'), join(folder, 'mappings'), { recursive: true });

  const { login, hostKey, clientSecret, clientKey, servifyKey, password } = identity;
  const user = withPassword ? { password } : { publicKey: login.publicKey };
  const sftp = await startSftpServer({ users: [{ name: 'tidegate', root, ...user }], hostKey });
  const clientPublicKey = createPublicKey(clientKey).export({ type: 'spki', format: 'pem' }).toString();
  const servify = await startServify({
    clientId,
    clientSecret,
    clientPublicKey,
    privateKey: servifyKey,
  });
  const mail = await startMailCatcher();
  await writeSecrets(join(folder, 'config', 'keys'), {
    ...{ sftp: withPassword ? password : login.privateKey, clientKey, clientSecret, clientId },
    servifyPublicKey: servify.publicKey,
  });
  const config = inAHurry(
    rehearsalConfig({ sftp, servify, mail }, { schedule: '0 0 1 1 *', stableFor: '20ms' }),
    withPassword,
  );
  await writeFile(join(folder, 'config', 'tidegate.yaml'), stringify(config));

  const existing = prepare(servify);
  const before = new Map(servify.effects);
  return {
    folder,
    root,
    sftp,
    servify,
    mail,
    existing,
    effects: () =>
      new Map(
        [...servify.effects]
          .map(([effect, times]): [string, number] => [effect, times - (before.get(effect) ?? 0)])
          .filter(([, times]) => times > 0),
      ),
    async close() {
      await Promise.all([sftp.close(), servify.close(), mail.close()]);
    },
  };
}

function newRsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Contracts that can be renewed, paid for, cancelled and brought back. */
function prepare(servify: ServifySandbox): Existing[] {
  return Array.from({ length: EXISTING }, (_, n): Existing => {
    const contract = `E-${n}`;
    const details = { ExternalReferenceID: contract, ProductUniqueID: imei(n), PlanCode: 'GLOBAL12' };
    servify.perform('Contract/createContract', { ...details, DeviceDateOfPurchase: '2024-06-01' });
    const made = [...servify.contracts.values()].find((one) => one.externalReferenceId === contract);
    if (!made) throw new Error('the sandbox made no contract');
    if (n % 4 !== 0) return { contract, soldPlanCode: made.soldPlanCode, status: 'Active' };
    servify.perform('Contract/cancelContract', {
      ExternalReferenceID: contract,
      CancellationInitiationDate: '2024-06-01',
    });
    return { contract, soldPlanCode: made.soldPlanCode, status: 'Cancelled' };
  });
}

/** With deadlines, pauses and a lease as short as they may be. */
function inAHurry(config: ReturnType<typeof rehearsalConfig>, withPassword: boolean) {
  const { storage, mail, targets, partners } = config;
  const { key, ...acme } = partners.acme;
  return {
    ...config,
    storage: { ...storage, lease: `${LEASE_MS}ms` },
    log: { level: 'debug' },
    mail: { ...mail, deadline: '500ms' },
    targets: {
      servify: {
        ...targets.servify,
        deadline: `${DEADLINE_MS}ms`,
        quietPeriod: `${QUIET_MS}ms`,
        retry: { attempts: 3, first: '10ms', most: '50ms' },
        breaker: { failures: 5, pause: '100ms' },
      },
    },
    partners: {
      acme: {
        ...acme,
        ...(withPassword ? { password: key } : { key }),
        deadlines: { connect: '3s', call: '1300ms', close: '200ms' },
        retry: { attempts: 3, first: '20ms', most: '50ms' },
      },
    },
  };
}
