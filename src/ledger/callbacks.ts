import { raise } from './notices.ts';
import type { CallbackFate, CallbackLedger, CalledBack, KeptCallback, NewCallback, Notice } from './port.ts';
import type { Db, Tx } from './schema.ts';

export const callbacksOf = (db: Db): CallbackLedger => ({
  keepCallback: (callback, notice) => db.transaction().execute((trx) => keep(trx, callback, notice)),

  callbacks: async (arrival, line) =>
    await db
      .selectFrom('callbacks')
      .innerJoin('attempts', 'attempts.call', 'callbacks.call')
      .select([
        'callbacks.id',
        'target',
        'callbacks.code',
        'sha256',
        'body',
        'received_at as receivedAt',
        'fate',
      ])
      .where('attempts.arrival', '=', arrival)
      .where('attempts.line', '=', line)
      .orderBy('callbacks.id')
      .execute(),
});

async function keep(
  trx: Tx,
  callback: NewCallback,
  notice: (id: number, fate: CallbackFate, about: CalledBack | null) => Notice | null,
): Promise<KeptCallback> {
  const { target, code, sha256, body, at } = callback;
  const call = await lockCalled(trx, target, code);
  const fate = call ? await fateOf(trx, call) : 'unknown';
  const made = await trx
    .insertInto('callbacks')
    .values({ target, code, sha256, body, received_at: at, fate, call: call?.id ?? null })
    .onConflict((conflict) => conflict.columns(['target', 'code', 'sha256']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!made) return { fate: await fateOnRecord(trx, callback), repeated: true };
  const told = notice(made.id, fate, call && (await whereabouts(trx, call.id)));
  if (told) await raise(trx, told, at);
  return { fate, repeated: false };
}

async function fateOnRecord(trx: Tx, { target, code, sha256 }: NewCallback): Promise<CallbackFate> {
  const { fate } = await trx
    .selectFrom('callbacks')
    .select('fate')
    .where('target', '=', target)
    .where('code', '=', code)
    .where('sha256', '=', sha256)
    .executeTakeFirstOrThrow();
  return fate;
}

interface Called {
  id: number;
  closed_at: number | null;
}

/** Whoever gives the call up at this moment waits, or is waited for. */
async function lockCalled(trx: Tx, target: string, code: string): Promise<Called | null> {
  const call = await trx
    .updateTable('calls')
    .set((eb) => ({ code: eb.ref('code') }))
    .where('code', '=', code)
    .where('target', '=', target)
    .returning(['id', 'closed_at'])
    .executeTakeFirst();
  return call ?? null;
}

async function fateOf(trx: Tx, { id, closed_at }: Called): Promise<CallbackFate> {
  const first = await trx.selectFrom('callbacks').select('id').where('call', '=', id).executeTakeFirst();
  if (first) return 'other';
  return closed_at === null ? 'result' : 'late';
}

async function whereabouts(trx: Tx, call: number): Promise<CalledBack> {
  return await trx
    .selectFrom('attempts')
    .innerJoin('arrivals', 'arrivals.id', 'attempts.arrival')
    .select(['attempts.arrival', 'arrivals.partner', 'arrivals.feed', 'attempts.line'])
    .where('call', '=', call)
    .orderBy('attempts.id')
    .executeTakeFirstOrThrow();
}
