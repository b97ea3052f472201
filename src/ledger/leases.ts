/**
 * How one owner at a time works on something: it has a lease, and a token that is raised with every new owner, so that an earlier one can write no more. The same for arrivals,
 * archives and outbound files.
 */
import { sql } from 'kysely';
import { TidegateError } from '../base/errors.ts';
import type { Claim, Owner } from './port.ts';
import type { Db, Tx } from './schema.ts';

/** What is leased, in words, by table. */
const words = { archives: 'archive', outbound_files: 'outbound file', replies: 'reply' } as const;

type LeasedTable = keyof typeof words;

interface Lease {
  owner: string;
  lease_until: number;
}

/** In lease lengths: one that is to end later was written before the clock was set back, and would hold all up for as long as that. */
const FARTHEST_LEASE_END = 2;

export const leaseOf = (owner: Owner, now: number): Lease => ({
  owner: owner.id,
  lease_until: now + owner.leaseMs,
});

/** Whether another living owner has it. */
export function isElsewhere({ owner: holder, lease_until }: Lease, owner: Owner, now: number): boolean {
  const lasts = lease_until > now && lease_until <= now + FARTHEST_LEASE_END * owner.leaseMs;
  return lasts && holder !== owner.id && !owner.isGone(holder);
}

/** `ARRIVAL_WAITS` while another living owner has it. */
export async function takeOver(
  trx: Tx,
  table: LeasedTable,
  found: Lease & Claim,
  owner: Owner,
  now: number,
): Promise<void> {
  if (isElsewhere(found, owner, now)) throw held(table, found.id);
  const taken = await sql`
    update ${sql.table(table)} set token = token + 1, owner = ${owner.id}, lease_until = ${now + owner.leaseMs}
    where id = ${found.id} and token = ${found.token} returning id`.execute(trx);
  // Somebody else was quicker, on a database where transactions run side by side.
  if (taken.rows.length === 0) throw held(table, found.id);
}

/** One fenced transaction: `work` runs only while the claim is the newest and what it holds is in one of `states`. */
export async function fencedIn<S extends string, T>(
  db: Db,
  table: LeasedTable,
  { id, token }: Claim,
  states: readonly S[],
  work: (trx: Tx) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async (trx) => {
    // It changes nothing, and locks what is claimed until the end of the transaction in every SQL database.
    const { rows } = await sql<{ state: S }>`
      update ${sql.table(table)} set token = token where id = ${id} and token = ${token} returning state`.execute(
      trx,
    );
    const [claimed] = rows;
    if (!claimed) throw stale(words[table], id);
    if (!states.includes(claimed.state)) throw wrongState(words[table], id, claimed.state, states);
    return await work(trx);
  });
}

export const stale = (what: string, which: number | string): TidegateError =>
  new TidegateError('LEDGER_STALE', `another owner has taken over this ${what}`, {
    subject: `${what} ${which}`,
    fix: 'Nothing to do here: the other owner goes on where this one stopped.',
  });

export const wrongState = (
  what: string,
  id: number,
  state: string,
  wanted: readonly string[],
): TidegateError =>
  new TidegateError('LEDGER_FAILED', `the ${what} is ${state}`, {
    subject: `${what} ${id}`,
    expected: wanted.join(' or '),
    fix: `Read the ${what} again and go on from the state it is in.`,
  });

const held = (table: LeasedTable, id: number): TidegateError =>
  new TidegateError('ARRIVAL_WAITS', `another process works on this ${words[table]}`, {
    subject: `${words[table]} ${id}`,
    fix: 'Nothing to do here: the next run goes on with what is left.',
    retry: 'later',
  });
