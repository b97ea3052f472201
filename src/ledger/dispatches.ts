import { sql } from 'kysely';
import { fencedIn } from './leases.ts';
import { toFile } from './outbound.ts';
import type {
  Dispatch,
  DispatchFilter,
  DispatchLedger,
  DispatchRow,
  OutboundState,
  SentRow,
  SentRowState,
} from './port.ts';
import { bulkInsert } from './prepared.ts';
import type { Db, DispatchRowsTable } from './schema.ts';

/** While an outbound file is made. Afterwards what was noted of it stands. */
const inMaking: readonly OutboundState[] = ['planned', 'written'];

export const dispatchesOf = (db: Db): DispatchLedger => ({
  beginDispatch: (file, { agreement, stamp, split }) =>
    fencedIn(db, 'outbound_files', file, inMaking, async (trx) => {
      const begun = await trx
        .insertInto('dispatches')
        .values({
          ...{ outbound: file.id, agreement, stamp, split, noted: 0 },
          ...{ rows: 0, accepted: 0, rejected: 0, replies: 0 },
        })
        .onConflict((conflict) =>
          conflict
            .column('outbound')
            .doUpdateSet({ noted: 0, closed_at: null })
            .where('dispatches.replies', '=', 0),
        )
        .returning('outbound')
        .executeTakeFirst();
      if (!begun) return false;
      await trx.deleteFrom('dispatch_rows').where('outbound', '=', file.id).execute();
      return true;
    }),

  addSentRows: (file, rows) =>
    fencedIn(db, 'outbound_files', file, inMaking, (trx) =>
      insertRows(
        trx,
        rows.map((row) => rowRecord(file.id, row)),
      ),
    ),

  dispatchNoted: (file, now) =>
    fencedIn(db, 'outbound_files', file, inMaking, async (trx) => {
      const { rows } = await trx
        .selectFrom('dispatch_rows')
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .where('outbound', '=', file.id)
        .executeTakeFirstOrThrow();
      await trx
        .updateTable('dispatches')
        // Nobody could answer for a file without rows.
        .set({ noted: 1, rows: Number(rows), closed_at: Number(rows) === 0 ? now : null })
        .where('outbound', '=', file.id)
        .where('noted', '=', 0)
        .execute();
    }),

  dispatchTold: async (outbound, told) => {
    await db.updateTable('dispatches').set({ told }).where('outbound', '=', outbound).execute();
  },

  dispatch: async (outbound) => (await list(db, { limit: 1 }, outbound))[0] ?? null,
  dispatches: (filter) => list(db, filter),
  dispatchesNamed: async (agreement, stamp, split, limit) => {
    const found = await db
      .selectFrom('dispatches')
      .select('outbound')
      .where('agreement', '=', agreement)
      .where('noted', '=', 1)
      .$if(stamp !== null, (query) => query.where('stamp', '=', stamp ?? ''))
      .$if(split !== null, (query) => query.where('split', '=', split ?? ''))
      .orderBy('outbound', 'desc')
      .limit(limit)
      .execute();
    return found.map(({ outbound }) => outbound);
  },
  dispatchRows: (outbound, afterLine, limit, states) => rows(db, outbound, afterLine, limit, states),
});

const insertRows = bulkInsert('dispatch_rows', ['outbound', 'line', 'match', 'state', 'their_id', 'reason']);

const rowRecord = (outbound: number, { line, match }: SentRow) => [outbound, line, match, 'awaited', '', ''];

async function list(
  db: Db,
  { before, agreement, arrival, open = false, untold = false, limit }: DispatchFilter,
  outbound?: number,
): Promise<Dispatch[]> {
  const found = await db
    .selectFrom('dispatches')
    .innerJoin('outbound_files', 'outbound_files.id', 'dispatches.outbound')
    .selectAll('outbound_files')
    .select(['dispatches.outbound', 'agreement', 'stamp', 'split', 'accepted', 'rejected', 'replies'])
    .select(['dispatches.rows as sent', 'dispatches.closed_at', 'dispatches.told'])
    .where('noted', '=', 1)
    .where('outbound_files.state', '=', 'sent')
    .$if(outbound !== undefined, (query) => query.where('dispatches.outbound', '=', outbound ?? 0))
    .$if(agreement !== undefined, (query) => query.where('agreement', '=', agreement ?? ''))
    .$if(arrival !== undefined, (query) => query.where('outbound_files.arrival', '=', arrival ?? 0))
    .$if(before !== undefined, (query) => query.where('dispatches.outbound', '<', before ?? 0))
    // As the index has it.
    .$if(untold, (query) => query.where(sql<boolean>`(told is null or told <> 'closed')`))
    .$if(open, (query) => query.where('dispatches.closed_at', 'is', null))
    .orderBy('dispatches.outbound', 'desc')
    .limit(limit)
    .execute();
  return found.map((record) => {
    const { accepted, rejected, sent } = record;
    return {
      outbound: record.outbound,
      ...{ agreement: record.agreement, stamp: record.stamp, split: record.split },
      file: toFile(record),
      counts: { rows: sent, awaited: sent - accepted - rejected, accepted, rejected },
      replies: record.replies,
      ...{ closedAt: record.closed_at, told: record.told },
    };
  });
}

async function rows(
  db: Db,
  outbound: number,
  afterLine: number,
  limit: number,
  states: readonly SentRowState[] | undefined,
): Promise<DispatchRow[]> {
  const found = await db
    .selectFrom('dispatch_rows')
    .selectAll()
    .where('outbound', '=', outbound)
    .where('line', '>', afterLine)
    .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
    .orderBy('line')
    .limit(limit)
    .execute();
  return found.map(toRow);
}

const toRow = (record: DispatchRowsTable): DispatchRow => ({
  outbound: record.outbound,
  line: record.line,
  match: record.match,
  state: record.state,
  theirId: record.their_id,
  reason: record.reason,
  reply: record.reply,
  replyLine: record.reply_line,
});
