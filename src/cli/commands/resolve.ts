import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import type { LineRange, Verdict } from '../../ledger/port.ts';
import { define, exit } from '../command.ts';
import { deciding, withArrivalToDecide } from '../context.ts';
import { parseLines } from '../lines.ts';
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
      .option('--accepted', 'the calls had their effect')
      .option('--rejected', 'they had none; the partner may send the rows again')
      .option('--resend', 'send the calls again, whatever became of the first ones')
      .requiredOption('--because <text>', 'how that is known; kept with the rows, and told to the partner'),
  async run({ args, options, printer }) {
    const { id, named, lines } = parseRows(args[0] ?? '');
    const verdict: Verdict = { what: verdictOf(options), ...deciding(options) };
    return withArrivalToDecide(id, options, async (ledger) => {
      const arrival = await ledger.decide(id, lines, verdict, systemClock.now());
      if (options.json) {
        const { rows: most } = await ledger.countRound(id, arrival.round);
        const rows = await ledger.answerRows(id, 0, most, { round: arrival.round });
        printer.json({ arrival, rows: rows.filter(({ line }) => isIn(lines, line)) });
      } else {
        const what = verdict.what === 'resend' ? 'sent again' : verdict.what;
        const rows = /[,-]/.test(named)
          ? `lines ${named} of arrival ${id} are`
          : `line ${named} of arrival ${id} is`;
        printer.line(`${rows} ${what}: ${verdict.by} decided: ${verdict.because}`);
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

function parseRows(text: string): { id: number; named: string; lines: LineRange[] } {
  const [, id, named] = /^([1-9]\d{0,14}):(.+)$/.exec(text) ?? [];
  if (id && named) return { id: Number(id), named, lines: parseLines(named) };
  throw new TidegateError('USAGE', `"${text}" names no rows`, {
    expected: 'ARRIVAL:LINES, for example 12:345 or 12:3,7-9',
  });
}

const isIn = (lines: readonly LineRange[], line: number): boolean =>
  lines.some(({ from, to }) => from <= line && line <= to);
