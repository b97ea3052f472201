import type { LookLedger } from './port.ts';
import type { Db } from './schema.ts';

export const looksOf = (db: Db): LookLedger => ({
  looks: async (partner, feed) => {
    const found = await db
      .selectFrom('looks')
      .select(['first', 'last'])
      .where('partner', '=', partner)
      .where('feed', '=', feed)
      .executeTakeFirst();
    return found ?? null;
  },

  looked: async (partner, feed, at) => {
    await db
      .insertInto('looks')
      .values({ partner, feed, first: at, last: at })
      .onConflict((conflict) => conflict.columns(['partner', 'feed']).doUpdateSet({ last: at }))
      .execute();
  },

  comings: async (partner, feed, since) => {
    const found = await db
      .selectFrom('arrivals')
      .select(['id', 'name', 'absent_at', 'claimed_at', 'problem'])
      .where('partner', '=', partner)
      .where('feed', '=', feed)
      .where('claimed_at', '>=', since)
      .where('state', '!=', 'withdrawn')
      .where('repeat_of', 'is', null)
      .orderBy('id')
      .execute();
    return found.map(({ id, name, absent_at, claimed_at, problem }) => ({
      ...{ arrival: id, name, absentAt: absent_at, seenAt: claimed_at, refused: problem !== null },
    }));
  },
});
