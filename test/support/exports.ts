/** An exchange with exports, on a day that a test chooses. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { ExportPlan, ExportRun } from '../../src/exchange/exports/types.ts';
import { type Exchange, type ExchangeOptions, startExchange, type Yaml } from './exchange.ts';

export interface MovedClock extends Clock {
  /** From now on it is this time, and goes on from there. */
  set(iso: string): void;
}

export function movedClock(iso: string): MovedClock {
  let ahead = 0;
  const clock: MovedClock = {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    steadySince: () => systemClock.steadySince() + ahead,
    set(time) {
      ahead = Date.parse(time) - systemClock.now();
    },
  };
  clock.set(iso);
  return clock;
}

/** Reads the contracts of the sandbox day by day, the details of each too. */
export const contractExport = (over: Yaml = {}): Yaml => ({
  ...{ partner: 'acme', dataType: 'Contracts', mapping: 'servify-contracts', target: 'servify' },
  ...{ timeZone: 'Asia/Kolkata', window: { start: '2024-06-10' } },
  ...over,
});

export async function startExports(
  exports: Readonly<Record<string, Yaml>>,
  { adjust, ...options }: ExchangeOptions = {},
): Promise<Exchange> {
  return startExchange({
    clockEverywhere: true,
    ...options,
    async adjust(config, rehearsal) {
      config.exports = exports;
      await adjust?.(config, rehearsal);
    },
  });
}

/** Contracts that were sold on a day, as if the system had them all along. */
export function sell({ rehearsal }: Exchange, ...contracts: readonly [id: string, day: string][]): void {
  for (const [ExternalReferenceID, DateOfPurchase] of contracts) {
    rehearsal.servify.perform('Contract/createContract', {
      ExternalReferenceID,
      DateOfPurchase,
      PlanCode: 'P1',
      BrandCode: 'Fruit',
    });
  }
}

export function planOf({ app }: Exchange, name?: string): ExportPlan {
  const plan = app.exports.plans.find((one) => name === undefined || one.name === name);
  if (!plan) throw new Error(`there is no export ${name}`);
  return plan;
}

export async function runExport(exchange: Exchange, name?: string): Promise<ExportRun> {
  const run = await exchange.app.exports.run(planOf(exchange, name));
  await exchange.app.tell();
  return run;
}

/** A file of the exchange's own copy of the mappings. */
export async function changeMapping(
  folder: string,
  name: string,
  change: (text: string) => string,
): Promise<void> {
  const file = join(folder, 'mappings', name);
  await writeFile(file, change(await readFile(file, 'utf8')));
}
