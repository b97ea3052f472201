import { type Adopted, adopt } from '../../app/adopt.ts';
import { define, exit } from '../command.ts';
import { deciding, readConfig } from '../context.ts';
import type { Printer } from '../print.ts';

export const adoptCommand = define<{ because: string }>({
  configure: (command) =>
    command.requiredOption('--because <text>', 'why, for example "moved to another machine"; kept on record'),
  async run({ args, options, printer }) {
    const partner = args[0] ?? '';
    const adopted = await adopt(await readConfig(options), partner, deciding(options));
    if (options.json) printer.json(adopted);
    else printAdopted(partner, adopted, printer);
    return exit.done;
  },
});

function printAdopted(
  partner: string,
  { folder, already, from, unfinished }: Adopted,
  printer: Printer,
): void {
  if (already) {
    printer.line(`${partner}: ${folder} is held by this installation already; nothing was done.`);
    return;
  }
  printer.line(`${partner}: ${folder} is held by this installation from now on.`);
  for (const whose of from) printer.line(`Taken from ${whose}.`);
  if (from.length === 0) printer.line('Nobody else was there.');
  for (const { id, name, state } of unfinished)
    printer.line(`Arrival ${id} (${name}) goes on from ${state}.`);
  if (from.length + unfinished.length === 0) return;
  printer.line(
    `
Before the next run: make sure that the other installation is stopped. What it sent to the target is not known here,
so compare what still lies in ${folder} and the arrivals above with /out and /processed.`,
  );
}
