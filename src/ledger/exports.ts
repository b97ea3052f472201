import { sql } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import { stale } from './leases.ts';
import type { CoveredWindow, ExportLedger, SettledRound, TimeWindow } from './port.ts';
import type { Db, Tx } from './schema.ts';

export const exportsOf = (db: Db): ExportLedger => ({
  coveredTo: (name) => coveredTo(db, name),

  coveredWindows: (name, limit) =>
    db
      .selectFrom('export_windows')
      .select(['window_from as from', 'window_to as to', 'outcome', 'file', 'at'])
      .where('export', '=', name)
      .orderBy('window_from', 'desc')
      .limit(limit)
      .execute(),

  skipWindow: (name, window, now) =>
    db.transaction().execute(async (trx) => {
      const before = await coveredTo(trx, name);
      // Another process was quicker.
      if (before !== null && before > window.from) throw stale('export', name);
      await cover(trx, name, window, { outcome: 'skipped', file: null }, now);
    }),

  settledRounds: (of, window, after, limit) => settledRounds(db, of, window, after, limit),
});

/** Every round ends by being settled, once. */
async function settledRounds(
  db: Db,
  { partner, feed }: { partner: string; feed: string },
  { from, to }: TimeWindow,
  after: number,
  limit: number,
): Promise<SettledRound[]> {
  const found = await db
    .selectFrom('steps')
    // The few rounds of the window come first, and not all arrivals of the feed.
    .crossJoin('arrivals')
    .whereRef('arrivals.id', '=', 'steps.arrival')
    .select(['steps.id', 'steps.arrival', 'steps.at', 'arrivals.name', 'arrivals.columns'])
    .select((eb) =>
      eb
        .selectFrom('steps as earlier')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('earlier.arrival', '=', 'steps.arrival')
        .where('earlier.state', '=', 'settled')
        .whereRef('earlier.id', '<', 'steps.id')
        .as('round'),
    )
    .where('steps.state', '=', sql.lit('settled'))
    .where('steps.at', '>=', from)
    .where('steps.at', '<', to)
    .where('steps.id', '>', after)
    .where('arrivals.partner', '=', partner)
    .where('arrivals.feed', '=', feed)
    .orderBy('steps.id')
    .limit(limit)
    .execute();
  return found.map(({ round, columns, ...one }) => ({
    ...one,
    round: Number(round),
    columns: JSON.parse(columns) as string[],
  }));
}

async function coveredTo(db: Db, name: string): Promise<number | null> {
  const last = await db
    .selectFrom('export_windows')
    .select('window_to')
    .where('export', '=', name)
    .orderBy('window_from', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.window_to ?? null;
}

/** Its place behind the last one is asked for here, and no two can begin at one time: so no gap, no overlap. */
export async function cover(
  trx: Tx,
  name: string,
  { from, to }: TimeWindow,
  { outcome, file }: Pick<CoveredWindow, 'outcome' | 'file'>,
  now: number,
): Promise<void> {
  const before = await coveredTo(trx, name);
  if (to <= from || (before !== null && before !== from)) throw outOfPlace(name, from, before);
  const made = await trx
    .insertInto('export_windows')
    .values({ export: name, window_from: from, window_to: to, outcome, file, at: now })
    .onConflict((conflict) => conflict.columns(['export', 'window_from']).doNothing())
    .returning('window_to')
    .executeTakeFirst();
  if (!made) throw outOfPlace(name, from, before);
}

const outOfPlace = (name: string, from: number, before: number | null): TidegateError =>
  new TidegateError('LEDGER_FAILED', `the window from ${iso(from)} is not the next one`, {
    subject: `export ${name}`,
    expected: before === null ? 'a window that ends after it begins' : `a window from ${iso(before)}`,
    fix: 'Nothing to do here: the next run goes on from what is covered.',
  });

const iso = (at: number): string => new Date(at).toISOString();
