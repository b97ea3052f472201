import { plural } from '../../alerts/layout.ts';
import { sendTestMessages } from '../../app/alerts-test.ts';
import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { define, exit } from '../command.ts';
import { readConfig } from '../context.ts';

export const alertsCommand = define<{ channel?: string }>({
  configure: (command) => command.option('--channel <name>', 'only this channel'),
  async run({ args, options, printer }) {
    const [action = ''] = args;
    if (action !== 'test') {
      throw new TidegateError('USAGE', `alerts cannot "${action}"`, {
        expected: 'alerts test',
        fix: '`tidegate incidents` lists what is wrong.',
      });
    }
    const lines = [];
    const config = await readConfig(options);
    for await (const line of sendTestMessages(config, options.channel ?? null, systemClock.now())) {
      lines.push(line);
      if (options.json) continue;
      const what = line.recipient === null ? line.channel : `${line.channel}: ${line.recipient}`;
      if (line.ok) printer.ok(`${what}: ${line.detail}`);
      else printer.failed(what, line.detail);
    }
    const failed = lines.filter(({ ok }) => !ok).length;
    if (options.json) printer.json(lines);
    else
      printer.line(
        failed === 0
          ? '\nEvery server took its test message. Look whether they have come.'
          : `\n${failed} of ${plural(lines.length, 'recipient')} ${failed === 1 ? 'was' : 'were'} not reached.`,
      );
    return failed === 0 ? exit.done : exit.failed;
  },
});
