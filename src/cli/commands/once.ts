import { openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { exportOnce, pollOnce } from '../../app/service.ts';
import { explain } from '../../base/errors.ts';
import type { PolledReplies } from '../../exchange/dispatch/poll.ts';
import type { ExportRun } from '../../exchange/exports/types.ts';
import type { Polled } from '../../exchange/inbound.ts';
import { define, exit } from '../command.ts';
import { demandFeed, readConfig, stopSignal } from '../context.ts';
import { arrivalLine, exportLine, pauseLine, replyLine } from '../words.ts';

export const onceCommand = define<{ feed?: string[]; evenIfPaused?: boolean }>({
  configure: (command) =>
    command
      .option('-f, --feed <name...>', 'only these feeds')
      .option('--even-if-paused', 'also what a person has paused; the pause stays'),
  async run({ options, printer }) {
    const config = await readConfig(options);
    const feeds = options.feed ?? [];
    for (const feed of feeds) demandFeed(config, feed);
    const app = await openApp(config, { log: createLog(config.log.level) });
    const stop = stopSignal();
    stop.addEventListener('abort', () => app.drain());
    try {
      const how = { evenIfPaused: options.evenIfPaused ?? false };
      const { polls, replies } = await pollOnce(app, feeds, how);
      // Rows that were settled just now may be due.
      const exports = feeds.length === 0 ? await exportOnce(app, how) : [];
      await app.tell();
      const arrivals = polls.flatMap((polled) => polled.arrivals);
      const exported = exports.flatMap(({ files }) => files);
      const taken = replies.flatMap((polled) => polled.replies);
      const all = [...polls, ...exports, ...replies];
      const waits = all.flatMap(({ waitsFor }) => (waitsFor === null ? [] : [explain(waitsFor)]));
      const paused = all.flatMap(({ paused }) => paused ?? []);
      const pauses = [...new Map(paused.map((pause) => [pause.id, pause])).values()];
      if (options.json) printer.json({ arrivals, exported, replies: taken, waits, pauses });
      else {
        for (const arrival of arrivals) printer.line(arrivalLine(arrival));
        for (const file of exported) printer.line(exportLine(file));
        for (const reason of waits) printer.error(`waits: ${reason}`);
        for (const reply of taken) printer.line(replyLine(reply));
        for (const pause of pauses) printer.error(`${pauseLine(pause)} Nothing was begun.`);
        const lines = [...arrivals, ...exported, ...taken, ...waits, ...pauses];
        if (lines.length === 0) printer.line('No file to work on.');
      }
      return all.some(needsPerson) ? exit.attention : exit.done;
    } finally {
      await app.close();
    }
  },
});

function needsPerson(done: Polled | ExportRun | PolledReplies): boolean {
  if (done.waitsFor !== null || done.paused !== null) return true;
  if ('replies' in done) return done.replies.some(({ problem }) => problem !== null);
  const arrivals = 'arrivals' in done ? done.arrivals : [];
  return arrivals.some(({ problem, counts }) => problem || counts.rejected + counts.parked > 0);
}
