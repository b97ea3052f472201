/** A whole exchange for tests: partner's server, API and mail server as in a rehearsal, and the app that works between them. */
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type App, openApp } from '../../src/app/app.ts';
import { openRemote } from '../../src/app/implementations.ts';
import { createLog } from '../../src/app/log.ts';
import { ledgerFile, spoolOf } from '../../src/app/places.ts';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { TidegateError } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/types.ts';
import { demandFolder } from '../../src/exchange/hold.ts';
import type { Polled } from '../../src/exchange/inbound.ts';
import type { FreeSpace } from '../../src/exchange/room.ts';
import type { ExchangeEvent } from '../../src/exchange/types.ts';
import type { KnownServer } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { sftpIdentity } from '../../src/remote/sftp.ts';
import type { MailCatcher } from '../../src/sandbox/mail-catcher.ts';
import type { SftpCharacter } from '../../src/sandbox/sftp-server.ts';
import { demandNone } from './canaries.ts';
import { searchExchange } from './exchange-canaries.ts';
import type { OpenSsh } from './openssh.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test changes whatever the YAML holds; the loader checks it strictly afterwards
export type Yaml = any;

/** How the marker of an installation is named in `/in`. */
export const markerPattern = /^\.tidegate-[0-9a-f]{12}-[0-9a-f]{8}$/;

export interface Exchange {
  folder: string;
  /** Local folder that the partner's server shows as `/`. */
  root: string;
  rehearsal: Rehearsal;
  /** The one that works now; another one after `restart`. */
  readonly app: App;
  events: ExchangeEvent[];
  /** Log lines so far. */
  log: string[];
  /** Puts a file into `/in` in one go, as a careful partner does. */
  drop(name: string, content: string | Buffer): Promise<void>;
  poll(): Promise<Polled>;
  /** Text of a file of the partner's server. */
  read(path: string): Promise<string>;
  /** What lies there, without markers: they stay for good. */
  list(folder: string): Promise<string[]>;
  /** The app ends and another one starts on the same ledger. */
  restart(adjust?: (config: Yaml) => void): Promise<void>;
  /** Ends everything. Fails when a secret or personal value is found in what was produced. */
  stop(): Promise<void>;
}

export interface ExchangeOptions {
  /** The partner's server; the embedded one unless given. */
  server?: OpenSsh;
  /** Whether the partner's server is tried out at first, which takes seconds; else it is known as one whose times are never equal. */
  probe?: boolean;
  /** What the embedded server is like; it is tried out then. */
  character?: Partial<SftpCharacter>;
  /** Another system than Servify: its target, secrets by name (`${file:keys/NAME}`), and the mapping of the one feed that there is then. */
  system?: { target: Yaml; secrets?: Record<string, string>; mapping: string; dataType: string };
  adjust?(config: Yaml, rehearsal: Rehearsal): void | Promise<void>;
  clock?: Clock;
  /** Whether the API goes by that clock, too. */
  clockEverywhere?: boolean;
  /** The mail server; that of the rehearsal unless given. */
  mail?: MailCatcher;
  freeSpace?: FreeSpace;
  /** Whether the partner's folder is held already, as it is but for the very first poll; so unless told otherwise. */
  held?: boolean;
}

