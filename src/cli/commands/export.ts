import { type App, openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { explain, TidegateError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { ExportPlan, ExportRun } from '../../exchange/exports/types.ts';
import type { TimeWindow } from '../../ledger/port.ts';
import { askedWindow } from '../asked-window.ts';
import { type Call, define, exit } from '../command.ts';
import { readConfig, stopSignal } from '../context.ts';
import type { Printer } from '../print.ts';
import { exportLine, pauseLine, windowWords } from '../words.ts';

interface Options {
  from?: string;
  to?: string;
  dryRun?: boolean;
  evenIfPaused?: boolean;
}

/** One at a time is begun, and finished before the next. */
const LATEST = 20;

export const exportCommand = define<Options>({
  configure: (command) =>
    command
      .option('--from <time>', 'export the window from here once more, beside what is covered')
      .option('--to <time>', 'up to, but without, this time')
      .option('--even-if-paused', 'also what a person has paused; the pause stays')
      .option('--dry-run', 'only say which windows would be exported; nothing is read or sent'),
  async run(call) {
    const { options, args } = call;
    const config = await readConfig(options);
    const app = await openApp(config, { log: createLog(config.log.level) });
    stopSignal().addEventListener('abort', () => app.drain());
    try {
      const plans = chosen(app, args);
      const window = askedWindow(plans, options, app.clock.now());
      if (options.dryRun) return await sayWhatIsDue(app, plans, window, call);
      const runs: ExportRun[] = [];
      const how = { evenIfPaused: options.evenIfPaused ?? false };
      for (const plan of plans)
        runs.push(await (window ? app.exports.again(plan, window, how) : app.exports.run(plan, how)));
      await app.tell();
      return print(runs, call);
    } finally {
      await app.close();
    }
  },
});

/** Those that were named, else all. */
function chosen(app: App, names: readonly string[]): ExportPlan[] {
  const { plans } = app.exports;
  const known = plans.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw new TidegateError('NOT_FOUND', `there is no enabled export ${unknown}`, {
      fix: near ? `Did you mean ${near}?` : `The exports are: ${known.join(', ') || 'none yet'}.`,
    });
  }
  return plans.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function sayWhatIsDue(
  app: App,
  plans: readonly ExportPlan[],
  again: TimeWindow | null,
  { options, printer }: Call<Options>,
): Promise<number> {
  const due = await Promise.all(
    plans.map(async (plan) => {
      const { skipped, files } = again ? { skipped: null, files: [] } : await app.exports.due(plan);
      const latest = await app.ledger.outboundFiles({ origin: 'export', name: plan.name, limit: LATEST });
      const begun = latest.filter(({ endedAt }) => endedAt === null);
      return { plan, skipped, files, begun, again };
    }),
  );
  if (options.json) {
    printer.json({ due: due.map(({ plan, ...rest }) => ({ export: plan.name, ...rest })) });
    return exit.done;
  }
  const rows = due.flatMap(({ plan, skipped, files, begun }) => {
    const { timeZone } = plan.windows;
    const line = (window: TimeWindow, what: string) => [plan.name, windowWords(window, timeZone), what];
    return [
      ...begun.flatMap(({ window }) => (window ? [line(window, 'begun; is finished first')] : [])),
      ...(skipped ? [line(skipped, 'skipped')] : []),
      ...files
        .filter(({ from }) => !begun.some(({ window }) => window?.from === from))
        .map((window) => line(window, 'due')),
      ...(again ? [line(again, 'asked for, once more')] : []),
    ];
  });
  if (rows.length === 0) printer.line('No window is due.');
  else printer.table(['export', 'window', ''], rows);
  return exit.done;
}

function print(runs: readonly ExportRun[], { options, printer }: Call<Options>): number {
  const files = runs.flatMap((run) => run.files);
  const held = runs.flatMap(({ waitsFor }) => (waitsFor === null ? [] : [`waits: ${explain(waitsFor)}`]));
  const pauses = runs.flatMap(({ paused }) => paused ?? []);
  const waits = [...held, ...pauses.map((pause) => `${pauseLine(pause)} Nothing was begun.`)];
  if (options.json) printer.json({ files, waits: held, pauses });
  else printRuns(files.map(exportLine), waits, printer);
  return waits.length > 0 ? exit.attention : exit.done;
}

function printRuns(lines: readonly string[], waits: readonly string[], printer: Printer): void {
  for (const line of lines) printer.line(line);
  for (const reason of waits) printer.error(reason);
  if (lines.length + waits.length === 0) printer.line('No window is due.');
}
