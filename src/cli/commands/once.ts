import { openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { pollOnce } from '../../app/service.ts';
import { explain } from '../../base/errors.ts';
import type { Polled } from '../../exchange/inbound.ts';
import { define, exit } from '../command.ts';
import { demandFeed, readConfig, stopSignal } from '../context.ts';
import { arrivalLine, pauseLine } from '../words.ts';

export const onceCommand = define<{ feed?: string[]; evenIfPaused?: boolean }>({
  configure: (command) =>
    command
      .option('-f, --feed <name...>', 'only these feeds')
      .option('--even-if-paused', 'also feeds that a person has paused; the pause stays'),
  async run({ options, printer }) {
    const config = await readConfig(options);
    const feeds = options.feed ?? [];
    for (const feed of feeds) demandFeed(config, feed);
    const app = await openApp(config, { log: createLog(config.log.level) });
    const stop = stopSignal();
    stop.addEventListener('abort', () => app.drain());
    try {
      const polls = await pollOnce(app, feeds, { evenIfPaused: options.evenIfPaused ?? false });
      await app.tell();
      const arrivals = polls.flatMap((polled) => polled.arrivals);
      const waits = polls.flatMap(({ waitsFor }) => (waitsFor === null ? [] : [explain(waitsFor)]));
      const paused = polls.flatMap(({ paused }) => paused ?? []);
      const pauses = [...new Map(paused.map((pause) => [pause.id, pause])).values()];
      if (options.json) printer.json({ arrivals, waits, pauses });
      else {
        for (const arrival of arrivals) printer.line(arrivalLine(arrival));
        for (const reason of waits) printer.error(`waits: ${reason}`);
        for (const pause of pauses) printer.error(`${pauseLine(pause)} Nothing was begun.`);
        if (arrivals.length + waits.length + pauses.length === 0) printer.line('No file to work on.');
      }
      return exitCode(polls);
    } finally {
      await app.close();
    }
  },
});

function exitCode(polls: readonly Polled[]): number {
  const needsPerson = polls.some(
    ({ arrivals, waitsFor, paused }) =>
      waitsFor !== null ||
      paused !== null ||
      arrivals.some(({ problem, counts }) => problem || counts.rejected + counts.parked > 0),
  );
  return needsPerson ? exit.attention : exit.done;
}
