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

// biome-ignore lint/suspicious/noExplicitAny: a test changes whatever the YAML holds; the loader checks it strictly afterwards
export type Yaml = any;

export interface Exchange {
  folder: string;
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
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ExchangeOptions {
  adjust?(config: Yaml, configFolder: string): void | Promise<void>;
  clock?: Clock;
}

export async function startExchange({ adjust, clock }: ExchangeOptions = {}): Promise<Exchange> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const rehearsal = await startRehearsal({ folder, schedule: '0 0 1 1 *', stableFor: '20ms' });
  const configFile = join(rehearsal.configFolder, 'tidegate.yaml');
  const raw: Yaml = parse(await readFile(configFile, 'utf8'));
  raw.targets.servify.quietPeriod = '50ms';
  raw.targets.servify.retry = { attempts: 3, first: '10ms', most: '50ms' };
  raw.targets.servify.breaker = { failures: 3, pause: '100ms' };
  await adjust?.(raw, rehearsal.configFolder);
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
  const at = (path: string): string => join(rehearsal.partnerRoot, path);
  return {
    folder,
    rehearsal,
    get app() {
      return app;
    },
    events,
    log,
    async drop(name, content) {
      const temporary = join(folder, 'dropping');
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
    async restart() {
      await app.close();
      app = await open();
    },
    async stop() {
      await app.close();
      await rehearsal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
