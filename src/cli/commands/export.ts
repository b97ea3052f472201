import { type App, openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { explain, TidegateError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { ExportPlan, ExportRun } from '../../exchange/exports/types.ts';
import type { TimeWindow } from '../../ledger/port.ts';
import { momentReader } from '../../mapping/export/moments.ts';
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
      .option('--dry-run', 'only say which windows are due; nothing is read or sent'),
  async run(call) {
    const { options, args } = call;
    const config = await readConfig(options);
    const app = await openApp(config, { log: createLog(config.log.level) });
    stopSignal().addEventListener('abort', () => app.drain());
    try {
      const plans = chosen(app, args);
      if (options.dryRun) return await sayWhatIsDue(app, plans, call);
      const runs: ExportRun[] = [];
      const window = askedWindow(plans, options, app.clock.now());
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

/** On the clock of the export's time zone, unless the times say another. */
function askedWindow(plans: readonly ExportPlan[], { from, to }: Options, now: number): TimeWindow | null {
  if (from === undefined && to === undefined) return null;
  const [plan] = plans;
  if (from === undefined || to === undefined || !plan || plans.length > 1) {
    throw new TidegateError('USAGE', 'a window is exported once more for one export, with both of its ends', {
      expected: 'tidegate export NAME --from 2026-01-01 --to 2026-01-02',
    });
  }
  const { timeZone } = plan.windows;
  const window = { from: instant(from, timeZone), to: instant(to, timeZone) };
  if (window.from < window.to && window.to <= now) return window;
  throw new TidegateError('USAGE', `the window ${windowWords(window, timeZone)} is none that is over`, {
    expected: 'a begin before the end, and an end that is past',
  });
}

function instant(text: string, timeZone: string): number {
  const read = momentReader('iso')(text, timeZone);
  if (read !== null && read % 1000 === 0) return read;
  throw new TidegateError('USAGE', `"${text}" is no time`, {
    expected: 'a day such as 2026-01-01, or a time such as 2026-01-01T06:00:00 or 2026-01-01T06:00:00Z',
  });
}

async function sayWhatIsDue(
  app: App,
  plans: readonly ExportPlan[],
  { options, printer }: Call<Options>,
): Promise<number> {
  const due = await Promise.all(
    plans.map(async (plan) => {
      const { skipped, files } = await app.exports.due(plan);
      const latest = await app.ledger.outboundFiles({ origin: 'export', name: plan.name, limit: LATEST });
      const begun = latest.filter(({ endedAt }) => endedAt === null);
      return { plan, skipped, files, begun };
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
