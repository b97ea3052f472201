import type { ServerLedger } from './port.ts';
import type { Db } from './schema.ts';

export const serversOf = (db: Db): ServerLedger => ({
  knownServer: async (partner) => {
    const found = await db
      .selectFrom('servers')
      .selectAll()
      .where('partner', '=', partner)
      .executeTakeFirst();
    return found
      ? { identity: found.identity, probedAt: found.probed_at, traits: JSON.parse(found.traits) }
      : null;
  },
  rememberServer: async (partner, { identity, probedAt, traits }) => {
    const known = { identity, probed_at: probedAt, traits: JSON.stringify(traits) };
    await db
      .insertInto('servers')
      .values({ partner, ...known })
      .onConflict((conflict) => conflict.column('partner').doUpdateSet(known))
      .execute();
  },
});