export async function startExchange(options: ExchangeOptions = {}): Promise<Exchange> {
  const { adjust, character, clock, freeSpace, server, mail, system } = options;
  const { probe = character !== undefined, held = true } = options;
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const rehearsal = await startRehearsal({
    ...{ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '20ms' },
    ...(character ? { character } : {}),
    ...(clock && options.clockEverywhere ? { clock } : {}),
  });
  const configFile = join(rehearsal.configFolder, 'tidegate.yaml');
  const raw: Yaml = parse(await readFile(configFile, 'utf8'));
  if (system) {
    const { mapping, dataType, target, secrets = {} } = system;
    for (const [name, text] of Object.entries(secrets))
      await writeFile(join(rehearsal.configFolder, 'keys', name), text, { mode: 0o600 });
    const feed = Object.values<Yaml>(raw.feeds)[0];
    raw.targets = { [target.system]: target };
    raw.feeds = { [mapping]: { ...feed, mapping, dataType, target: target.system } };
  }
  const [target] = Object.values<Yaml>(raw.targets);
  delete target.quietPeriod;
  target.retry = { attempts: 3, first: '10ms', most: '50ms' };
  target.breaker = { failures: 3, pause: '100ms' };
  if (mail) raw.mail.port = mail.port;
  if (server) raw.partners.acme = await partnerAt(server, rehearsal.configFolder);
  await adjust?.(raw, rehearsal);
  // As short as the configuration lets it be.
  target.quietPeriod ??= target.deadline;
  await writeFile(configFile, stringify(raw));

  const events: ExchangeEvent[] = [];
  const log: string[] = [];
  const open = async (): Promise<App> =>
    openApp(await loadConfig(rehearsal.configFolder, {}), {
      log: createLog('debug', { write: (line) => void log.push(line) }),
      onEvent: (event) => void events.push(event),
      ...(clock ? { clock } : {}),
      ...(freeSpace ? { freeSpace } : {}),
    });
  if (held) await holdFolders(await loadConfig(rehearsal.configFolder, {}));
  let app = await open();
  if (!probe) await app.ledger.rememberServer('acme', knownServer(raw.partners.acme, clock));
  const root = server?.root ?? rehearsal.partnerRoot;
  const at = (path: string): string => join(root, path);
  return {
    folder,
    root,
    rehearsal,
    get app() {
      return app;
    },
    events,
    log,
    async drop(name, content) {
      const temporary = at('.dropping');
      await writeFile(temporary, content);
      await rename(temporary, at(join('in', name)));
    },
    async poll() {
      const [feed] = app.feeds;
      if (!feed) throw new Error('no feed is configured');
      const polled = await app.poll(feed);
      await app.tell();
      return polled;
    },
    read: (path) => readFile(at(path), 'utf8'),
    list: async (path) => (await readdir(at(path))).filter((name) => !markerPattern.test(name)).sort(),
    async restart(change) {
      await app.close();
      change?.(raw);
      await writeFile(configFile, stringify(raw));
      app = await open();
    },
    async stop() {
      await app.close();
      await rehearsal.close();
      const { configFolder } = rehearsal;
      const mails = (mail ?? rehearsal.mail).messages();
      const found = await searchExchange({ folder, root, configFolder, mails, log, events });
      await rm(folder, { recursive: true, force: true });
      demandNone(found);
    },
  };
}

/** As the embedded server is, but for its times. */
export function knownServer(partner: Yaml, clock: Clock = systemClock): KnownServer {
  const [hostKey = ''] = partner.hostKeys ?? [];
  const traits = { renameOntoExisting: 'refused', posixRename: false, hardlink: false, sizes: 'exact' };
  return {
    identity: sftpIdentity({ ...partner, username: partner.user }, hostKey),
    probedAt: clock.now(),
    traits: { ...traits, modifiedAtResolutionMs: 1, sessions: null },
  };
}

/** What every first poll does is done, so that a fault which a test plans meets what it is planned for. */
async function holdFolders(config: Config): Promise<void> {
  const ledger = await openLedger({ file: ledgerFile(config) });
  const spool = await spoolOf(config);
  for (const partner of Object.values(config.partners)) {
    const remote = await openRemote(partner, systemClock);
    const ports = { ledger, spool, remote, host: 'test', clock: systemClock };
    await demandFolder(
      { partner: partner.name, folders: partner.folders, marker: partner.marker },
      { ...ports, signal: new AbortController().signal },
    ).catch((error: unknown) => {
      // A server that lets nobody in is what the test is about.
      if (!(error instanceof TidegateError)) throw error;
    });
    await remote.close();
  }
  await ledger.close();
}

/** How Tidegate reaches a partner on OpenSSH. */
export async function partnerAt(server: OpenSsh, configFolder: string): Promise<Yaml> {
  await writeFile(join(configFolder, 'keys', 'sshd'), server.privateKey, { mode: 0o600 });
  const { host, port, user, hostFingerprint, base } = server;
  const folders = {
    in: `${base}/in`,
    out: `${base}/out`,
    processed: `${base}/processed`,
    errored: `${base}/errored`,
  };
  return {
    protocol: 'sftp',
    host,
    port,
    user,
    key: '${file:keys/sshd}',
    hostKeys: [hostFingerprint],
    folders,
  };
}
