import { userInfo } from 'node:os';
import { ledgerFile } from '../../app/app.ts';
import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { openLedger } from '../../ledger/sqlite.ts';
import { define, exit } from '../command.ts';
import { readConfig } from '../context.ts';

export const resolveCommand = define<{ accepted?: boolean; rejected?: boolean; because: string }>({
  signature: 'resolve <row>',
  summary: 'decide about a parked row, ARRIVAL:LINE, after asking at the target',
  configure: (command) =>
    command
      .option('--accepted', 'the call had its effect')
      .option('--rejected', 'it had none; the partner may send the row again')
      .requiredOption('--because <text>', 'how that is known; kept with the row'),
  async run({ args, options, printer }) {
    const { arrival: id, line } = parseRow(args[0] ?? '');
    const { accepted, rejected, because } = options;
    if (accepted === rejected) {
      throw new TidegateError('USAGE', 'the decision is missing', {
        expected: 'either --accepted or --rejected',
      });
    }
    const ledger = await openLedger({ file: ledgerFile(await readConfig(options)) });
    try {
      const arrival = await ledger.arrival(id);
      if (!arrival)
        throw new TidegateError('NOT_FOUND', `there is no arrival ${id}`, {
          fix: '`tidegate files` lists them.',
        });
      const state = accepted ? 'accepted' : 'rejected';
      await ledger.decideRow(arrival, line, { state, by: userInfo().username, because }, systemClock.now());
      const [row] = await ledger.answerRows(id, line - 1, 1);
      if (options.json) printer.json(row);
      else printer.line(`line ${line} of arrival ${id} is ${state}: ${row?.message ?? ''}`);
      return exit.done;
    } finally {
      await ledger.close();
    }
  },
});

function parseRow(text: string): { arrival: number; line: number } {
  const match = /^([1-9]\d*):([1-9]\d*)$/.exec(text);
  if (match) return { arrival: Number(match[1]), line: Number(match[2]) };
  throw new TidegateError('USAGE', `"${text}" names no row`, {
    expected: 'ARRIVAL:LINE, for example 12:345',
  });
}
