import { ledgerFile } from '../app/app.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import type { Ledger } from '../ledger/port.ts';
import { openLedger } from '../ledger/sqlite.ts';
import type { GlobalOptions } from './command.ts';

export const readConfig = (options: GlobalOptions): Promise<Config> =>
  loadConfig(options.config, process.env);

/** For commands that only look; they work while a run is going on. */
export async function withLedger<T>(
  options: GlobalOptions,
  use: (ledger: Ledger, config: Config) => Promise<T>,
): Promise<T> {
  const config = await readConfig(options);
  const ledger = await openLedger({ file: ledgerFile(config), readOnly: true });
  try {
    return await use(ledger, config);
  } finally {
    await ledger.close();
  }
}

/** Aborts at the first SIGTERM or SIGINT; a second one ends the process at once, as a kill would. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}
