/** The only place that picks implementations: which class stands behind each port, by what the configuration says. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { boundary } from '../base/boundary.ts';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { PartnerConfig, TargetConfig } from '../config/types.ts';
import { createDeclaredConnector } from '../connectors/declared/connector.ts';
import { type DeclaredSystem, demandDeclared } from '../connectors/declared/operation.ts';
import type { LoginOptions } from '../connectors/login/login.ts';
import { createMyserveConnector } from '../connectors/myserve/connector.ts';
import { myserveOperations } from '../connectors/myserve/operations.ts';
import type { Connector, Operation } from '../connectors/port.ts';
import { createServiceOrdersConnector } from '../connectors/service-orders/connector.ts';
import { serviceOrderOperations } from '../connectors/service-orders/operations.ts';
import { createServicerEventsConnector } from '../connectors/servicer-events/connector.ts';
import { servicerEvents } from '../connectors/servicer-events/operations.ts';
import { createServifyConnector } from '../connectors/servify/connector.ts';
import { servifyOperations } from '../connectors/servify/operations.ts';
import { generateToken } from '../connectors/servify/session.ts';
import { createServoConnector } from '../connectors/servo/connector.ts';
import { servoOperations } from '../connectors/servo/operations.ts';
import { createTarget, type Target } from '../delivery/target.ts';
import type { Systems } from '../mapping/types.ts';
import { openLocalFolder } from '../remote/local.ts';
import type { RemoteFolder } from '../remote/port.ts';
import { openSftpFolder } from '../remote/sftp.ts';
import type { SftpAlgorithms } from '../remote/sftp-options.ts';

/** An answer is a few hundred bytes; only long lists come near this. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Where no call is made the ledger alone sets the pace. */
const ROWS_SIDE_BY_SIDE = 32;

/** Operations by system; what mappings may call. */
export const systems: Systems = new Map<string, ReadonlyMap<string, Operation>>([
  ['servify', servifyOperations],
  ['servo', servoOperations],
  ['myserve', myserveOperations],
  ['service-orders', serviceOrderOperations],
  ['servicer-events', servicerEvents],
]);

/** Calls that a transport makes by itself, by system: no mapping may ask for one. */
export const transportCalls: ReadonlyMap<string, readonly Operation[]> = new Map([
  ['servify', [generateToken]],
]);

/** @param declared the systems that files declare, for targets of one of them */
export function openTarget(
  config: TargetConfig,
  clock: Clock,
  declared: ReadonlyMap<string, DeclaredSystem> = new Map(),
): Target {
  const rate = config.rate ? { calls: config.rate.calls, perMs: config.rate.per } : null;
  const limits = {
    concurrency: config.concurrency,
    rate,
    retry: { attempts: config.retry.attempts, firstMs: config.retry.first, mostMs: config.retry.most },
    quietPeriodMs: config.quietPeriod,
    breaker: { failures: config.breaker.failures, pauseMs: config.breaker.pause },
    batch: config.batch,
    queued: {
      everyMs: config.queued.every,
      waitMs: config.queued.wait,
      deadlineMs: config.queued.deadline,
    },
  };
  const connector = boundary('connector', openConnector(config, clock, declared), operationOf);
  return createTarget(config.name, connector, limits, clock);
}

/** For feeds whose rows only go into files. */
export function withoutTarget(clock: Clock): Target {
  const connector: Connector = {
    system: '',
    operations: new Map(),
    call: () => Promise.reject(new Error('a feed without a target makes no call')),
    check: () => Promise.resolve('nothing is called'),
    close: () => Promise.resolve(),
  };
  const limits = {
    concurrency: ROWS_SIDE_BY_SIDE,
    rate: null,
    retry: { attempts: 1, firstMs: 0, mostMs: 0 },
    quietPeriodMs: 0,
    breaker: { failures: 1, pauseMs: 0 },
    batch: { rows: 1, bytes: 1 },
    queued: { everyMs: 0, waitMs: 0, deadlineMs: 0 },
  };
  return createTarget('none', connector, limits, clock);
}

