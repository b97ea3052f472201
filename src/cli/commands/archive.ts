import { type App, openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { explain, TidegateError } from '../../base/errors.ts';
import type { Config } from '../../config/types.ts';
import type { ArchivePolicy } from '../../exchange/archive/types.ts';
import type { Archive } from '../../ledger/port.ts';
import { type Call, define, exit } from '../command.ts';
import { readConfig, stopSignal } from '../context.ts';
import type { Printer } from '../print.ts';
import { archiveLine } from '../words.ts';

interface Options {
  partner?: string[];
  dryRun?: boolean;
}

export const archiveCommand = define<Options>({
  configure: (command) =>
    command
      .option('-p, --partner <name...>', 'only these partners')
      .option('--dry-run', 'only say what is due; nothing is changed'),
  run: (call) => (call.options.dryRun ? sayWhatIsDue(call) : archive(call)),
});

async function sayWhatIsDue({ options, printer }: Call<Options>): Promise<number> {
  return withArchives(options, await readConfig(options), async (app, policies) => {
    const due = [];
    for (const policy of policies) {
      for (const [month, files] of await app.archives.due(policy)) {
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
        due.push({ partner: policy.partner, month, files: files.length, bytes });
      }
    }
    if (options.json) printer.json({ due });
    else if (due.length === 0) printer.line('No month is due.');
    else
      printer.table(
        ['partner', 'month', 'files', 'bytes'],
        due.map((one) => Object.values(one).map(String)),
      );
    return exit.done;
  });
}

async function archive({ options, printer }: Call<Options>): Promise<number> {
  return withArchives(options, await readConfig(options), async (app, policies) => {
    const waits: string[] = [];
    const archived: Archive[] = [];
    for (const policy of policies) {
      const before = await done(app, policy);
      const error = await app.archives.run(policy);
      if (error !== null) waits.push(`${policy.partner}: ${explain(error)}`);
      archived.push(...(await done(app, policy)).slice(before.length));
    }
    await app.tell();
    if (options.json) printer.json({ archived, waits });
    else print(archived, waits, printer);
    return waits.length > 0 ? exit.attention : exit.done;
  });
}

/** They are finished in the order in which they were begun. */
const done = async ({ ledger }: App, { partner }: ArchivePolicy): Promise<Archive[]> =>
  (await ledger.archives(partner)).filter(({ state }) => state === 'cleared');

function print(archived: readonly Archive[], waits: readonly string[], printer: Printer): void {
  for (const one of archived) printer.line(archiveLine(one));
  for (const reason of waits) printer.error(`waits: ${reason}`);
  if (archived.length + waits.length === 0) printer.line('No month is due.');
}

/** For commands about archives: those of the partners that were named, else all. */
export async function withArchives(
  { partner: chosen }: Options,
  config: Config,
  use: (app: App, policies: ArchivePolicy[]) => Promise<number>,
): Promise<number> {
  const app = await openApp(config, { log: createLog(config.log.level) });
  stopSignal().addEventListener('abort', () => app.drain());
  try {
    const policies = app.archives.policies.filter(({ partner }) => chosen?.includes(partner) ?? true);
    const unknown = (chosen ?? []).find((name) => !policies.some(({ partner }) => partner === name));
    if (unknown !== undefined || policies.length === 0) {
      throw new TidegateError('USAGE', unknown ? `${unknown} has no archive` : 'no partner has an archive', {
        fix: 'Add archive: to the partner in the configuration.',
      });
    }
    return await use(app, policies);
  } finally {
    await app.close();
  }
}
