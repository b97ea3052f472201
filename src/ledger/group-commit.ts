/**
 * Group commit: the writes asked for in one moment share one transaction, because a commit costs a disk flush and a row must not. A write that
 * fails takes nothing with it: the transaction is rolled back and each write is tried again in one of its own.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hold } from './fence.ts';
import type { Claim } from './port.ts';
import type { ArrivalRecord, Db, Tx } from './schema.ts';

/** Bounds how long one transaction keeps the event loop and other processes waiting. */
const maxTogether = 256;
/** Turns of the event loop for which a commit waits for company: with 32 calls in flight three halve the number of flushes, more bring nothing. */
const turnsToGather = 3;

/** A write to an arrival; runs again from the start when the first try was rolled back because of a neighbour. */
type Work<T> = (trx: Tx) => Promise<T>;

interface Job {
  claim: Claim;
  /** Gives what is to be called once the commit holds. */
  run(trx: Tx): Promise<() => void>;
  fail(error: unknown): void;
}

export interface GroupCommit {
  /** Resolves when the write is durable. Fenced: `LEDGER_STALE` when the claim is not the newest. */
  add<T>(claim: Claim, work: Work<T>): Promise<T>;
  /** Resolves when nothing is waiting. */
  drained(): Promise<void>;
}

/** `check` sees each arrival of a transaction once, and throws to refuse writing to it. */
export function groupCommit(db: Db, check: (arrival: ArrivalRecord) => void): GroupCommit {
  const waiting: Job[] = [];
  let working: Promise<void> | null = null;

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      for (let turn = 0; turn < turnsToGather; turn++) await nextTurn();
      await commit(db, check, waiting.splice(0, maxTogether));
    }
    working = null;
  };

  return {
    add: <T>(claim: Claim, run: Work<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({
          claim,
          run: async (trx) => {
            const value = await run(trx);
            return () => resolve(value);
          },
          fail: reject,
        });
        working ??= work();
      }),
    drained: async () => {
      while (working !== null) await working;
    },
  };
}

async function commit(db: Db, check: (arrival: ArrivalRecord) => void, jobs: readonly Job[]): Promise<void> {
  try {
    const done = await db.transaction().execute(async (trx) => {
      const held = new Set<string>();
      const resolvers: (() => void)[] = [];
      for (const job of jobs) {
        const key = `${job.claim.id}/${job.claim.token}`;
        if (!held.has(key)) check(await hold(trx, job.claim));
        held.add(key);
        resolvers.push(await job.run(trx));
      }
      return resolvers;
    });
    for (const resolve of done) resolve();
  } catch (error) {
    const [only] = jobs;
    if (only && jobs.length === 1) return only.fail(error);
    for (const job of jobs) await commit(db, check, [job]);
  }
}
