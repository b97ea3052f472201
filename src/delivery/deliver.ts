import PQueue from 'p-queue';
import { TidegateError } from '../base/errors.ts';
import type { CallState, Claim, PendingRow } from '../ledger/port.ts';
import type { CompiledAction, CompiledMapping } from '../mapping/types.ts';
import { type Member, sendCall } from './call.ts';
import { createGathering, type Gathering } from './gather.ts';
import { partOf } from './merge.ts';
import type { DeliveryPorts, Settled } from './outcome.ts';
import { deliverRow, readyRow, sendRow } from './row.ts';
import { type Place, Waiting } from './waiting.ts';

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

interface Shared {
  action: CompiledAction;
  members: readonly Member[];
}

/**
 * The file is gone through in passes. A row that may share a call waits for company until the call is full or the pass is over. A row whose key is still under
 * way in such a call, or in one that is queued, is passed over, and with it all later ones of the key; the next pass begins with the first of them.
 */
class Delivery {
  readonly #claim: Claim;
  readonly #mapping: CompiledMapping;
  readonly #ports: DeliveryPorts;
  readonly #onRow: () => void;
  readonly #stop = new AbortController();
  readonly #lanes = createLanes();
  readonly #gathering: Gathering<Member>;
  /** Rows, each alone or on its way to a shared call. */
  readonly #rows: PQueue;
  readonly #calls: PQueue;
  /** Keys of rows that wait in a call for company, or are under way in one. */
  readonly #sharing = new Set<string>();
  readonly #waiting: Waiting;
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
    this.#waiting = new Waiting(claim, this.#ports, {
      inTurn: (work) => this.#calls.add(() => this.#guard(work)),
      ended: (row, settled) => this.#end(row, settled),
    });
    this.#began = ports.clock.now();
  }

  async run(): Promise<void> {
    const { ledger, signal } = this.#ports;
    for (const { key, line } of await ledger.parkedKeys(this.#claim.id)) this.#parked.set(key, line);
    try {
      await this.#passes();
    } catch (error) {
      this.#stop.abort(error);
    } finally {
      await this.#idle();
    }
    signal.throwIfAborted();
  }

  async #passes(): Promise<void> {
    const { signal, target } = this.#ports;
    let losses = 0;
    for (let after = 0; !signal.aborted; after = this.#next) {
      const begun = await this.#pass(after);
      losses = this.#lost === null ? 0 : losses + 1;
      if (losses >= target.limits.retry.attempts) throw this.#lost;
      const done = this.#next === Number.POSITIVE_INFINITY;
      if (done && this.#waiting.isEmpty) return;
      if (begun === 0 && this.#waiting.isEmpty) throw new Error('rows wait, and nothing is under way');
      // While anything can be sent, that goes first.
      if (done || begun === 0) await this.#waiting.look();
      while (this.#waiting.isFull && !signal.aborted) await this.#waiting.look();
    }
  }

  /** Gives the number of rows that were begun. */
  async #pass(from: number): Promise<number> {
    const { ledger, signal } = this.#ports;
    this.#next = Number.POSITIVE_INFINITY;
    this.#lost = null;
    this.#held.clear();
    let begun = 0;
    for (let after = from; after < Number.POSITIVE_INFINITY && !signal.aborted; ) {
      const page = await ledger.pendingRows(this.#claim, after, PAGE);
      const last = page.at(-1);
      if (!last) break;
      after = last.line;
      for (const row of page) if (this.#begin(row)) begun++;
      await this.#rows.onSizeLessThan(PAGE / 2);
      await this.#calls.onSizeLessThan(1);
      if (this.#held.size < MOST_HELD && !this.#waiting.isFull) continue;
      this.#next = Math.min(this.#next, after);
      break;
    }
    await this.#rows.onIdle();
    for (const call of this.#gathering.takeAll()) this.#send(call);
    await this.#calls.onIdle();
    return begun;
  }

  #wait(call: CallState, action: CompiledAction, row: Place): void {
    this.#waiting.add(call, action, row);
    this.#sharing.add(row.orderKey);
  }

  #doubtEnded(row: PendingRow): PendingRow {
    const { inDoubt } = row;
    return inDoubt?.givenUpAt === null ? { ...row, inDoubt: { ...inDoubt, givenUpAt: this.#began } } : row;
  }

  /** Whether it is under way now. */
  #begin(row: PendingRow): boolean {
    const action = actionOf(this.#mapping, row);
    const waited = queuedCallOf(row);
    if (waited) {
      this.#wait(waited, action, row);
      return false;
    }
    const key = row.orderKey;
    const shares = action.queued || action.operation.batch !== undefined;
    const busy = this.#sharing.has(key) || (shares && this.#lanes.has(key));
    if (busy || this.#held.has(key)) {
      this.#passOver(row);
      return false;
    }
    if (shares) this.#sharing.add(key);
    const known = this.#doubtEnded(row);
    const work = shares ? () => this.#prepare(known, action) : () => this.#deliver(known, action);
    void this.#rows.add(() => this.#lanes.next(key, () => this.#guard(work)));
    return true;
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
    const part = batch ? partOf(batch, ready.request) : null;
    const member = { row, ...ready, part };
    if (!part) await this.#alone(action, member);
    else if (this.#gathering.hasLike(action, part)) this.#hold(row);
    else for (const call of this.#gathering.add(action, { ...member, part })) this.#send(call);
  }

  async #alone(action: CompiledAction, { row, request, lines }: Member): Promise<void> {
    if (action.queued) this.#send({ action, members: [{ row, request, lines, part: null }] });
    else this.#settled(row, await sendRow(this.#claim, row, action, { request, lines }, this.#ports));
  }

  #send({ action, members }: Shared): void {
    const send = async (): Promise<void> => {
      const { fates, queued, lost } = await sendCall(this.#claim, action, members, this.#ports);
      this.#lost ??= lost;
      for (const { call, rows } of queued) for (const row of rows) this.#wait(call, action, row);
      for (const { row, settled } of fates) this.#end(row, settled);
    };
    void this.#calls.add(() => this.#guard(send));
  }

  #end(row: Place, settled: Settled | null): void {
    if (settled) this.#settled(row, settled);
    else this.#hold(row);
  }

  #settled(row: Place, state: Settled): void {
    this.#sharing.delete(row.orderKey);
    if (state === 'parked' && !this.#isBehindParked(row)) this.#parked.set(row.orderKey, row.line);
    this.#onRow();
  }

  /** A row of a call that stays pending. */
  #hold(row: Place): void {
    this.#passOver(row);
    this.#sharing.delete(row.orderKey);
  }

  /** It is for the next pass, and all that comes after it with the same key. */
  #passOver(row: Place): void {
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

  #isBehindParked({ line, orderKey }: Place): boolean {
    return line > (this.#parked.get(orderKey) ?? Number.POSITIVE_INFINITY);
  }
}

/** A call that is under way at the other side; or may be, where the process ended before it was answered and its result will be told. */
function queuedCallOf({ inDoubt }: PendingRow): CallState | null {
  const call = inDoubt?.givenUpAt === null ? inDoubt.call : null;
  return call && (call.until !== null || call.code !== null) ? call : null;
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
