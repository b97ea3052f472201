/** Who keeps this ledger, and which inbound folders it holds. A copied ledger is another installation: the two know nothing of each other's effects. */
import { randomBytes } from 'node:crypto';
import type { HeldFolder, Ledger } from './port.ts';
import type { Db, FoldersTable } from './schema.ts';

const ONLY = 1;

/**
 * The id, made once. A new one when the ledger is not kept in the place where it was made (`null` where a store has no such place): then it is a copy, and
 * the original may be at work.
 */
export async function settleInstallation(db: Db, place: string | null): Promise<string> {
  return await db.transaction().execute(async (trx) => {
    const known = await trx.selectFrom('installation').selectAll().executeTakeFirst();
    if (known && known.place === place) return known.id;
    const id = newId();
    await trx
      .insertInto('installation')
      .values({ one: ONLY, id, place })
      .onConflict((conflict) => conflict.column('one').doUpdateSet({ id, place }))
      .execute();
    return id;
  });
}

/** For readers, who may not write: of a copy that no run has opened yet they only know that it is nobody they know. */
export async function readInstallation(db: Db, place: string | null): Promise<string> {
  const known = await db.selectFrom('installation').selectAll().executeTakeFirst();
  return known && known.place === place ? known.id : newId();
}

const newId = (): string => randomBytes(6).toString('hex');

export const foldersOf = (db: Db): Pick<Ledger, 'proveWritable' | 'heldFolders' | 'holdFolder'> => ({
  proveWritable: async () => {
    await db
      .updateTable('installation')
      .set((eb) => ({ one: eb.ref('one') }))
      .execute();
  },

  heldFolders: async () =>
    (await db.selectFrom('folders').selectAll().orderBy('partner').orderBy('folder').execute()).map(toHeld),

  holdFolder: (held, instead) =>
    db.transaction().execute(async (trx) => {
      const { partner, folder, marker, since, adoption } = held;
      const change = {
        marker,
        since,
        adopted_by: adoption?.by ?? null,
        adopted_because: adoption?.because ?? null,
      };
      const made =
        instead === null
          ? trx
              .insertInto('folders')
              .values({ partner, folder, ...change })
              .onConflict((conflict) => conflict.columns(['partner', 'folder']).doNothing())
              .returning('marker')
          : trx
              .updateTable('folders')
              .set(change)
              .where('partner', '=', partner)
              .where('folder', '=', folder)
              .where('marker', '=', instead)
              .returning('marker');
      return (await made.executeTakeFirst()) !== undefined;
    }),
});

const toHeld = ({
  partner,
  folder,
  marker,
  since,
  adopted_by,
  adopted_because,
}: FoldersTable): HeldFolder => ({
  ...{ partner, folder, marker, since },
  adoption: adopted_by === null ? null : { by: adopted_by, because: adopted_because ?? '' },
});
