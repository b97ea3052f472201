import type { Pause, PauseLedger } from './port.ts';
import type { Db, PausesTable, Tx } from './schema.ts';

export const pausesOf = (db: Db): PauseLedger => ({
  pauses: async (now) => {
    const found = await open(db).orderBy('id').execute();
    return found.map(toPause).filter(({ until }) => until === null || until > now);
  },

  pause: (pause, now) =>
    db.transaction().execute(async (trx) => {
      const { what, name, until, by, because } = pause;
      await end(trx, pause, pause, now);
      const made = await trx
        .insertInto('pauses')
        .values({ what, name, since: now, until, by, because })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { ...pause, id: made.id, since: now };
    }),

  endPause: (what, name, reason, now) =>
    db.transaction().execute(async (trx) => {
      const ended = await end(trx, { what, name }, reason, now);
      return ended === null || (ended.until !== null && ended.until <= now) ? null : ended;
    }),
});

const open = (db: Db) => db.selectFrom('pauses').selectAll().where('ended_at', 'is', null);

async function end(
  trx: Tx,
  { what, name }: Pick<Pause, 'what' | 'name'>,
  { by, because }: Pick<Pause, 'by' | 'because'>,
  now: number,
): Promise<Pause | null> {
  const ended = await trx
    .updateTable('pauses')
    .set({ ended_at: now, ended_by: by, ended_because: because })
    .where('what', '=', what)
    .where('name', '=', name)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return ended ? toPause(ended) : null;
}

const toPause = ({
  id,
  what,
  name,
  since,
  until,
  by,
  because,
}: Omit<PausesTable, 'id'> & { id: number }): Pause => ({ id, what, name, since, until, by, because });
