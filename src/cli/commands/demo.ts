import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { type App, openApp } from '../../app/app.ts';
import { createLog } from '../../app/log.ts';
import type { Rehearsal } from '../../app/rehearsal.ts';
import { serve } from '../../app/service.ts';
import { shipped } from '../../app/shipped.ts';
import { systemClock } from '../../base/clock.ts';
import { loadConfig } from '../../config/load.ts';
import type { ExchangeEvent } from '../../exchange/types.ts';
import { openSftpFolder } from '../../remote/sftp.ts';
import { define, exit } from '../command.ts';
import { printSummary } from '../demo-summary.ts';
import { eventLine } from '../words.ts';

const DEADLINE_MS = 50_000;

export const demoCommand = define<{ folder: string }>({
  configure: (command) => command.option('--folder <folder>', 'where everything is left to look at', '.demo'),
  async run({ options, printer }) {
    printer.line('Starting a partner’s SFTP server, a Servify sandbox and a mail catcher on this machine.');
    // Only here and in `sandbox`: no other command should load servers at its start.
    const { startRehearsal } = await import('../../app/rehearsal.ts');
    const rehearsal = await startRehearsal({
      folder: options.folder,
      fresh: true,
      schedule: '*/2 * * * * *',
      stableFor: '300ms',
    });
    const config = await loadConfig(rehearsal.configFolder, {});
    const log = createLog(
      'info',
      pino.destination({ dest: join(options.folder, 'tidegate.log'), sync: true }),
    );
    const settled = createCounter();
    const app = await openApp(config, {
      log,
      onEvent(event) {
        const line = eventLine(event);
        if (line) printer.line(line);
        if (isEnd(event)) settled.add();
      },
    });
    const stop = new AbortController();
    const served = serve(app, stop.signal, log);
    try {
      const samples = (await readdir(shipped('samples'))).filter((name) => name.endsWith('.csv')).sort();
      const [first = ''] = samples;
      await drop(rehearsal, samples);
      await settled.reach(samples.length);
      printer.line(`\nThe partner sends ${first} once more, as partners do.`);
      await drop(rehearsal, [first]);
      await settled.reach(samples.length + 1);
      await mailed(app);
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

/** The partner's own client: a login with a password, files put into `/in`. */
async function drop({ sftp, partner }: Rehearsal, names: readonly string[]): Promise<void> {
  const client = openSftpFolder({
    host: sftp.host,
    port: sftp.port,
    username: partner.user,
    auth: { password: partner.password },
    hostKeys: [sftp.fingerprint],
  });
  try {
    for (const name of names) await client.put(join(shipped('samples'), name), `/in/${name}`);
  } finally {
    await client.close();
  }
}

/** The end of a file's way. */
const isEnd = (event: ExchangeEvent): boolean => event.kind === 'step' && event.arrival.state === 'settled';

function createCounter() {
  let count = 0;
  let wake = (): void => {};
  return {
    add(): void {
      count++;
      wake();
    },
    async reach(wanted: number): Promise<void> {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      while (count < wanted) {
        await new Promise<void>((resolve, reject) => {
          wake = resolve;
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      }
    },
  };
}

async function mailed({ ledger }: App): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  while ((await ledger.unsentNotices(1)).length > 0) await systemClock.sleep(100, signal);
}
