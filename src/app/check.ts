import { createMailChannel } from '../alerts/mail.ts';
import { systemClock } from '../base/clock.ts';
import { explain, TidegateError, TidegateErrors } from '../base/errors.ts';
import type { Config, PartnerConfig } from '../config/types.ts';
import type { RemoteFolder } from '../remote/port.ts';
import { ledgerFile } from './app.ts';
import { checkFreeSpace, checkLedger, checkStorage } from './check-storage.ts';
import { openRemote, openTarget } from './implementations.ts';
import { loadMappings } from './mappings.ts';

export interface CheckLine {
  ok: boolean;
  what: string;
  /** What was seen, or what went wrong and what to do. */
  detail: string;
}

/** Proves one after the other that everything a run needs is there and answers; goes on after a failure. Changes nothing that lasts. */
export async function* checkAll(config: Config): AsyncGenerator<CheckLine> {
  const { partners, targets, feeds } = config;
  const [partnerCount, feedCount] = [Object.keys(partners).length, Object.keys(feeds).length];
  yield {
    ok: true,
    what: 'configuration',
    detail: `${partnerCount} partners, ${feedCount} feeds, all secrets found`,
  };
  yield* mappingLines(config);
  yield await line('storage', () => checkStorage(config.storage.folder));
  yield await line('free space', () => checkFreeSpace(config.storage));
  yield await line('ledger', () => checkLedger(ledgerFile(config)));
  for (const partner of Object.values(partners)) yield* partnerLines(partner);
  for (const target of Object.values(targets)) {
    yield await line(`target ${target.name}`, async () => {
      const { connector, close } = openTarget(target, systemClock);
      return connector.check().finally(close);
    });
  }
  const { mail } = config;
  if (mail) {
    yield await line('mail', async () => {
      const channel = createMailChannel(mail);
      return channel.check().finally(() => channel.close());
    });
  }
}

async function* mappingLines(config: Config): AsyncGenerator<CheckLine> {
  try {
    for (const [name, mapping] of await loadMappings(config)) {
      const actions = [...mapping.actions.keys()].join(', ');
      yield {
        ok: true,
        what: `mapping ${name}`,
        detail: `${mapping.header.columns.length} columns; ${actions}`,
      };
    }
  } catch (error) {
    if (!(error instanceof TidegateErrors)) throw error;
    for (const problem of error.errors) yield { ok: false, what: 'mapping', detail: explain(problem) };
  }
}

async function* partnerLines(partner: PartnerConfig): AsyncGenerator<CheckLine> {
  const subject = `partner ${partner.name}`;
  const { in: inbound, out, processed, errored } = partner.folders;
  let remote: RemoteFolder | null = null;
  const reached = await line(`${subject}: connection`, async () => {
    remote = await openRemote(partner, systemClock);
    const entries = await remote.list(inbound);
    const how =
      partner.protocol === 'sftp'
        ? `${partner.user}@${partner.host}:${partner.port}, host key is pinned`
        : partner.root;
    return `${how}; ${entries.length} entries in ${inbound}`;
  });
  yield reached;
  const folder = remote as RemoteFolder | null;
  if (folder === null) return;
  // A server that lets nobody in is not asked again: it would only ban us.
  if (reached.ok) {
    for (const path of [inbound, out, processed, errored]) {
      yield await line(`${subject}: ${path}`, async () => {
        await folder.list(path);
        await folder.probeWritable(path);
        return 'readable, writable';
      });
    }
  }
  await folder.close();
}

async function line(what: string, prove: () => Promise<string>): Promise<CheckLine> {
  try {
    return { ok: true, what, detail: await prove() };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    return { ok: false, what, detail: explain(error) };
  }
}
