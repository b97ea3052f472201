/** Scripted misbehaviour of a simulated system: what it does instead of a good answer. */

/** The effect of the call is done first by `drop-after`, `late`, `garbage`, `wrong-schema` and `huge`; the others have none. */
export type Fault =
  /** Answers with this HTTP status: as the system says that it failed when an error code is given, as a proxy does without. */
  | { kind: 'status'; status: number; errorCode?: string }
  | { kind: 'throttle'; retryAfter: string }
  /** The connection is cut before anything is done. */
  | { kind: 'drop-before' }
  /** Everything is done, then the connection is cut instead of answering. */
  | { kind: 'drop-after' }
  /** Never answers. */
  | { kind: 'mute' }
  /** Does and answers after this time, whether or not anybody still listens. */
  | { kind: 'late'; ms: number }
  /** Answers 200 with a text that is not JSON. */
  | { kind: 'garbage' }
  /** Answers success without the payload that belongs to it. */
  | { kind: 'wrong-schema' }
  | { kind: 'redirect'; status?: number }
  /** Answers without end. */
  | { kind: 'huge' }
  /** Forgets all session tokens, this call's too. */
  | { kind: 'expire-token' };

export class FaultQueue {
  readonly #queues = new Map<string, Fault[]>();

  /** The next `times` calls of the operation meet this fault, after those that were asked for before. */
  next(operation: string, fault: Fault, times = 1): void {
    const queue = this.#queues.get(operation) ?? [];
    queue.push(...Array.from({ length: times }, () => fault));
    this.#queues.set(operation, queue);
  }

  take(operation: string): Fault | undefined {
    return this.#queues.get(operation)?.shift();
  }

  clear(): void {
    this.#queues.clear();
  }
}
