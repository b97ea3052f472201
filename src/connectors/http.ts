/** One request, once: no retry, no redirect, one deadline over everything, a cap on the answer, and certainty whether anything was sent. */
import { performance } from 'node:perf_hooks';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { Permit } from '../base/permit.ts';
import type { Method } from './port.ts';

export interface HttpRequest {
  method: Method;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** From now until the last byte of the answer, in milliseconds; waiting for a connection counts. */
  deadlineMs: number;
  maxAnswerBytes: number;
  /**
   * Whether the connection may be used again. An answer that then comes a second time is taken for that of the next request: HTTP has nothing to tell
   * them apart.
   */
  keepAlive: boolean;
  /** What it throws is what `send` rejects with. */
  permit: Permit;
}

export interface HttpAnswer {
  status: number;
  headers: HttpHeaders;
  bytes: Buffer;
}

/** Lower-case names. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** - `unreachable`: no connection. - `deadline`: stopped by us. - `too-large`: above the cap. - `cut`: the connection broke. */
export type HttpFailure = 'unreachable' | 'deadline' | 'too-large' | 'cut';

/** No answer. `sent` is false only when surely not a byte of the request left. */
export class HttpTrouble extends Error {
  override readonly name = 'HttpTrouble';
  readonly failure: HttpFailure;
  readonly sent: boolean;

  constructor(failure: HttpFailure, sent: boolean, cause?: unknown) {
    super(`${failure}${sent ? ', after sending' : ', nothing sent'}`, { cause });
    this.failure = failure;
    this.sent = sent;
  }
}

/**
 * Connections to one origin. HTTP/1.1 without pipelining: undici sends a request again by itself when an HTTP/2 session or a
 * pipeline breaks, and its own timeouts are off because the deadline covers them.
 * @param connectTimeoutMs shorter than the deadline of the calls, so that a target out of reach is told from a slow one
 */
export function createPool(origin: string, connections: number, connectTimeoutMs: number): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: buildConnector({ timeout: connectTimeoutMs, allowH2: false }),
  });
}

/** Rejects with `HttpTrouble`, or with what the permit throws. */
export function send(pool: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  // Without this, a free connection would send the request before a timer of no time fires.
  if (request.deadlineMs <= 0) return Promise.reject(new HttpTrouble('deadline', false));
  return new Promise((resolve, reject) => {
    const call = new Call(request, resolve, reject);
    const { path, method, headers, body, keepAlive } = request;
    pool.dispatch({ path, method, headers, body, reset: !keepAlive }, call);
  });
}

class Call implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #permit: Permit;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (trouble: unknown) => void;
  readonly #release: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #stopped: HttpFailure | null = null;
  #status = 0;
  #headers: HttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    request: HttpRequest,
    resolve: (answer: HttpAnswer) => void,
    reject: (trouble: unknown) => void,
  ) {
    this.#maxBytes = request.maxAnswerBytes;
    this.#permit = request.permit;
    this.#resolve = resolve;
    this.#reject = reject;
    const timer = setTimeout(() => this.#stop('deadline'), request.deadlineMs);
    this.#release = () => clearTimeout(timer);
  }

  /** undici calls this right before it writes the first byte: until then nothing was sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#stopped !== null) {
      controller.abort(new Error(this.#stopped));
      return;
    }
    if (this.#controller !== null) throw new Error('a request is sent once');
    try {
      this.#permit();
    } catch (refusal) {
      this.#refuse(refusal, controller);
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: HttpHeaders,
  ): void {
    this.#status = statusCode;
    this.#headers = headers;
    this.#chunks = [];
    this.#bytes = 0;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#stop('too-large');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#release();
    this.#resolve({ status: this.#status, headers: this.#headers, bytes: Buffer.concat(this.#chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    const sent = this.#controller !== null;
    this.#reject(new HttpTrouble(this.#stopped ?? (sent ? 'cut' : 'unreachable'), sent, error));
  }

  #refuse(refusal: unknown, controller: Dispatcher.DispatchController): void {
    this.#release();
    this.#reject(refusal);
    controller.abort(new Error('not permitted'));
  }

  /** A call that still waits for a connection is given up at once; `onRequestStart` then keeps it from being sent. */
  #stop(failure: HttpFailure): void {
    if (this.#stopped !== null) return;
    this.#stopped = failure;
    if (this.#controller !== null) {
      this.#controller.abort(new Error(failure));
      return;
    }
    this.#release();
    this.#reject(new HttpTrouble(failure, false));
  }
}

/** The `Retry-After` header, seconds or a date, as milliseconds from `now`; `undefined` when absent or not understood. */
export function retryAfterMs(headers: HttpHeaders, now: number): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Counts a deadline down over several steps. */
export function startDeadline(ms: number): () => number {
  const end = performance.now() + ms;
  return () => Math.max(0, end - performance.now());
}
