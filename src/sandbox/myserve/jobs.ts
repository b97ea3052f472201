/** Work that is done later, and told about when somebody asks, or calls back. */
import type { JsonObject } from '../../base/json.ts';
import { isLoopback } from '../../base/loopback.ts';
import type { Synchronized } from './synchronize.ts';

interface Job {
  /** The operation that asks for it. */
  statusOperation: string;
  status: 'performing' | 'completed' | 'errored';
  results: JsonObject;
}

export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #delayMs: number | null;
  #last = 0;

  /** @param delayMs until a job is done; `null` for jobs that never end */
  constructor(delayMs: number | null) {
    this.#delayMs = delayMs;
  }

  /** For work that is done already. */
  finished(statusOperation: string, done: Synchronized): number {
    this.#last += 1;
    this.#jobs.set(String(this.#last), { statusOperation, ...outcome(done) });
    return this.#last;
  }

  /** @param callback where the outcome is posted to as well; on this machine only */
  queue(statusOperation: string, work: () => Synchronized, callback: string | null): number {
    this.#last += 1;
    const job: Job = { statusOperation, status: 'performing', results: {} };
    this.#jobs.set(String(this.#last), job);
    this.later(() => {
      Object.assign(job, outcome(work()));
      const { status, results } = job;
      if (callback !== null) tell(callback, { status, results });
    });
    return this.#last;
  }

  later(work: () => void): void {
    if (this.#delayMs === null) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, this.#delayMs);
    this.#timers.add(timer.unref());
  }

  find(statusOperation: string, id: string): JsonObject | null {
    const job = this.#jobs.get(id);
    return job?.statusOperation === statusOperation ? { status: job.status, results: job.results } : null;
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#jobs.clear();
  }
}

const outcome = ({ failed, results }: Synchronized): Pick<Job, 'status' | 'results'> => ({
  status: failed ? 'errored' : 'completed',
  results,
});

function tell(callback: string, body: JsonObject): void {
  const url = URL.parse(callback);
  if (url === null || !isLoopback(url.hostname)) return;
  const headers = { 'content-type': 'application/json' };
  // Nobody waits for it, and the real one is not known to try again.
  fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).then(
    (answer) => answer.body?.cancel(),
    () => undefined,
  );
}
