/** A Servify to rehearse and test with: HTTP on loopback, with the real identification, signature, encryption and token rules. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import {
  failure,
  readBody,
  sendDripping,
  sendJson,
  sendOnceMore,
  sendText,
  sendWithoutEnd,
  statusOf,
} from './answering.ts';
import { ContractStore, type Outcome, type SandboxContract } from './contracts.ts';
import { type Fault, FaultQueue } from './faults.ts';
import { isObject, operationFields, problemsOf } from './fields.ts';
import { open, type SandboxKeys, sandboxKeys, seal, signatureHolds } from './security.ts';

const tokenOperation = 'Auth/generateToken';

export interface ServifySandboxOptions {
  /** Any free one if left out. */
  port?: number;
  clientId: string;
  clientSecret: string;
  /** PEM; answers are encrypted for it. */
  clientPublicKey: string;
  /** PEM; generated if left out. */
  privateKey?: string;
  /** 15 minutes if left out. */
  tokenTtlMs?: number;
  clock?: Clock;
  /** Added to every answer. */
  latencyMs?: number;
  /**
   * For measuring a client without paying for a server: only every n-th request of an operation is decrypted and done; the others get the answer
   * of the last one that was, encrypted once. Their effects are counted under `unread`.
   */
  shortcut?: { decryptEvery: number };
  /** Neither side encrypts. */
  plain?: boolean;
}

export interface ServifySandbox {
  url: string;
  /** PEM; requests are encrypted for it. */
  publicKey: string;
  /** By SoldPlanCode. */
  contracts: ReadonlyMap<string, SandboxContract>;
  /** How often `operation reference` took effect, e.g. `Contract/createContract IND1`. */
  effects: ReadonlyMap<string, number>;
  /** Requests received, by operation. */
  calls: ReadonlyMap<string, number>;
  faults: Pick<FaultQueue, 'next' | 'met'>;
  /** Does it as if a call had come: what is to be there beforehand. It counts as an effect. */
  perform(operation: string, request: JsonObject): Outcome;
  /** Forgets contracts, effects, calls and faults; sessions go on. */
  reset(): void;
  /** Cuts what is still open. */
  close(): Promise<void>;
}

