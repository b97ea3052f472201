/** Scripted misbehaviour of a simulated system: what it does instead of a good answer. */

/** The effect of the call is done first by `drop-after`, `late`, `garbage`, `wrong-schema`, `huge` and `drip`; the others have none. */
export type Fault =
  /** Answers with this HTTP status: as the system says that it failed when an error code is given, as a proxy does without. */
  | { kind: 'status'; status: number; errorCode?: string; message?: string }
  | { kind: 'throttle'; retryAfter: string }
  /** The connection is cut before anything is done. */
  | { kind: 'drop-before' }
  /** Everything is done, then the connection is cut instead of answering. */
  | { kind: 'drop-after' }
  /** Never answers. */
  | { kind: 'mute' }
  /** Does and answers after this time, whether or not anybody still listens. */
  | { kind: 'late'; ms: number }
  /** Does and answers, and answers once more on the same connection after this time, as if to the next request. */
  | { kind: 'twice'; ms: number }
  /** Answers 200 with a text that is not JSON. */
  | { kind: 'garbage' }
  /** Answers success without the payload that belongs to it. */
  | { kind: 'wrong-schema' }
  | { kind: 'redirect'; status?: number; location?: string }
  /** Answers without end. */
  | { kind: 'huge' }
  /** Answers without end, one byte at a time at this pace. */
  | { kind: 'drip'; ms: number }
  /** Forgets all session tokens, this call's too. */
  | { kind: 'expire-token' };

export class FaultQueue {
  /** How often each kind was met. */
  readonly met = new Map<string, number>();
  readonly #queues = new Map<string, Fault[]>();

  /** The next `times` calls of the operation meet this fault, after those that were asked for before. */
  next(operation: string, fault: Fault, times = 1): void {
    const queue = this.#queues.get(operation) ?? [];
    queue.push(...Array.from({ length: times }, () => fault));
    this.#queues.set(operation, queue);
  }

  take(operation: string): Fault | undefined {
    const fault = this.#queues.get(operation)?.shift();
    if (fault) this.met.set(fault.kind, (this.met.get(fault.kind) ?? 0) + 1);
    return fault;
  }

  clear(): void {
    this.#queues.clear();
    this.met.clear();
  }
}
