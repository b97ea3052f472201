import { join } from 'node:path';
import { pino } from 'pino';
import { openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { serve } from '../../app/service.ts';
import { loadConfig } from '../../config/load.ts';
import { define, exit } from '../command.ts';
import { watchEvents } from '../demo-events.ts';
import { tell } from '../demo-story.ts';
import { printSummary } from '../demo-summary.ts';
import { eventLine } from '../words.ts';

const DEADLINE_MS = 50_000;

export const demoCommand = define<{ folder: string }>({
  configure: (command) => command.option('--folder <folder>', 'where everything is left to look at', '.demo'),
  async run({ options, printer }) {
    printer.line(
      'Starting the SFTP server of two partners, a Servify sandbox and a mail catcher on this machine.',
    );
    // Only here and in `sandbox`: no other command should load servers at its start.
    const { startRehearsal } = await import('../../app/rehearsal.ts');
    const rehearsal = await startRehearsal({
      ...{ folder: options.folder, fresh: true, bothWays: true },
      schedule: '* * * * * *',
      stableFor: '300ms',
    });
    const config = await loadConfig(rehearsal.configFolder, {});
    const log = createLog(
      'info',
      pino.destination({ dest: join(options.folder, 'tidegate.log'), sync: true }),
    );
    const watch = watchEvents(DEADLINE_MS);
    const app = await openApp(config, {
      log,
      onEvent(event) {
        const line = eventLine(event);
        if (line) printer.line(line);
        watch.see(event);
      },
    });
    const stop = new AbortController();
    const served = serve(app, stop.signal, log);
    try {
      await tell(app, rehearsal, watch, printer);
    } finally {
      stop.abort();
      await served;
      await printSummary(app, rehearsal, options.folder, printer);
      await app.close();
      await rehearsal.close();
    }
    return exit.done;
  },
});
