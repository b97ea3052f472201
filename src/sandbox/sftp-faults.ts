/** Misbehaviour on demand: what the next matching request meets instead of an honest answer. */

export type SftpRequest =
  | 'OPEN'
  | 'READ'
  | 'WRITE'
  | 'CLOSE'
  | 'STAT'
  | 'LSTAT'
  | 'FSTAT'
  | 'SETSTAT'
  | 'OPENDIR'
  | 'READDIR'
  | 'REMOVE'
  | 'RENAME'
  | 'EXTENDED'
  | 'MKDIR'
  | 'RMDIR'
  | 'REALPATH';

/** An entry as a lying READDIR gives it. */
export interface ForgedEntry {
  name: string;
  mode: number;
  size: number;
}

/**
 * - `failure`: nothing is done; answered with the status, 4 unless given.
 * - `drop-bytes`: a WRITE is answered with OK, and its bytes are thrown away.
 * - `eof`: a READ or READDIR finds the end.
 * - `drip`: a READ gives one byte.
 * - `entries`: a READDIR gives these.
 * - `size`: a STAT states this size.
 * - `replace`: a RENAME replaces its target.
 * - `mute`: nothing is done and nothing is answered.
 * - `disconnect`: nothing is done and the connection is cut.
 * - `reply-lost`: it is done, and the connection is cut before the answer.
 * - `late`: it is done and answered only after `ms`, whether or not anybody still listens.
 */
export type Fault =
  | { answer: 'failure'; code?: number }
  | { answer: 'drop-bytes' | 'eof' | 'drip' | 'replace' | 'mute' | 'disconnect' | 'reply-lost' }
  | { answer: 'late'; ms: number }
  | { answer: 'entries'; entries: readonly ForgedEntry[] }
  | { answer: 'size'; size: number };

export interface FaultScope {
  /** Matching requests that pass first; 0 unless given. */
  skip?: number;
  /** Matching requests that meet the fault; 1 unless given, `Infinity` for all. */
  times?: number;
  /** Only requests for such a path (the old one for RENAME and EXTENDED). */
  path?: RegExp;
}

interface Planned {
  request: SftpRequest;
  fault: Fault;
  skip: number;
  times: number;
  path: RegExp | null;
}

export class FaultPlan {
  /** How often each kind was met. */
  readonly met = new Map<string, number>();
  readonly #planned: Planned[] = [];
  #refusals = 0;

  next(request: SftpRequest, fault: Fault, scope: FaultScope = {}): void {
    this.#planned.push({
      request,
      fault,
      skip: scope.skip ?? 0,
      times: scope.times ?? 1,
      path: scope.path ?? null,
    });
  }

  /** The next `count` connections are cut as soon as they are made. */
  refuseConnections(count: number): void {
    this.#refusals += count;
  }

  clear(): void {
    this.#planned.length = 0;
    this.#refusals = 0;
  }

  takeRefusal(): boolean {
    if (this.#refusals === 0) return false;
    this.#refusals--;
    this.#count('refused-connection');
    return true;
  }

  take(request: SftpRequest, path: string): Fault | null {
    const index = this.#planned.findIndex(
      (plan) => plan.request === request && (plan.path?.test(path) ?? true),
    );
    const plan = this.#planned[index];
    if (plan === undefined) return null;
    if (plan.skip > 0) {
      plan.skip--;
      return null;
    }
    plan.times--;
    if (plan.times <= 0) this.#planned.splice(index, 1);
    this.#count(plan.fault.answer);
    return plan.fault;
  }

  #count(kind: string): void {
    this.met.set(kind, (this.met.get(kind) ?? 0) + 1);
  }
}
