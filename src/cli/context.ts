import { userInfo } from 'node:os';
import { ledgerFile } from '../app/places.ts';
import { boundary } from '../base/boundary.ts';
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import type { Arrival, Ledger, Reason } from '../ledger/port.ts';
import { openLedger } from '../ledger/sqlite.ts';
import type { GlobalOptions } from './command.ts';

export const readConfig = (options: GlobalOptions): Promise<Config> =>
  loadConfig(options.config, process.env);

/** For commands that ask nobody but the ledger: whoever uses them need not be able to read any secret. */
const readSealed = (options: GlobalOptions): Promise<Config> =>
  loadConfig(options.config, process.env, 'sealed');

/** For commands that only look; they work while a run is going on. */
export async function withLedger<T>(
  options: GlobalOptions,
  use: (ledger: Ledger, config: Config) => Promise<T>,
): Promise<T> {
  const config = await readSealed(options);
  return using(await openLedger({ file: ledgerFile(config), readOnly: true }), (ledger) =>
    use(ledger, config),
  );
}

/**
 * For commands that decide something about an arrival. They only write it down, and need neither the partner nor the target: whoever works on the feed goes on with it.
 * Where nobody does, the decision would never be carried out, and files of other feeds could wait for it.
 */
export async function withArrivalToDecide<T>(
  id: number,
  options: GlobalOptions,
  use: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  return withLedgerToWrite(options, async (ledger, config) => {
    const arrival = await ledger.arrival(id);
    if (arrival) demandPolled(arrival, config);
    return use(ledger);
  });
}

function demandPolled({ id, feed, partner }: Arrival, { feeds }: Config): void {
  const found = feeds[feed];
  if (found?.enabled && found.partner === partner) return;
  const isDisabled = found?.partner === partner;
  throw new TidegateError(
    'USAGE',
    `the feed ${feed} of ${partner} is ${isDisabled ? 'disabled' : 'not in the configuration'}, so nobody would carry the decision out`,
    {
      subject: `arrival ${id}`,
      expected: 'an arrival of a feed that is polled',
      fix: isDisabled
        ? `Set enabled: true for ${feed}, decide, and let it poll until the arrival is settled.`
        : `Put the feed ${feed} back into the configuration, decide, and let it poll until the arrival is settled.`,
    },
  );
}

/** For commands that leave a word for whoever works. */
export async function withLedgerToWrite<T>(
  options: GlobalOptions,
  use: (ledger: Ledger, config: Config) => Promise<T>,
): Promise<T> {
  const config = await readSealed(options);
  const opened = await openLedger({ file: ledgerFile(config) });
  return using(boundary('ledger', opened), (ledger) => use(ledger, config));
}

async function using<T>(ledger: Ledger, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

export function demandFeed(config: Config, feed: string): void {
  if (config.feeds[feed]) return;
  const close = nearest(feed, Object.keys(config.feeds));
  throw new TidegateError('NOT_FOUND', `there is no feed ${feed}`, {
    fix: close
      ? `Did you mean ${close}?`
      : `The feeds are: ${Object.keys(config.feeds).join(', ') || 'none yet'}.`,
  });
}

/** Who decides is who is logged in. */
export function deciding({ because }: { because: string }): Reason {
  if (because.trim() !== '') return { by: userInfo().username, because };
  throw new TidegateError('USAGE', 'the reason is empty', {
    expected: '--because with a few words, for whoever asks later',
  });
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
