/** The composition root: from a configuration to feeds that can be polled. */
import { hostname } from 'node:os';
import { boundary } from '../base/boundary.ts';
import { type Clock, createClock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import { always } from '../base/permit.ts';
import type { Config, PartnerConfig } from '../config/types.ts';
import type { Target } from '../delivery/target.ts';
import { type PolledReplies, pollReplies } from '../exchange/dispatch/poll.ts';
import type { Agreement } from '../exchange/dispatch/types.ts';
import type { Sightings } from '../exchange/gate.ts';
import { type Polled, poll } from '../exchange/inbound.ts';
import { pauseOf } from '../exchange/pause.ts';
import { type FreeSpace, roomIn } from '../exchange/room.ts';
import type { ExchangeEvent, InboundFeed } from '../exchange/types.ts';
import type { Ledger } from '../ledger/port.ts';
import type { RemoteFolder } from '../remote/port.ts';
import type { CallbackListener } from '../web/callbacks.ts';
import { agreementsOf } from './agreements.ts';
import { type Archives, archivePolicies, archivesOf, openStores } from './archives.ts';
import { openCallbacks } from './callbacks.ts';
import { type Exports, exportPlans, exportsOf } from './exports.ts';
import { inboundFeeds } from './feeds.ts';
import { openRemote, openTarget, withoutTarget } from './implementations.ts';
import { jumped, type Log } from './log.ts';
import { loadMappings } from './mappings.ts';
import { openStorage } from './open-storage.ts';
import { thisProcess } from './owner.ts';
import { openPackings } from './packings.ts';
import { goByServer } from './servers.ts';
import { systemsFor } from './systems.ts';
import { openTelling } from './telling.ts';
import { probeFolder } from './used-folders.ts';

/** Where rows only go into files. */
const NO_TARGET = '';

export interface App {
  readonly config: Config;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly feeds: readonly InboundFeed[];
  /** One poll of one feed, unless a person has paused it; what it raises is mailed beside it. Never throws. */
  poll(feed: InboundFeed, options?: { evenIfPaused: boolean }): Promise<Polled>;
  readonly archives: Archives;
  readonly exports: Exports;
  /** Whose replies are looked for. */
  readonly agreements: readonly Agreement[];
  /** One look for replies, unless a person has paused the partner; never throws. */
  pollReplies(agreement: Agreement, options?: { evenIfPaused: boolean }): Promise<PolledReplies>;
  /** Proves that work could be recorded; rejects when it could not. */
  proveAlive(): Promise<void>;
  /** Takes in what targets tell by themselves, until it is closed, and says for which feeds it may be news; at no port when none is configured. Fails when the address is taken. */
  listen(onNews?: (feed: InboundFeed) => void): Promise<{ port: number | null }>;
  /** What happens beside the polls is logged, and told as theirs. */
  report(event: ExchangeEvent): void;
  /** Tells people what they were not told yet. Never throws. */
  tell(): Promise<void>;
  /** Nothing new begins; calls that have left are awaited. */
  drain(): void;
  close(): Promise<void>;
}

export interface AppOptions {
  log: Log;
  clock?: Clock;
  /** How the free space of the disk is found out. */
  freeSpace?: FreeSpace;
  /** Called for every event, beside the log. */
  onEvent?(event: ExchangeEvent): void;
}

export async function openApp(config: Config, options: AppOptions): Promise<App> {
  const clock = options.clock ?? createClock((byMs) => options.log.write(jumped(byMs)));
  const { operations, declared } = await systemsFor(config);
  const packings = await openPackings(config, clock.now);
  const mappings = await loadMappings(config, operations);
  const feeds = inboundFeeds(config, mappings, packings.feeds);
  const plans = (await exportPlans(config, operations, mappings)).map((plan) => ({
    ...{ ...plan, parcel: of(packings.exports, plan.name) },
  }));
  const storage = await openStorage(config, clock, options.log);
  const ledger = boundary('ledger', storage.ledger);
  const spool = boundary('spool', storage.spool);
  const { folder, reserve } = config.storage;
  const room = roomIn(folder, reserve, options.freeSpace);
  const stopping = new AbortController();
  const owner = thisProcess(clock.now(), config.storage.lease);
  // All are made now, so that a key that cannot be read stops the start; none connects before it is used.
  const remotes = new Map<string, RemoteFolder>();
  const targets = new Map<string, Target>();
  const policies = archivePolicies(config, feeds);
  const agreements = [...agreementsOf(config).values()].map((agreed) => ({
    ...{ ...agreed, unpacker: of(packings.replies, agreed.name) },
  }));
  const sentTo = feeds.flatMap(({ files }) => [...files.values()]);
  const reported = agreements.flatMap(({ report: to }) => to ?? []);
  const all = [...policies, ...feeds, ...plans, ...sentTo, ...agreements, ...reported];
  for (const name of new Set(all.map(({ partner }) => partner)))
    remotes.set(name, await remoteOf(entry(config.partners, name)));
  targets.set(NO_TARGET, withoutTarget(clock));
  for (const target of usedTargets())
    targets.set(target, openTarget(entry(config.targets, target), clock, declared));
  function usedTargets(): Set<string> {
    const called = feeds.flatMap(({ name }) => entry(config.feeds, name).target ?? []);
    return new Set([
      ...called,
      ...plans.flatMap(({ source }) => (source.kind === 'list' ? [source.target] : [])),
    ]);
  }
  async function remoteOf(partner: PartnerConfig): Promise<RemoteFolder> {
    const remote = await openRemote(partner, clock);
    return goByServer(remote, partner.name, probeFolder(config, partner.name), {
      ledger,
      clock,
      log: options.log,
    });
  }
  const sightings = new Map<string, Sightings>();
  const replySightings = new Map<string, Sightings>();

  const report = (event: ExchangeEvent): void => {
    options.log.event(event);
    options.onEvent?.(event);
    if (event.kind === 'unrecorded') telling.keep(event.notice);
    // A mute mail server must not hold up a file.
    if (event.kind === 'notice' || event.kind === 'unrecorded') void telling.tell();
  };
  const telling = openTelling(config, { ledger, clock, log: options.log, feeds, report });

  const archives = archivesOf(policies, async ({ partner }) => {
    const remote = of(remotes, partner);
    const storeOf = await openStores(entry(config.partners, partner), remote, clock);
    return { remote, storeOf, ledger, spool, room, clock, owner, report, signal: stopping.signal };
  });
  const exports = exportsOf(plans, ({ name, partner, source }) => ({
    ...{ ledger, spool, room, clock, owner, report, signal: stopping.signal, permit: always },
    remote: of(remotes, partner),
    target: source.kind === 'list' ? of(targets, source.target) : null,
    pause: () => pauseOf({ export: name, partner }, ledger, clock.now()),
  }));
  let listener: CallbackListener | null = null;

  return {
    config,
    clock,
    ledger,
    feeds,
    archives,
    tell: telling.tell,
    exports,
    report,
    agreements,
    async pollReplies(agreement, { evenIfPaused } = { evenIfPaused: false }) {
      const { partner } = agreement;
      const polled = await pollReplies(agreement, replySightings.get(agreement.name) ?? new Map(), {
        remote: of(remotes, partner),
        remoteOf: (name) => of(remotes, name),
        pause: async (of = partner) => (evenIfPaused ? null : pauseOf({ partner: of }, ledger, clock.now())),
        ...{ ledger, spool, room, clock, owner, report, signal: stopping.signal, permit: always },
      });
      replySightings.set(agreement.name, polled.sightings);
      return polled;
    },
    async proveAlive() {
      room.demand(0);
      await ledger.proveWritable();
    },
    async listen(onNews = () => undefined) {
      const write = options.log.write.bind(options.log);
      listener ??= await openCallbacks(config, {
        ledger,
        clock,
        room,
        systems: operations,
        write,
        tell: () => void telling.tell(),
        nudge(target) {
          for (const feed of feeds) if (config.feeds[feed.name]?.target === target) onNews(feed);
        },
      });
      return { port: listener?.port ?? null };
    },
    async poll(feed, { evenIfPaused } = { evenIfPaused: false }) {
      const polled = await poll(feed, sightings.get(feed.name) ?? new Map(), {
        remote: of(remotes, feed.partner),
        remoteOf: (partner) => of(remotes, partner),
        target: of(targets, entry(config.feeds, feed.name).target ?? NO_TARGET),
        ledger,
        spool,
        room,
        clock,
        owner,
        host: hostname(),
        pause: async (partner) => {
          if (evenIfPaused) return null;
          const named = partner === undefined ? { feed: feed.name, partner: feed.partner } : { partner };
          return pauseOf(named, ledger, clock.now());
        },
        report,
        signal: stopping.signal,
        permit: always,
      });
      sightings.set(feed.name, polled.sightings);
      return polled;
    },
    drain() {
      stopping.abort(new TidegateError('STOPPED', 'the work was stopped', { retry: 'later' }));
    },
    async close() {
      await listener?.close();
      await Promise.all([...targets.values()].map((target) => target.close()));
      await Promise.all([...remotes.values()].map((remote) => remote.close()));
      await telling.close();
      await ledger.close();
    },
  };
}

function of<V>(map: ReadonlyMap<string, V>, key: string): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing was made for ${key}`);
  return value;
}

/** Names were checked against each other when the configuration was read. */
function entry<V>(map: Readonly<Record<string, V>>, key: string): V {
  const value = map[key];
  if (value === undefined) throw new Error(`the configuration has no ${key}`);
  return value;
}
