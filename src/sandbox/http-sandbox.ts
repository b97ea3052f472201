/** What all simulated systems share: HTTP on loopback, calls that are counted, misbehaviour on demand. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { page, readBody, sendAnswer, sendDripping, sendOnceMore, sendWithoutEnd } from './answering.ts';
import { answerControl, controlPath } from './control.ts';
import { type Fault, FaultQueue } from './faults.ts';
import { Journal } from './journal.ts';
import type { SimulatedSystem } from './simulated-system.ts';
import { Tally } from './tally.ts';

export interface HttpSandboxOptions {
  /** Any free one if left out. */
  port?: number;
  /** Added to every answer. */
  latencyMs?: number;
}

export interface HttpSandbox {
  url: string;
  /** Requests received, by operation. */
  calls: ReadonlyMap<string, number>;
  faults: Pick<FaultQueue, 'next' | 'met' | 'clear'>;
  /** Forgets what was done, the calls and the faults; sessions go on. */
  reset(): void;
  /** Cuts what is still open. */
  close(): Promise<void>;
}

export async function startHttpSandbox(
  system: SimulatedSystem,
  { port = 0, latencyMs = 0 }: HttpSandboxOptions,
): Promise<HttpSandbox> {
  const desk = new Desk(system, latencyMs);
  const server = createServer((request, response) => {
    desk.serve(request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls: desk.calls.counts,
    faults: desk.faults,
    reset: () => desk.reset(),
    async close() {
      if (desk.closing.signal.aborted) return;
      desk.closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

class Desk {
  readonly faults = new FaultQueue();
  readonly calls = new Tally();
  readonly closing = new AbortController();
  readonly #journal = new Journal();
  readonly #system: SimulatedSystem;
  readonly #latencyMs: number;

  constructor(system: SimulatedSystem, latencyMs: number) {
    this.#system = system;
    this.#latencyMs = latencyMs;
  }

  reset(): void {
    this.#system.reset();
    this.faults.clear();
    this.calls.clear();
    this.#journal.clear();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', 'http://sandbox');
    if (url.pathname === controlPath || url.pathname.startsWith(`${controlPath}/`)) {
      const { faults, calls } = this;
      const desk = { system: this.#system, faults, calls, journal: this.#journal, reset: () => this.reset() };
      return sendAnswer(response, answerControl(desk, method, url.pathname, await readBody(request)));
    }
    const route = this.#system.route(method, url.pathname);
    if (typeof route === 'number') return sendAnswer(response, page(route, 'no such call'));
    const body = await readBody(request);
    const { operation } = route;
    const nth = this.calls.add(operation);
    this.#journal.note({ operation, method, url: url.pathname + url.search, body }, response);
    const fault = this.faults.take(operation);
    if (this.#misbehaveBefore(fault, response)) return;
    const delay = this.#latencyMs + (fault?.kind === 'late' ? fault.ms : 0);
    if (delay > 0) await wait(delay, undefined, { signal: this.closing.signal });
    const asked = {
      ...route,
      method,
      url: url.pathname + url.search,
      query: url.searchParams,
      headers,
      body,
      nth,
    };
    const answer = this.#system.answer(asked);
    if (fault !== undefined && (await this.#misbehaveAfter(fault, response))) return;
    sendAnswer(response, answer);
    if (fault?.kind === 'twice') sendOnceMore(response, fault.ms, answer);
  }

  #misbehaveBefore(fault: Fault | undefined, response: ServerResponse): boolean {
    switch (fault?.kind) {
      case 'status': {
        const { status, errorCode, message } = fault;
        const answer =
          errorCode === undefined
            ? page(status, '<html>failed</html>')
            : this.#system.failure(status, errorCode, message);
        sendAnswer(response, answer);
        return true;
      }
      case 'throttle':
        response.setHeader('retry-after', fault.retryAfter);
        sendAnswer(response, this.#system.failure(429));
        return true;
      case 'drop-before':
        response.destroy();
        return true;
      case 'mute':
        return true;
      case 'redirect':
        response.setHeader('location', fault.location ?? '/elsewhere');
        sendAnswer(response, page(fault.status ?? 307, ''));
        return true;
      case 'expire-token':
        this.#system.expireTokens?.();
        return false;
      default:
        return false;
    }
  }

  /** Instead of the answer to what was done. */
  async #misbehaveAfter(fault: Fault, response: ServerResponse): Promise<boolean> {
    switch (fault.kind) {
      case 'drop-after':
        response.destroy();
        return true;
      case 'garbage':
        sendAnswer(response, page(200, '<html>done</html>'));
        return true;
      case 'wrong-schema':
        sendAnswer(response, this.#system.wrongSchema());
        return true;
      case 'drip':
        sendDripping(response, fault.ms);
        return true;
      case 'huge':
        await sendWithoutEnd(response);
        return true;
      default:
        return false;
    }
  }
}
