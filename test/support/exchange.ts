/** A whole exchange for tests: partner's server, API and mail server as in a rehearsal, and the app that works between them. */
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type App, openApp } from '../../src/app/app.ts';
import { createLog } from '../../src/app/log.ts';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import type { Clock } from '../../src/base/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Polled } from '../../src/exchange/inbound.ts';
import type { ExchangeEvent } from '../../src/exchange/types.ts';
import type { OpenSsh } from './openssh.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test changes whatever the YAML holds; the loader checks it strictly afterwards
export type Yaml = any;

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
  list(folder: string): Promise<string[]>;
  /** The app ends and another one starts on the same ledger. */
  restart(adjust?: (config: Yaml) => void): Promise<void>;
  stop(): Promise<void>;
}

export interface ExchangeOptions {
  /** The partner's server; the embedded one unless given. */
  server?: OpenSsh;
  /** Another system than Servify: its target, secrets by name (`${file:keys/NAME}`), and the mapping of the one feed that there is then. */
  system?: { target: Yaml; secrets?: Record<string, string>; mapping: string; dataType: string };
  adjust?(config: Yaml): void | Promise<void>;
  clock?: Clock;
}

export async function startExchange({
  adjust,
  clock,
  server,
  system,
}: ExchangeOptions = {}): Promise<Exchange> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '20ms' });
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
  if (server) raw.partners.acme = await partnerAt(server, rehearsal.configFolder);
  await adjust?.(raw);
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
    });
  let app = await open();
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
    list: async (path) => (await readdir(at(path))).sort(),
    async restart(change) {
      await app.close();
      change?.(raw);
      await writeFile(configFile, stringify(raw));
      app = await open();
    },
    async stop() {
      await app.close();
      await rehearsal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How Tidegate reaches a partner on OpenSSH. */
async function partnerAt(server: OpenSsh, configFolder: string): Promise<Yaml> {
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
