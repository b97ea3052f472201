import { openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { pollOnce } from '../../app/service.ts';
import { explain } from '../../base/errors.ts';
import type { Polled } from '../../exchange/inbound.ts';
import { define, exit } from '../command.ts';
import { demandFeed, readConfig, stopSignal } from '../context.ts';
import { arrivalLine } from '../words.ts';

export const onceCommand = define<{ feed?: string[] }>({
  configure: (command) => command.option('-f, --feed <name...>', 'only these feeds'),
  async run({ options, printer }) {
    const config = await readConfig(options);
    const feeds = options.feed ?? [];
    for (const feed of feeds) demandFeed(config, feed);
    const app = await openApp(config, { log: createLog(config.log.level) });
    const stop = stopSignal();
    stop.addEventListener('abort', () => app.drain());
    try {
      const polls = await pollOnce(app, feeds);
      await app.tell();
      const arrivals = polls.flatMap((polled) => polled.arrivals);
      const waits = polls.flatMap(({ waitsFor }) => (waitsFor === null ? [] : [explain(waitsFor)]));
      if (options.json) printer.json({ arrivals, waits });
      else {
        for (const arrival of arrivals) printer.line(arrivalLine(arrival));
        for (const reason of waits) printer.error(`waits: ${reason}`);
        if (arrivals.length + waits.length === 0) printer.line('No file to work on.');
      }
      return exitCode(polls);
    } finally {
      await app.close();
    }
  },
});

function exitCode(polls: readonly Polled[]): number {
  const needsPerson = polls.some(
    ({ arrivals, waitsFor }) =>
      waitsFor !== null ||
      arrivals.some(({ problem, counts }) => problem || counts.rejected + counts.parked > 0),
  );
  return needsPerson ? exit.attention : exit.done;
}
