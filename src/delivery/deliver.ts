import PQueue from 'p-queue';
import { TidegateError } from '../base/errors.ts';
import type { Claim, PendingRow } from '../ledger/port.ts';
import type { CompiledAction, CompiledMapping } from '../mapping/types.ts';
import type { DeliveryPorts } from './outcome.ts';
import { deliverRow } from './row.ts';

const PAGE = 500;
/** Rows under way per call allowed in flight: enough to keep the target busy while some wait for their turn or the ledger. */
const ROWS_PER_CALL = 2;

/**
 * Brings every pending row of an arrival to an outcome. Rows of one order key go in file order, others side by side. A row behind a parked one of
 * the same key is rejected: what it builds on is not known, and nothing was sent for it. Memory holds one page of rows, whatever the size of the file.
 * Throws when rows must wait; what was settled until then stays settled, and nothing is under way any more.
 */
export async function deliverRows(
  claim: Claim,
  mapping: CompiledMapping,
  ports: DeliveryPorts,
  onRow: () => void,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([ports.signal, stop.signal]);
  const queue = new PQueue({ concurrency: ports.target.limits.concurrency * ROWS_PER_CALL });
  const lanes = createLanes();
  const parked = new Map((await ports.ledger.parkedKeys(claim.id)).map(({ key, line }) => [key, line]));

  const work = async (row: PendingRow): Promise<void> => {
    if (signal.aborted) return;
    try {
      const behindParked = row.line > (parked.get(row.orderKey) ?? Number.POSITIVE_INFINITY);
      const settled = await deliverRow(claim, row, actionOf(mapping, row), behindParked, {
        ...ports,
        signal,
      });
      if (settled === 'parked' && !behindParked) parked.set(row.orderKey, row.line);
      onRow();
    } catch (error) {
      stop.abort(error);
    }
  };

  try {
    for (let after = 0; !signal.aborted; ) {
      const page = await ports.ledger.pendingRows(claim, after, PAGE);
      const last = page.at(-1);
      if (!last) break;
      after = last.line;
      for (const row of page) void queue.add(() => lanes.next(row.orderKey, () => work(row)));
      await queue.onSizeLessThan(PAGE / 2);
    }
  } catch (error) {
    stop.abort(error);
  } finally {
    await queue.onIdle();
  }
  signal.throwIfAborted();
}

/** A file may wait in the ledger while its mapping changes; an action that is gone must not be guessed. */
function actionOf(mapping: CompiledMapping, row: PendingRow): CompiledAction {
  const action = mapping.actions.get(row.action);
  if (action) return action;
  throw new TidegateError('MAPPING_INVALID', `the mapping has no action "${row.action}" any more`, {
    subject: `${mapping.name}, line ${row.line}`,
    fix: 'Put the action back until this file is done.',
  });
}

/** Runs work of one key strictly one after the other, and forgets keys that are idle. */
function createLanes() {
  const tails = new Map<string, Promise<void>>();
  return {
    next(key: string, work: () => Promise<void>): Promise<void> {
      const tail = (tails.get(key) ?? Promise.resolve()).then(work);
      tails.set(key, tail);
      return tail.finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    },
  };
}