function operationOf(method: string, [operation]: readonly unknown[]): string {
  return method === 'call' ? (operation as Operation).id : '';
}

function openConnector(
  config: TargetConfig,
  clock: Clock,
  declared: ReadonlyMap<string, DeclaredSystem>,
): Connector {
  const common = {
    baseUrl: config.baseUrl,
    deadlineMs: config.deadline,
    connections: config.concurrency,
    keepAlive: config.keepAlive,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    clock,
  };
  switch (config.system) {
    case 'servify':
      return createServifyConnector({
        ...common,
        clientId: config.clientId.reveal(),
        clientSecret: config.clientSecret.reveal(),
        host: config.host,
        servifyPublicKey: config.servifyPublicKey.reveal(),
        privateKey: config.privateKey.reveal(),
        cryptoThreads: availableParallelism(),
      });
    case 'servo':
      return createServoConnector({ ...common, token: config.token.reveal() });
    case 'myserve':
      return createMyserveConnector({
        ...common,
        apiToken: config.apiToken.reveal(),
        trial: config.trial,
        statusCallback: config.statusCallback?.reveal() ?? null,
      });
    case 'service-orders': {
      const { operations, parameters, checkTenant } = config;
      const login = loginOf(config.login);
      return createServiceOrdersConnector({
        ...common,
        login,
        ways: { operations, parameters },
        checkTenant,
      });
    }
    case 'servicer-events': {
      const { path, method, timestamps } = config;
      const login = loginOf(config.login);
      return createServicerEventsConnector({ ...common, login, way: { path, method }, timestamps });
    }
    case 'http': {
      const system = demandDeclared(config, declared);
      return createDeclaredConnector(system, { ...common, login: loginOf(config.login) });
    }
  }
}

function loginOf(config: Extract<TargetConfig, { system: 'service-orders' }>['login']): LoginOptions {
  switch (config.kind) {
    case 'none':
      return config;
    case 'header':
      return { ...config, value: config.value.reveal() };
    case 'basic':
      return { ...config, password: config.password.reveal() };
    case 'oauth2':
      return { ...config, clientSecret: config.clientSecret.reveal() };
    case 'hmac':
      return { ...config, secret: config.secret.reveal() };
  }
}

export async function openRemote(config: PartnerConfig, clock: Clock): Promise<RemoteFolder> {
  if (config.protocol === 'local') return openLocalFolder({ root: config.root, clock });
  const auth = config.key
    ? {
        privateKey: config.key.reveal(),
        ...(config.passphrase ? { passphrase: config.passphrase.reveal() } : {}),
      }
    : { password: config.password?.reveal() ?? '' };
  return openSftpFolder({
    host: config.host,
    port: config.port,
    username: config.user,
    auth,
    hostKeys: config.hostKeys,
    ...(config.knownHosts === null ? {} : { knownHosts: await readKnownHosts(config.knownHosts) }),
    algorithms: withoutNulls(config.algorithms),
    deadlines: {
      connectMs: config.deadlines.connect,
      callMs: config.deadlines.call,
      closeMs: config.deadlines.close,
    },
    retry: { attempts: config.retry.attempts, baseMs: config.retry.first, maxMs: config.retry.most },
    clock,
  });
}

/** What is not configured is left to the defaults. */
function withoutNulls(
  algorithms: Extract<PartnerConfig, { protocol: 'sftp' }>['algorithms'],
): SftpAlgorithms {
  return Object.fromEntries(Object.entries(algorithms).filter(([, names]) => names !== null));
}

async function readKnownHosts(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', 'the known_hosts file cannot be read', {
      subject: path,
      fix: 'Put the file there, or pin the key with hostKeys.',
      cause,
    });
  }
}
