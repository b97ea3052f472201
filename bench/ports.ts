/** What the exchange works through, as the app makes it; only the target sends its bodies plain, for which there is no configuration. */
import { join } from 'node:path';
import { openRemote } from '../src/app/implementations.ts';
import { thisProcess } from '../src/app/owner.ts';
import { systemClock } from '../src/base/clock.ts';
import { always } from '../src/base/permit.ts';
import type { Config } from '../src/config/types.ts';
import { createServifyConnector } from '../src/connectors/servify/connector.ts';
import { createTarget, type Target } from '../src/delivery/target.ts';
import { roomIn } from '../src/exchange/room.ts';
import { openSpool } from '../src/exchange/spool.ts';
import type { ExchangeEvent, InboundPorts } from '../src/exchange/types.ts';
import type { Ledger } from '../src/ledger/port.ts';

export async function plainPorts(
  config: Config,
  ledger: Ledger,
  report: (event: ExchangeEvent) => void,
): Promise<InboundPorts> {
  const partner = config.partners['acme'];
  if (!partner) throw new Error('the partner is not configured');
  const remote = await openRemote(partner, systemClock);
  // As the bench's own server is; its files are there before the measuring starts.
  const traits = {
    renameOntoExisting: 'refused',
    posixRename: false,
    hardlink: false,
    sizes: 'exact',
  } as const;
  remote.adapt({ ...traits, modifiedAtResolutionMs: 1, sessions: null });
  return {
    remote,
    remoteOf: () => remote,
    target: plainTarget(config),
    ledger,
    spool: await openSpool(join(config.storage.folder, 'spool')),
    clock: systemClock,
    owner: thisProcess(Date.now(), config.storage.lease),
    host: 'bench',
    pause: async () => null,
    report,
    signal: new AbortController().signal,
    permit: always,
    room: roomIn(config.storage.folder, config.storage.reserve),
  };
}

function plainTarget(config: Config): Target {
  const target = config.targets['servify'];
  if (target?.system !== 'servify') throw new Error('the target is not configured');
  const connector = createServifyConnector({
    baseUrl: target.baseUrl,
    clientId: target.clientId.reveal(),
    clientSecret: target.clientSecret.reveal(),
    host: target.host,
    servifyPublicKey: target.servifyPublicKey.reveal(),
    privateKey: target.privateKey.reveal(),
    deadlineMs: target.deadline,
    connections: target.concurrency,
    keepAlive: target.keepAlive,
    maxAnswerBytes: 1_000_000,
    cryptoThreads: 1,
    encryption: 'none',
    clock: systemClock,
  });
  const limits = {
    concurrency: target.concurrency,
    rate: null,
    retry: { attempts: 1, firstMs: 1000, mostMs: 1000 },
    quietPeriodMs: target.quietPeriod,
    breaker: { failures: target.breaker.failures, pauseMs: target.breaker.pause },
    batch: target.batch,
    queued: {
      everyMs: target.queued.every,
      waitMs: target.queued.wait,
      deadlineMs: target.queued.deadline,
    },
  };
  return createTarget(target.name, connector, limits, systemClock);
}
