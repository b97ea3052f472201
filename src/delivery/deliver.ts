import PQueue from 'p-queue';
import type { Claim, PendingRow } from '../ledger/port.ts';
import type { CompiledMapping } from '../mapping/types.ts';
import { type DeliveryPorts, deliverRow } from './row.ts';

const PAGE = 500;
/** Rows under way per call allowed in flight: enough to keep the target busy while some wait for their turn or the ledger. */
const ROWS_PER_CALL = 2;

/**
 * Brings every pending row of an arrival to an outcome. Rows of one order key go in file order, others side by side; a row behind a parked one of
 * the same key is parked too, because what it builds on is not known. Memory holds one page of rows, whatever the size of the file.
 * Throws when rows must wait; what was settled until then stays settled.
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
  const parked = new Set(await ports.ledger.parkedKeys(claim.id));
  let failure: unknown;

  const work = async (row: PendingRow): Promise<void> => {
    if (signal.aborted) return;
    try {
      if (parked.has(row.orderKey)) await parkBehind(claim, row, ports);
      else if ((await deliverRow(claim, row, actionOf(mapping, row), { ...ports, signal })) === 'parked')
        parked.add(row.orderKey);
      onRow();
    } catch (error) {
      failure ??= error;
      stop.abort(error);
    }
  };

  for (let after = 0; !signal.aborted; ) {
    const page = await ports.ledger.pendingRows(claim, after, PAGE);
    const last = page.at(-1);
    if (!last) break;
    after = last.line;
    for (const row of page) void queue.add(() => lanes.next(row.orderKey, () => work(row)));
    await queue.onSizeLessThan(PAGE / 2);
  }
  await queue.onIdle();
  if (failure !== undefined) throw failure;
  ports.signal.throwIfAborted();
}

/** A file may wait in the ledger while its mapping changes; an action that is gone must not be guessed. */
function actionOf(mapping: CompiledMapping, row: PendingRow) {
  const action = mapping.actions.get(row.action);
  if (!action)
    throw new Error(
      `the mapping ${mapping.name} has no action "${row.action}" any more, line ${row.line} needs it`,
    );
  return action;
}

async function parkBehind(claim: Claim, row: PendingRow, { ledger, clock }: DeliveryPorts): Promise<void> {
  const message = `an earlier line for ${row.orderKey} is parked; this one waits behind it`;
  await ledger.settleRow(
    claim,
    row.line,
    { state: 'parked', code: 'PARKED', message, cells: {} },
    clock.now(),
  );
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
