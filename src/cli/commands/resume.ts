import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { covering } from '../../exchange/pause.ts';
import { define, exit } from '../command.ts';
import { deciding, withLedgerToWrite } from '../context.ts';
import { pausable } from '../pausable.ts';
import { pauseLine } from '../words.ts';

export const resumeCommand = define<{ because: string }>({
  configure: (command) => command.requiredOption('--because <text>', 'why; kept on record'),
  run: ({ args, options, printer }) =>
    withLedgerToWrite(options, async (ledger, config) => {
      const now = systemClock.now();
      const named = pausable(args[0] ?? '', config);
      const ended = await ledger.endPause(named.what, named.name, deciding(options), now);
      if (ended === null) {
        throw new TidegateError('NOT_OPEN', `the ${named.what} ${named.name} is not paused`, {
          fix: '`tidegate status` lists what is.',
        });
      }
      const partner = config.feeds[named.name]?.partner;
      const still =
        named.what === 'feed' && partner !== undefined
          ? covering(await ledger.pauses(now), { partner })
          : null;
      if (options.json) printer.json({ ended, still });
      else {
        printer.line(`The pause of the ${named.what} ${named.name} is over.`);
        printer.line(still ? pauseLine(still) : 'The next poll goes on where it stopped.');
      }
      return exit.done;
    }),
});
