import { systemClock } from '../../base/clock.ts';
import type { Selection } from '../../ledger/port.ts';
import { arrivalNumber, define, exit } from '../command.ts';
import { deciding, withArrivalToDecide } from '../context.ts';
import { parseLines } from '../lines.ts';
import { reopened } from '../words.ts';

interface Options {
  rejected?: boolean;
  parked?: boolean;
  lines?: string;
  because: string;
}

export const retryCommand = define<Options>({
  configure: (command) =>
    command
      .option('--rejected', 'only rejected rows; they are mapped anew, as the mapping is now')
      .option('--parked', 'only parked rows; what became of their calls is asked again')
      .option('--lines <lines>', 'only these lines, for example 3,7-9')
      .requiredOption('--because <text>', 'why; kept with the arrival'),
  async run({ args, options, printer }) {
    const id = arrivalNumber(args[0] ?? '');
    const selection = selectionOf(options);
    return withArrivalToDecide(id, options, async (ledger) => {
      const arrival = await ledger.retry(id, selection, deciding(options), systemClock.now());
      // Rows of the round that were decided about have their outcome already.
      const { pending, duplicate } = await ledger.countRound(id, arrival.round);
      const rows = pending + duplicate;
      if (options.json) printer.json({ arrival, rows });
      else {
        printer.line(`${rows} ${rows === 1 ? 'row' : 'rows'} of arrival ${id} will be worked off again`);
        printer.line(reopened(arrival));
      }
      return exit.done;
    });
  },
});

function selectionOf({ rejected, parked, lines }: Options): Selection {
  const chosen = [...(rejected ? ['rejected' as const] : []), ...(parked ? ['parked' as const] : [])];
  return {
    states: chosen.length > 0 ? chosen : ['rejected', 'parked'],
    lines: lines === undefined ? null : parseLines(lines),
  };
}
