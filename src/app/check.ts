import { stat } from 'node:fs/promises';
import { plural } from '../alerts/layout.ts';
import { systemClock } from '../base/clock.ts';
import { explain, TidegateError, TidegateErrors } from '../base/errors.ts';
import { mailSection } from '../config/cross-alerts.ts';
import type { Config, PartnerConfig } from '../config/types.ts';
import type { KnownServer } from '../ledger/port.ts';
import { openLedger } from '../ledger/sqlite.ts';
import type { RemoteFolder } from '../remote/port.ts';
import { openAlerts } from './alerts.ts';
import { checkMarker } from './check-marker.ts';
import { checkPacking } from './check-packing.ts';
import { checkFreeSpace, checkLedger, checkStorage } from './check-storage.ts';
import { exportPlans } from './exports.ts';
import { systems as builtIn, openRemote, openTarget } from './implementations.ts';
import { loadMappings } from './mappings.ts';
import { ledgerFile } from './places.ts';
import { type Finding, findings } from './server-words.ts';
import { type KnownSystems, systemsFor } from './systems.ts';
import { probeFolder, usedFolders } from './used-folders.ts';

export interface CheckLine {
  ok: boolean;
  what: string;
  /** What was seen, or what went wrong and what to do. */
  detail: string;
}

/** Proves one after the other that everything a run needs is there and answers; goes on after a failure. Nothing lasting is changed but what the ledger knows of the servers. */
export async function* checkAll(config: Config): AsyncGenerator<CheckLine> {
  const { partners, targets, feeds } = config;
  const [partnerCount, feedCount] = [Object.keys(partners).length, Object.keys(feeds).length];
  yield {
    ok: true,
    what: 'configuration',
    detail: `${plural(partnerCount, 'partner')}, ${plural(feedCount, 'feed')}, all secrets found`,
  };
  const systems = yield* systemLines(config);
  yield* mappingLines(config, systems);
  yield* checkPacking(config, systemClock.now);
  yield await line('storage', () => checkStorage(config.storage.folder));
  yield await line('free space', () => checkFreeSpace(config.storage));
  const ledger = await line('ledger', () => checkLedger(ledgerFile(config)));
  yield ledger;
  const keep = ledger.ok ? keeper(ledgerFile(config)) : async () => undefined;
  for (const partner of Object.values(partners)) yield* partnerLines(partner, config, keep);
  for (const target of Object.values(targets)) {
    yield await line(`target ${target.name}`, async () => {
      const { connector, close } = openTarget(target, systemClock, systems.declared);
      return connector.check().finally(close);
    });
  }
  const alerts = openAlerts(config);
  for (const [name, { channel }] of alerts.channels)
    yield await line(name === mailSection ? name : `channel ${name}`, () => channel.check());
  alerts.close();
}

/** Gives the systems that mappings and targets may name: without the declared ones when one of these is wrong. */
async function* systemLines(config: Config): AsyncGenerator<CheckLine, KnownSystems> {
  try {
    const systems = await systemsFor(config);
    for (const [name, { operations }] of systems.declared)
      yield { ok: true, what: `system ${name}`, detail: `${operations.size} operations` };
    return systems;
  } catch (error) {
    if (!(error instanceof TidegateErrors)) throw error;
    for (const problem of error.errors) yield { ok: false, what: 'system', detail: explain(problem) };
    return { operations: builtIn, declared: new Map() };
  }
}

async function* mappingLines(config: Config, { operations }: KnownSystems): AsyncGenerator<CheckLine> {
  try {
    const mappings = await loadMappings(config, operations);
    for (const [name, mapping] of mappings) {
      const actions = [...mapping.actions.keys()].join(', ');
      yield {
        ok: true,
        what: `mapping ${name}`,
        detail: `${mapping.header.columns.length} columns; ${actions}`,
      };
    }
    for (const { name, header, windows, folder } of await exportPlans(config, operations, mappings))
      yield {
        ok: true,
        what: `export ${name}`,
        detail: `${header.length} columns; ${windows.length}; ${folder}`,
      };
  } catch (error) {
    if (!(error instanceof TidegateErrors)) throw error;
    for (const problem of error.errors) yield { ok: false, what: 'mapping', detail: explain(problem) };
  }
}

async function* partnerLines(
  partner: PartnerConfig,
  config: Config,
  keep: (partner: string, server: KnownServer) => Promise<void>,
): AsyncGenerator<CheckLine> {
  const subject = `partner ${partner.name}`;
  const used = usedFolders(config, partner.name);
  const [first = partner.folders.in] = used.map(({ path }) => path);
  const probed = probeFolder(config, partner.name);
  let remote: RemoteFolder | null = null;
  const reached = await line(`${subject}: connection`, async () => {
    remote = await openRemote(partner, systemClock);
    const entries = await remote.list(first);
    const how =
      partner.protocol === 'sftp'
        ? `${partner.user}@${partner.host}:${partner.port}, host key is pinned`
        : partner.root;
    return `${how}; ${entries.length} entries in ${first}`;
  });
  yield reached;
  const folder = remote as RemoteFolder | null;
  if (folder === null) return;
  // A server that lets nobody in is not asked again: it would only ban us.
  if (reached.ok) {
    let canProbe = false;
    for (const { path, writes } of used) {
      const seen = await line(`${subject}: ${path}`, async () => {
        await folder.list(path);
        if (writes) await folder.probeWritable(path);
        return writes ? 'readable, writable' : 'readable';
      });
      yield seen;
      if (path === probed) canProbe = seen.ok;
    }
    // Only a folder that files come from is held.
    if (used.some(({ path }) => path === partner.folders.errored))
      yield await line(`${subject}: marker`, () => checkMarker(partner, folder, config));
    if (canProbe) yield* serverLines(subject, folder, probed, (found) => keep(partner.name, found));
  }
  await folder.close();
}

/** What the server does with files, tried out anew: a run goes by it from then on. */
async function* serverLines(
  subject: string,
  folder: RemoteFolder,
  out: string,
  keep: (found: KnownServer) => Promise<void>,
): AsyncGenerator<CheckLine> {
  let found: Finding[] = [];
  const tried = await line(`${subject}: server`, async () => {
    const traits = await folder.probe(out);
    await keep({ identity: await folder.identity(), probedAt: systemClock.now(), traits });
    found = findings(traits);
    return 'tried out';
  });
  if (!tried.ok) yield tried;
  for (const { what, detail } of found) yield { ok: true, what: `${subject}: ${what}`, detail };
}

/** Writes to a ledger that is there; the first run makes it, and tries the server out itself. */
function keeper(file: string): (partner: string, server: KnownServer) => Promise<void> {
  return async (partner, server) => {
    if (!(await stat(file).catch(() => null))) return;
    const ledger = await openLedger({ file });
    await ledger.rememberServer(partner, server).finally(() => ledger.close());
  };
}

async function line(what: string, prove: () => Promise<string>): Promise<CheckLine> {
  try {
    return { ok: true, what, detail: await prove() };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    const hint = error.fix ? '' : ` docs/errors.md says what to do about ${error.code}.`;
    return { ok: false, what, detail: explain(error) + hint };
  }
}
