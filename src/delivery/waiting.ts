/** The calls of a delivery that are under way at the other side, until their results are there. */
import { TidegateError } from '../base/errors.ts';
import type { CallState, Claim, PendingRow } from '../ledger/port.ts';
import type { CompiledAction } from '../mapping/types.ts';
import type { DeliveryPorts, Settled } from './outcome.ts';
import { notedAsQueued, type Queued, resultOf } from './queued.ts';

/** Rows whose calls are queued at the same time; then their results are waited for. */
const MOST_QUEUED = 10_000;

export type Place = Pick<PendingRow, 'line' | 'orderKey'>;

interface Hooks {
  /** Runs it when its turn comes, and deals with what it throws. */
  inTurn(work: () => Promise<void>): Promise<unknown>;
  /** `null` for a row that is still pending: it is looked up, or goes again. */
  ended(row: Place, settled: Settled | null): void;
}

interface Waited extends Queued {
  byLine: Map<number, Place>;
}

export class Waiting {
  readonly #claim: Claim;
  readonly #ports: DeliveryPorts;
  readonly #hooks: Hooks;
  /** By the id of the call. */
  readonly #calls = new Map<number, Waited>();
  #rows = 0;

  constructor(claim: Claim, ports: DeliveryPorts, hooks: Hooks) {
    this.#claim = claim;
    this.#ports = ports;
    this.#hooks = hooks;
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** Nothing more is to be queued before some of it has ended. */
  get isFull(): boolean {
    return this.#rows >= MOST_QUEUED;
  }

  /** A row that is read again in a later pass counts once. */
  add(call: CallState, action: CompiledAction, { line, orderKey }: Place): void {
    const known = this.#calls.get(call.id) ?? { call, action, byLine: new Map() };
    this.#calls.set(call.id, known);
    if (known.byLine.has(line)) return;
    known.byLine.set(line, { line, orderKey });
    this.#rows++;
  }

  /** Looks for results until there is any; throws `CALL_QUEUED` when there is none for long. */
  async look(): Promise<void> {
    const { clock, signal, target } = this.#ports;
    const { everyMs, waitMs } = target.limits.queued;
    for (let waited = 0; !signal.aborted; waited += everyMs) {
      const before = this.#calls.size;
      const ids = [...this.#calls.keys()];
      await Promise.all(ids.map((id) => this.#hooks.inTurn(() => this.#lookAt(id))));
      if (this.#calls.size < before || signal.aborted) return;
      if (waited >= waitMs) throw stillQueued(target.name, this.#rows, this.#calls.size);
      await clock.sleep(everyMs, signal);
    }
  }

  async #lookAt(id: number): Promise<void> {
    const waited = this.#calls.get(id);
    if (!waited) return;
    waited.call = await notedAsQueued(this.#claim, waited.call, this.#ports);
    const fates = await resultOf(this.#claim, waited, this.#ports);
    if (fates === null) return;
    this.#calls.delete(id);
    this.#rows -= waited.byLine.size;
    const settled = new Map(fates.map((fate) => [fate.line, fate.settled]));
    for (const row of waited.byLine.values()) this.#hooks.ended(row, settled.get(row.line) ?? null);
  }
}

function stillQueued(target: string, rows: number, calls: number): TidegateError {
  return new TidegateError('CALL_QUEUED', `${rows} row(s) in ${calls} call(s) have no result yet`, {
    subject: target,
    retry: 'later',
    fix: 'Nothing to do: the next poll looks again, without sending anything twice. `tidegate show` says until when.',
  });
}