export async function startServify(options: ServifySandboxOptions): Promise<ServifySandbox> {
  const sandbox = new Simulator(options, sandboxKeys(options.privateKey));
  const server = createServer((request, response) => {
    sandbox.handle(request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    publicKey: sandbox.publicKey,
    contracts: sandbox.store.contracts,
    effects: sandbox.store.effects,
    calls: sandbox.calls,
    faults: sandbox.faults,
    perform: (operation, request) => sandbox.store.run(operation, request),
    reset: () => sandbox.reset(),
    close: () => sandbox.close(server),
  };
}

class Simulator {
  readonly store = new ContractStore();
  readonly faults = new FaultQueue();
  readonly calls = new Map<string, number>();
  readonly publicKey: string;
  readonly #options: ServifySandboxOptions;
  readonly #clock: Clock;
  readonly #own: ReturnType<typeof createPrivateKey>;
  readonly #client: ReturnType<typeof createPublicKey>;
  /** Token -> epoch milliseconds of its end. */
  readonly #tokens = new Map<string, number>();
  readonly #prepared = new Map<string, string>();
  readonly #closing = new AbortController();

  constructor(options: ServifySandboxOptions, keys: SandboxKeys) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#own = createPrivateKey(keys.privateKey);
    this.#client = createPublicKey(options.clientPublicKey);
    this.publicKey = keys.publicKey;
  }

  reset(): void {
    this.store.reset();
    this.faults.clear();
    this.calls.clear();
    this.#prepared.clear();
  }

  async close(server: Server): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = (request.url ?? '').slice(1);
    if (!operationFields.has(operation)) return sendText(response, 404, 'not found');
    if (request.method !== 'POST') return sendText(response, 405, 'only POST');
    const body = await readBody(request);
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    const fault = this.faults.take(operation);
    if (this.#misbehaveBefore(fault, response)) return;
    const delay = (this.#options.latencyMs ?? 0) + (fault?.kind === 'late' ? fault.ms : 0);
    if (delay > 0) await wait(delay, undefined, { signal: this.#closing.signal });
    const answer = this.#answer(operation, request, body);
    if (fault !== undefined && (await misbehaveAfter(fault, response, this))) return;
    sendJson(response, answer.status, answer.text);
    if (fault?.kind === 'twice') sendOnceMore(response, fault.ms, answer);
  }

  /** `{"$data": …}`, or plain. */
  wrap(body: Json): string {
    const text = JSON.stringify(body);
    return this.#options.plain === true ? text : JSON.stringify({ $data: seal(this.#client, text) });
  }

  #misbehaveBefore(fault: Fault | undefined, response: ServerResponse): boolean {
    switch (fault?.kind) {
      case 'status':
        if (fault.errorCode === undefined) sendText(response, fault.status, '<html>failed</html>');
        else
          sendJson(
            response,
            fault.status,
            JSON.stringify(failure(fault.errorCode, fault.message ?? 'scripted', fault.status)),
          );
        return true;
      case 'throttle':
        response.setHeader('retry-after', fault.retryAfter);
        sendJson(response, 429, JSON.stringify(failure('API.LIMIT.429', 'scripted')));
        return true;
      case 'drop-before':
        response.destroy();
        return true;
      case 'mute':
        return true;
      case 'redirect':
        response.setHeader('location', fault.location ?? '/elsewhere');
        sendText(response, fault.status ?? 307, '');
        return true;
      case 'expire-token':
        this.#tokens.clear();
        return false;
      default:
        return false;
    }
  }

  #answer(operation: string, request: IncomingMessage, body: string): { status: number; text: string } {
    const refused = this.#refusal(operation, request);
    // Failures of identification are the ones that the reference shows unencrypted.
    if (refused !== null)
      return { status: statusOf(refused), text: JSON.stringify(failure(refused, 'refused')) };
    const every = this.#options.shortcut?.decryptEvery ?? 1;
    const prepared = this.#prepared.get(operation);
    if (prepared !== undefined && (this.calls.get(operation) ?? 0) % every !== 0) {
      this.store.countEffect(operation, 'unread');
      return { status: 200, text: prepared };
    }
    const plain = this.#read(body);
    if (plain === null) {
      const code = 'DECRYPTION.ERROR.401';
      return { status: 401, text: JSON.stringify(failure(code, 'the body cannot be decrypted')) };
    }
    const outcome = this.#run(operation, plain);
    if (!outcome.ok) {
      return {
        status: statusOf(outcome.errorCode),
        text: this.wrap(failure(outcome.errorCode, outcome.message)),
      };
    }
    const text = this.wrap({ status: 200, success: true, message: outcome.message, data: outcome.data });
    if (every > 1 && operation !== tokenOperation) this.#prepared.set(operation, text);
    return { status: 200, text };
  }

  /** The error code of what is wrong with the headers, or `null`. */
  #refusal(operation: string, { headers }: IncomingMessage): string | null {
    if (headers['content-type']?.split(';')[0] !== 'application/json') return 'DATA.BAD_REQUEST.400';
    if (headers['client-id'] !== this.#options.clientId) return 'CLIENT.INVALID.401';
    if (!signatureHolds(headers, this.#options.clientSecret, this.#clock.now())) return 'HMAC.INVALID.401';
    if (operation === tokenOperation) return null;
    const token = headers['client-session-id'];
    const endsAt = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    return endsAt !== undefined && this.#clock.now() < endsAt ? null : 'TOK.EXP.001';
  }

  /** The request in the body; `null` when it is not encrypted for us. */
  #read(body: string): Json {
    try {
      const outer: Json = JSON.parse(body);
      if (this.#options.plain === true) return outer;
      const cipher = isObject(outer) ? outer['$data'] : undefined;
      return typeof cipher === 'string' ? JSON.parse(open(this.#own, cipher)) : null;
    } catch {
      return null;
    }
  }

  #run(operation: string, request: Json): Outcome {
    if (!isObject(request)) return { ok: false, errorCode: 'DATA.BAD_REQUEST.400', message: 'not an object' };
    const problems = problemsOf(operation, request);
    if (problems.length > 0) {
      return { ok: false, errorCode: 'DATA.BAD_REQUEST.400', message: problems.join('; ') };
    }
    return operation === tokenOperation ? this.#issueToken() : this.store.run(operation, request);
  }

  #issueToken(): Outcome {
    const token = randomUUID();
    const endsAt = this.#clock.now() + (this.#options.tokenTtlMs ?? 15 * 60_000);
    this.#tokens.set(token, endsAt);
    return { ok: true, message: 'Success', data: { token, ttl: Math.floor(endsAt / 1000) } };
  }
}

/** Instead of the answer to what was done. */
async function misbehaveAfter(
  fault: Fault,
  response: ServerResponse,
  simulator: Simulator,
): Promise<boolean> {
  switch (fault.kind) {
    case 'drop-after':
      response.destroy();
      return true;
    case 'garbage':
      sendText(response, 200, '<html>done</html>');
      return true;
    case 'wrong-schema':
      sendJson(
        response,
        200,
        simulator.wrap({ status: 200, success: true, message: 'Success', data: { Sold: 1 } }),
      );
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
