import { type App, openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { explain, TidegateError } from '../../base/errors.ts';
import type { Config } from '../../config/types.ts';
import { placeOf } from '../../exchange/archive/plan.ts';
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
      .option('--dry-run', 'only say what is due, and what would be deleted; nothing is changed'),
  run: (call) => (call.options.dryRun ? sayWhatIsDue(call) : archive(call)),
});

async function sayWhatIsDue({ options, printer }: Call<Options>): Promise<number> {
  return withArchives(options, await readConfig(options), async (app, policies) => {
    const due = [];
    const deletes = [];
    for (const policy of policies) {
      const { partner, local } = policy;
      for (const [month, files] of await app.archives.due(policy)) {
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
        due.push({ partner, month, files: files.length, bytes });
      }
      for (const { month, part, files, bytes, ...lies } of await app.archives.expiring(policy))
        deletes.push({ partner, month, part, files, bytes, place: placeOf(lies, local) });
    }
    if (options.json) printer.json({ due, deletes });
    else if (due.length + deletes.length === 0) printer.line(NOTHING);
    else {
      if (due.length > 0) printer.table(['partner', 'month', 'files', 'bytes'], due.map(cells));
      if (deletes.length > 0) {
        printer.line('To be deleted, since it was kept for as long as agreed (keepMonths):');
        printer.table(['partner', 'month', 'part', 'files', 'bytes', 'place'], deletes.map(cells));
      }
    }
    return exit.done;
  });
}

const NOTHING = 'No month is due.';

const cells = (row: object): string[] => Object.values(row).map(String);

async function archive({ options, printer }: Call<Options>): Promise<number> {
  return withArchives(options, await readConfig(options), async (app, policies) => {
    const [archived, deleted, waits] = [[], [], []] as [Placed[], Placed[], string[]];
    for (const policy of policies) {
      const before = await app.ledger.archives(policy.partner);
      const error = await app.archives.run(policy);
      if (error !== null) waits.push(`${policy.partner}: ${explain(error)}`);
      const now = (await app.ledger.archives(policy.partner)).map((one) => placed(one, policy));
      archived.push(...now.filter(isDone).filter(isNot(before.filter(isDone))));
      deleted.push(...now.filter(isDeleted).filter(isNot(before.filter(isDeleted))));
    }
    await app.tell();
    if (options.json) printer.json({ archived: archived.map(bare), deleted: deleted.map(bare), waits });
    else print([...archived, ...deleted], waits, printer);
    return waits.length > 0 ? exit.attention : exit.done;
  });
}

/** With where it lies, and what there is to say of it. */
type Placed = Archive & { place: string; line: string };

const placed = (archive: Archive, { local }: ArchivePolicy): Placed => ({
  ...{ ...archive, place: placeOf(archive, local) },
  line: archiveLine(archive, local),
});

const isDone = ({ state }: Archive): boolean => state === 'cleared';
const isDeleted = ({ deletedAt }: Archive): boolean => deletedAt !== null;
const isNot =
  (known: readonly Archive[]) =>
  ({ id }: Archive): boolean =>
    !known.some((one) => one.id === id);

const bare = ({ line: _line, ...archive }: Placed): Omit<Placed, 'line'> => archive;

/** What was made and deleted by one run is named once. */
function print(done: readonly Placed[], waits: readonly string[], printer: Printer): void {
  for (const line of new Set(done.map((one) => one.line))) printer.line(line);
  for (const reason of waits) printer.error(`waits: ${reason}`);
  if (done.length + waits.length === 0) printer.line(NOTHING);
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
