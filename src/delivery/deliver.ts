import PQueue from 'p-queue';
import { TidegateError } from '../base/errors.ts';
import type { Claim, PendingRow } from '../ledger/port.ts';
import type { CompiledAction, CompiledMapping } from '../mapping/types.ts';
import { type Member, sendBatch } from './batch.ts';
import { createGathering, type Gathered } from './gather.ts';
import { partOf } from './merge.ts';
import type { DeliveryPorts, Settled } from './outcome.ts';
import { deliverRow, readyRow, sendRow } from './row.ts';

const PAGE = 500;
/** Rows under way per call allowed in flight: enough to keep the target busy while some wait for their turn or the ledger. */
const ROWS_PER_CALL = 2;
/** Order keys that are kept in mind because a row of theirs waits for the next pass; then that begins. */
const MOST_HELD = 10_000;

/**
 * Brings every pending row of an arrival to an outcome. Rows of one order key go in file order, others side by side. A row behind a parked one of
 * the same key is rejected: what it builds on is not known, and nothing was sent for it. Memory holds a page of rows and those of the calls under way,
 * whatever the size of the file.
 * Throws when rows must wait; what was settled until then stays settled, and nothing is under way any more.
 */
export async function deliverRows(
  claim: Claim,
  mapping: CompiledMapping,
  ports: DeliveryPorts,
  onRow: () => void,
): Promise<void> {
  const delivery = new Delivery(claim, mapping, ports, onRow);
  await delivery.run();
}

/**
 * The file is gone through in passes. A row that may share a call waits for company until the call is full or the pass is over. A row whose key is still under
 * way in such a call is passed over, and with it all later ones of the key; the next pass begins with the first of them.
 */
class Delivery {
  readonly #claim: Claim;
  readonly #mapping: CompiledMapping;
  readonly #ports: DeliveryPorts;
  readonly #onRow: () => void;
  readonly #stop = new AbortController();
  readonly #lanes = createLanes();
  readonly #gathering: ReturnType<typeof createGathering<Member>>;
  /** Rows, each alone or on its way to a shared call. */
  readonly #rows: PQueue;
  readonly #calls: PQueue;
  /** Of rows that wait in a call for company, or are under way in one. */
  readonly #sharing = new Set<string>();
  readonly #held = new Set<string>();
  readonly #parked = new Map<string, number>();
  /** A process that ended did not say when it gave its calls up. */
  readonly #began: number;
  #next = Number.POSITIVE_INFINITY;
  /** Why calls lost their answers in this pass. */
  #lost: unknown = null;

  constructor(claim: Claim, mapping: CompiledMapping, ports: DeliveryPorts, onRow: () => void) {
    const { concurrency, batch } = ports.target.limits;
    this.#claim = claim;
    this.#mapping = mapping;
    this.#ports = { ...ports, signal: AbortSignal.any([ports.signal, this.#stop.signal]) };
    this.#onRow = onRow;
    this.#gathering = createGathering<Member>(batch);
    this.#rows = new PQueue({ concurrency: concurrency * ROWS_PER_CALL });
    this.#calls = new PQueue({ concurrency });
    this.#began = ports.clock.now();
  }

