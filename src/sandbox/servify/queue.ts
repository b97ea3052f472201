/** Calls that are only queued: done after a while, and told to the partner's callback. */
import type { JsonObject } from '../../base/json.ts';
import { isLoopback } from '../../base/loopback.ts';
import type { Outcome } from './outcome.ts';

export interface CallbackOptions {
  /** On this machine. */
  url: string;
  /** What was agreed to prove that it is Servify who calls. */
  headers?: Readonly<Record<string, string>>;
}

/** How the next callback goes wrong. */
export const callbackFaults = ['never', 'twice'] as const;
export type CallbackFault = (typeof callbackFaults)[number];

export class Queue {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #faults: CallbackFault[] = [];
  readonly #delayMs: number;
  readonly #callback: CallbackOptions | null;

  constructor(delayMs: number, callback: CallbackOptions | null) {
    if (callback !== null && !isLoopback(URL.parse(callback.url)?.hostname ?? ''))
      throw new Error('a simulator calls back on this machine only');
    this.#delayMs = delayMs;
    this.#callback = callback;
  }

  fail(fault: CallbackFault): void {
    this.#faults.push(fault);
  }

  add(code: string, request: JsonObject, work: () => Outcome): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const body = bodyOf(code, request, work());
      const fault = this.#faults.shift();
      if (fault !== 'never') this.#tell(body);
      if (fault === 'twice') this.#tell(body);
    }, this.#delayMs);
    this.#timers.add(timer.unref());
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#faults.length = 0;
  }

  #tell(body: JsonObject): void {
    if (this.#callback === null) return;
    const { url, headers } = this.#callback;
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    };
    // When and how often it is sent again is for the partner to say; this one tries once.
    fetch(url, init).then(
      (answer) => answer.body?.cancel(),
      () => undefined,
    );
  }
}

/** Of a success as the reference shows it; a failure is not described, and has the fields of any other failure here. */
function bodyOf(requestCode: string, { ExternalReferenceID }: JsonObject, outcome: Outcome): JsonObject {
  const known = { externalReferenceID: ExternalReferenceID ?? '', requestCode };
  if (!outcome.ok)
    return { ...known, success: false, errorCode: outcome.errorCode, message: outcome.message };
  const { data } = outcome;
  const sold =
    data !== null && typeof data === 'object' && 'SoldPlanCode' in data ? data['SoldPlanCode'] : undefined;
  return sold === undefined ? { ...known, success: true } : { ...known, soldPlanCode: sold };
}
