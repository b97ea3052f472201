import { openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import { serve } from '../../app/service.ts';
import { define, exit } from '../command.ts';
import { readConfig, stopSignal } from '../context.ts';

export const runCommand = define({
  async run({ options }) {
    const config = await readConfig(options);
    const log = createLog(config.log.level);
    const app = await openApp(config, { log });
    try {
      const feeds = app.feeds.length;
      log.write({ level: 'info', fields: { feeds, pid: process.pid }, text: 'started' });
      await serve(app, stopSignal(), log);
    } finally {
      await app.close();
    }
    log.write({ level: 'info', fields: {}, text: 'stopped' });
    return exit.done;
  },
});
