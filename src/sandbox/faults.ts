/** Scripted misbehaviour of a simulated system: what it does instead of a good answer. */
import { z } from 'zod';

const count = z.int().nonnegative();
const kind = <K extends string, F extends z.core.$ZodLooseShape>(name: K, fields: F) =>
  z.strictObject({ kind: z.literal(name), ...fields });

/** The effect of the call is done first by `drop-after`, `late`, `twice`, `garbage`, `wrong-schema`, `huge` and `drip`; the others have none. */
export const fault = z.discriminatedUnion('kind', [
  /** Answers with this HTTP status: as the system says that it failed when an error code is given, as a proxy does without. */
  kind('status', {
    status: z.int().min(200).max(599),
    errorCode: z.string().optional(),
    message: z.string().optional(),
  }),
  kind('throttle', { retryAfter: z.string() }),
  /** The connection is cut before anything is done. */
  kind('drop-before', {}),
  /** Everything is done, then the connection is cut instead of answering. */
  kind('drop-after', {}),
  /** Never answers. */
  kind('mute', {}),
  /** Does and answers after this time, whether or not anybody still listens. */
  kind('late', { ms: count }),
  /** Does and answers, and answers once more on the same connection after this time, as if to the next request. */
  kind('twice', { ms: count }),
  /** Answers 200 with a text that is not JSON. */
  kind('garbage', {}),
  /** Answers success without the payload that belongs to it. */
  kind('wrong-schema', {}),
  kind('redirect', { status: z.int().min(300).max(399).optional(), location: z.string().optional() }),
  /** Answers without end. */
  kind('huge', {}),
  /** Answers without end, one byte at a time at this pace. */
  kind('drip', { ms: count }),
  /** Forgets all session tokens, this call's too. */
  kind('expire-token', {}),
]);

export type Fault = z.output<typeof fault>;

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

  /** By operation, the next one first. */
  waiting(): Record<string, readonly Fault[]> {
    return Object.fromEntries([...this.#queues].filter(([, queue]) => queue.length > 0));
  }

  clear(): void {
    this.#queues.clear();
    this.met.clear();
  }
}
