import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import type { Verdict } from '../../ledger/port.ts';
import { define, exit } from '../command.ts';
import { deciding, withLedgerToWrite } from '../context.ts';
import { reopened } from '../words.ts';

interface Options {
  accepted?: boolean;
  rejected?: boolean;
  resend?: boolean;
  because: string;
}

export const resolveCommand = define<Options>({
  configure: (command) =>
    command
      .option('--accepted', 'the call had its effect')
      .option('--rejected', 'it had none; the partner may send the row again')
      .option('--resend', 'send the call again, whatever became of the first one')
      .requiredOption('--because <text>', 'how that is known; kept with the row, and told to the partner'),
  async run({ args, options, printer }) {
    const { id, line } = parseRow(args[0] ?? '');
    const verdict: Verdict = { what: verdictOf(options), ...deciding(options) };
    return withLedgerToWrite(options, async (ledger) => {
      const arrival = await ledger.decide(id, line, verdict, systemClock.now());
      const [row] = await ledger.answerRows(id, line - 1, 1);
      if (options.json) printer.json({ arrival, row });
      else {
        const what = row?.state === 'pending' ? 'sent again' : row?.state;
        printer.line(`line ${line} of arrival ${id} is ${what}: ${verdict.by} decided: ${verdict.because}`);
        printer.line(reopened(arrival));
      }
      return exit.done;
    });
  },
});

function verdictOf(options: Options): Verdict['what'] {
  const given = (['accepted', 'rejected', 'resend'] as const).filter((what) => options[what]);
  const [what, ...more] = given;
  if (what && more.length === 0) return what;
  const problem = what ? 'more than one decision is given' : 'the decision is missing';
  throw new TidegateError('USAGE', problem, { expected: 'one of --accepted, --rejected and --resend' });
}

function parseRow(text: string): { id: number; line: number } {
  const match = /^([1-9]\d{0,14}):([1-9]\d{0,14})$/.exec(text);
  if (match) return { id: Number(match[1]), line: Number(match[2]) };
  throw new TidegateError('USAGE', `"${text}" names no row`, {
    expected: 'ARRIVAL:LINE, for example 12:345',
  });
}
