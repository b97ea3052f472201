import { checkAll } from '../../app/check.ts';
import { define, exit } from '../command.ts';
import { readConfig } from '../context.ts';

export const checkCommand = define({
  async run({ options, printer }) {
    const lines = [];
    for await (const line of checkAll(await readConfig(options))) {
      lines.push(line);
      if (options.json) continue;
      if (line.ok) printer.ok(`${line.what}: ${line.detail}`);
      else printer.failed(line.what, line.detail);
    }
    const failed = lines.filter(({ ok }) => !ok).length;
    if (options.json) printer.json(lines);
    else
      printer.line(failed === 0 ? '\nEverything is ready.' : `\n${failed} of ${lines.length} checks failed.`);
    return failed === 0 ? exit.done : exit.failed;
  },
});
