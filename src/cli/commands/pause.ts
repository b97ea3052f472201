import { systemClock } from '../../base/clock.ts';
import { define, exit } from '../command.ts';
import { deciding, withLedgerToWrite } from '../context.ts';
import { pausable, pauseEnd, zoneOf } from '../pausable.ts';
import { pauseLine } from '../words.ts';

export const pauseCommand = define<{ until?: string; because: string }>({
  configure: (command) =>
    command
      .option(
        '--until <time>',
        'when it ends by itself: 4h, 3d, or "2024-06-12 18:00" on the clock of the feed; without it `resume` ends it',
      )
      .requiredOption('--because <text>', 'why; kept on record'),
  run: ({ args, options, printer }) =>
    withLedgerToWrite(options, async (ledger, config) => {
      const now = systemClock.now();
      const named = pausable(args[0] ?? '', config);
      const until = options.until === undefined ? null : pauseEnd(options.until, zoneOf(named, config), now);
      const pause = await ledger.pause({ ...named, until, ...deciding(options) }, now);
      if (options.json) printer.json({ pause });
      else {
        printer.line(pauseLine(pause));
        printer.line('What is being worked on ends; nothing else is begun, here or by a run that goes on.');
      }
      return exit.done;
    }),
});
