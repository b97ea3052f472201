import { displayName } from '../../remote/names.ts';
import { count, define, exit } from '../command.ts';
import { demandFeed, withLedger } from '../context.ts';

export const filesCommand = define<{ feed?: string; limit: number }>({
  configure: (command) =>
    command
      .option('-f, --feed <name>', 'only this feed')
      .option('-n, --limit <count>', 'how many', count, 20),
  run: ({ options, printer }) =>
    withLedger(options, async (ledger, config) => {
      if (options.feed) demandFeed(config, options.feed);
      const arrivals = await ledger.arrivals({
        limit: options.limit,
        ...(options.feed ? { feed: options.feed } : {}),
      });
      if (options.json) printer.json(arrivals);
      else if (arrivals.length === 0) printer.line('No file has arrived yet.');
      else {
        printer.table(
          [
            'arrival',
            'feed',
            'file',
            'state',
            'rows',
            'accepted',
            'rejected',
            'duplicate',
            'parked',
            'outcome',
          ],
          arrivals.map(({ id, feed, name, state, counts, problem, repeatOf, disposition }) => [
            id,
            feed,
            displayName(name),
            state,
            counts.rows,
            counts.accepted,
            counts.rejected,
            counts.duplicate,
            counts.parked,
            problem?.code ?? (repeatOf === null ? (disposition ?? '') : `repeats ${repeatOf}`),
          ]),
        );
      }
      return exit.done;
    }),
});