  async run(): Promise<void> {
    const { ledger, signal, target } = this.#ports;
    for (const { key, line } of await ledger.parkedKeys(this.#claim.id)) this.#parked.set(key, line);
    try {
      let losses = 0;
      for (let after = 0; after < Number.POSITIVE_INFINITY && !signal.aborted; after = this.#next) {
        await this.#pass(after);
        losses = this.#lost === null ? 0 : losses + 1;
        if (losses >= target.limits.retry.attempts) throw this.#lost;
      }
    } catch (error) {
      this.#stop.abort(error);
    } finally {
      await this.#idle();
    }
    signal.throwIfAborted();
  }

  async #pass(from: number): Promise<void> {
    const { ledger, signal } = this.#ports;
    this.#next = Number.POSITIVE_INFINITY;
    this.#lost = null;
    this.#held.clear();
    for (let after = from; !signal.aborted && this.#held.size < MOST_HELD; ) {
      const page = await ledger.pendingRows(this.#claim, after, PAGE);
      const last = page.at(-1);
      if (!last) break;
      after = last.line;
      for (const row of page) this.#begin(this.#doubtEnded(row));
      await this.#rows.onSizeLessThan(PAGE / 2);
      await this.#calls.onSizeLessThan(1);
    }
    await this.#rows.onIdle();
    for (const call of this.#gathering.takeAll()) this.#send(call);
    await this.#calls.onIdle();
  }

  #doubtEnded(row: PendingRow): PendingRow {
    const { inDoubt } = row;
    return inDoubt?.givenUpAt === null ? { ...row, inDoubt: { ...inDoubt, givenUpAt: this.#began } } : row;
  }

  #begin(row: PendingRow): void {
    const action = actionOf(this.#mapping, row);
    const key = row.orderKey;
    const shares = action.operation.batch !== undefined;
    const busy = this.#sharing.has(key) || (shares && this.#lanes.has(key));
    if (busy || this.#held.has(key)) {
      this.#passOver(row);
      return;
    }
    if (shares) this.#sharing.add(key);
    const work = shares ? () => this.#prepare(row, action) : () => this.#deliver(row, action);
    void this.#rows.add(() => this.#lanes.next(key, () => this.#guard(work)));
  }

  async #deliver(row: PendingRow, action: CompiledAction): Promise<void> {
    const settled = await deliverRow(this.#claim, row, action, this.#isBehindParked(row), this.#ports);
    this.#settled(row, settled);
  }

  async #prepare(row: PendingRow, action: CompiledAction): Promise<void> {
    // What may simply be sent again waits for its quiet period together with the others of its call.
    const again = action.operation.repeat.mode === 'safe';
    const asNew = again ? { ...row, inDoubt: null } : row;
    const ready = await readyRow(this.#claim, asNew, action, this.#isBehindParked(row), this.#ports);
    if (typeof ready === 'string') {
      this.#settled(row, ready);
      return;
    }
    const { batch } = action.operation;
    const part = batch && partOf(batch, ready.request);
    if (!part) {
      this.#settled(row, await sendRow(this.#claim, row, action, ready.request, this.#ports));
      return;
    }
    if (this.#gathering.hasLike(action, part)) {
      this.#hold(row);
      return;
    }
    for (const call of this.#gathering.add(action, { row, request: ready.request, part })) this.#send(call);
  }

  #send({ action, members }: Gathered<Member>): void {
    const send = async (): Promise<void> => {
      const { fates, lost } = await sendBatch(this.#claim, action, members, this.#ports);
      this.#lost ??= lost;
      for (const { row, settled } of fates) {
        if (settled) this.#settled(row, settled);
        else this.#hold(row);
      }
    };
    void this.#calls.add(() => this.#guard(send));
  }

  #settled(row: PendingRow, state: Settled): void {
    this.#sharing.delete(row.orderKey);
    if (state === 'parked' && !this.#isBehindParked(row)) this.#parked.set(row.orderKey, row.line);
    this.#onRow();
  }

  /** A row of a call that stays pending. */
  #hold(row: PendingRow): void {
    this.#passOver(row);
    this.#sharing.delete(row.orderKey);
  }

  /** It is for the next pass, and all that comes after it with the same key. */
  #passOver(row: PendingRow): void {
    this.#held.add(row.orderKey);
    this.#next = Math.min(this.#next, row.line - 1);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    if (this.#ports.signal.aborted) return;
    try {
      await work();
    } catch (error) {
      this.#stop.abort(error);
    }
  }

  async #idle(): Promise<void> {
    await this.#rows.onIdle();
    await this.#calls.onIdle();
  }

  #isBehindParked({ line, orderKey }: PendingRow): boolean {
    return line > (this.#parked.get(orderKey) ?? Number.POSITIVE_INFINITY);
  }
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
    has: (key: string): boolean => tails.has(key),
    next(key: string, work: () => Promise<void>): Promise<void> {
      const tail = (tails.get(key) ?? Promise.resolve()).then(work);
      tails.set(key, tail);
      return tail.finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    },
  };
}
