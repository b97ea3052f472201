/** A Servify to rehearse and test with: the real identification, signature, encryption and token rules. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type Clock, systemClock } from '../../base/clock.ts';
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { type Answer, json } from '../answering.ts';
import { type HttpSandbox, type HttpSandboxOptions, startHttpSandbox } from '../http-sandbox.ts';
import { lever } from '../lever.ts';
import type { Asked, SimulatedSystem } from '../simulated-system.ts';
import { ClaimStore, type SandboxClaim } from './claims.ts';
import { ContractStore, type SandboxContract } from './contracts.ts';
import { Counters } from './counters.ts';
import { operationFields, problemsOf } from './fields.ts';
import { badRequest, success as done, type Outcome, type Run } from './outcome.ts';
import { type CallbackFault, type CallbackOptions, callbackFaults, Queue } from './queue.ts';
import { open, type SandboxKeys, sandboxKeys, seal, signatureHolds } from './security.ts';

const tokenOperation = 'Auth/generateToken';
const queued = 'Async/';
const queuedOperations = new Set(
  ['createContract', 'renewContract', 'createTransaction'].map((name) => `${queued}Contract/${name}`),
);

export interface ServifySandboxOptions extends HttpSandboxOptions {
  clientId: string;
  clientSecret: string;
  /** PEM; answers are encrypted for it. */
  clientPublicKey: string;
  /** PEM; generated if left out. */
  privateKey?: string;
  /** 15 minutes if left out. */
  tokenTtlMs?: number;
  clock?: Clock;
  /**
   * For measuring a client without paying for a server: only every n-th request of an operation is decrypted and done; the others get the answer
   * of the last one that was, encrypted once. Their effects are counted under `unread`.
   */
  shortcut?: { decryptEvery: number };
  /** Neither side encrypts. */
  plain?: boolean;
  /** Until a queued call is done; 50 ms if left out. */
  queueMs?: number;
  /** Where the results of queued calls are told; nowhere if left out. */
  callback?: CallbackOptions;
}

export interface ServifySandbox extends HttpSandbox {
  /** PEM; requests are encrypted for it. */
  publicKey: string;
  /** By SoldPlanCode. */
  contracts: ReadonlyMap<string, SandboxContract>;
  /** By ReferenceID. */
  claims: ReadonlyMap<string, SandboxClaim>;
  /** How often `operation reference` took effect, e.g. `Contract/createContract IND1`. */
  effects: ReadonlyMap<string, number>;
  /** Does it as if a call had come: what is to be there beforehand. It counts as an effect. */
  perform(operation: string, request: JsonObject): Outcome;
  /** The next result that is told meets this fault, after those that were asked for before. */
  failCallback(fault: CallbackFault): void;
}

export async function startServify(options: ServifySandboxOptions): Promise<ServifySandbox> {
  const system = new Simulator(options, sandboxKeys(options.privateKey));
  const { contracts } = system.store;
  const sandbox = await startHttpSandbox(system, options);
  return {
    ...sandbox,
    publicKey: system.publicKey,
    contracts,
    claims: system.claims.claims,
    effects: system.effects.counts,
    perform: (operation, request) => system.perform(operation, request),
    failCallback: (fault) => system.queue.fail(fault),
    async close() {
      system.queue.clear();
      await sandbox.close();
    },
  };
}

class Simulator implements SimulatedSystem {
  readonly store = new ContractStore();
  readonly effects = this.store.effects;
  readonly operations = [...operationFields.keys(), ...queuedOperations];
  readonly claims = new ClaimStore(this.store.effects, () => this.#clock.now());
  readonly counters = new Counters(this.store.effects);
  readonly queue: Queue;
  readonly publicKey: string;
  readonly #options: ServifySandboxOptions;
  readonly #clock: Clock;
  readonly #own: ReturnType<typeof createPrivateKey>;
  readonly #client: ReturnType<typeof createPublicKey>;
  /** Token -> epoch milliseconds of its end. */
  readonly #tokens = new Map<string, number>();
  readonly #prepared = new Map<string, string>();
  readonly #runs: Readonly<Record<string, Run>> = {
    ...this.store.operations,
    ...this.claims.operations,
    ...this.counters.operations,
  };

  constructor(options: ServifySandboxOptions, keys: SandboxKeys) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#own = createPrivateKey(keys.privateKey);
    this.#client = createPublicKey(options.clientPublicKey);
    this.publicKey = keys.publicKey;
    this.queue = new Queue(options.queueMs ?? 50, options.callback ?? null);
  }

  readonly levers = {
    /** What is to be there beforehand. */
    perform: lever(
      z.strictObject({ operation: z.enum(Object.keys(this.#runs)), request: z.record(z.string(), z.json()) }),
      ({ operation, request }) => this.perform(operation, request),
    ),
    callbacks: lever(z.strictObject({ fault: z.enum(callbackFaults) }), ({ fault }) => {
      this.queue.fail(fault);
      return { next: fault };
    }),
  };

  route(method: string, path: string): Pick<Asked, 'operation' | 'path'> | number {
    const operation = path.slice(1);
    const known = operationFields.has(operation) || queuedOperations.has(operation);
    if (!known) return 404;
    return method === 'POST' ? { operation, path: {} } : 405;
  }

  answer({ operation, headers, body, nth }: Asked): Answer {
    const refused = this.#refusal(operation, headers);
    // Failures of identification are the ones that the reference shows unencrypted.
    if (refused !== null) return json(statusOf(refused), failure(refused, 'refused'));
    const every = this.#options.shortcut?.decryptEvery ?? 1;
    const prepared = this.#prepared.get(operation);
    if (prepared !== undefined && nth % every !== 0) {
      this.store.countEffect(operation, 'unread');
      return { status: 200, body: prepared };
    }
    const plain = this.#read(body);
    if (plain === null) return json(401, failure('DECRYPTION.ERROR.401', 'the body cannot be decrypted'));
    const code = headers['request-code'];
    const outcome = operation.startsWith(queued)
      ? this.#queue(operation.slice(queued.length), plain, code)
      : this.#run(operation, plain);
    if (!outcome.ok) {
      const { errorCode, message, status = statusOf(errorCode) } = outcome;
      return { status, body: this.#wrap(failure(errorCode, message, status)) };
    }
    const text = this.#wrap(success(outcome.message, outcome.data));
    if (every > 1 && operation !== tokenOperation) this.#prepared.set(operation, text);
    return { status: 200, body: text };
  }

  failure(status: number, code = 'API.LIMIT.429', message = 'scripted'): Answer {
    return json(status, failure(code, message, status));
  }

  wrongSchema(): Answer {
    return { status: 200, body: this.#wrap(success('Success', { Sold: 1 })) };
  }

  expireTokens(): void {
    this.#tokens.clear();
  }

  state(): unknown {
    return {
      contracts: [...this.store.contracts.values()],
      claims: [...this.claims.claims.values()],
      vouchers: [...this.counters.vouchers],
    };
  }

  reveal(body: string): unknown {
    return this.#read(body) ?? undefined;
  }

  reset(): void {
    this.store.reset();
    this.claims.clear();
    this.counters.clear();
    this.queue.clear();
    this.#prepared.clear();
  }

  perform(operation: string, request: JsonObject): Outcome {
    const run = this.#runs[operation];
    if (run) return run(request);
    throw new Error(`Servify has no operation ${operation}`);
  }

  /** `{"$data": …}`, or plain. */
  #wrap(body: Json): string {
    const text = JSON.stringify(body);
    return this.#options.plain === true ? text : JSON.stringify({ $data: seal(this.#client, text) });
  }

  /** The error code of what is wrong with the headers, or `null`. */
  #refusal(operation: string, headers: IncomingHttpHeaders): string | null {
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
    if (!isObject(request)) return badRequest('not an object');
    const problems = problemsOf(operation, request);
    if (problems.length > 0) return badRequest(problems.join('; '));
    if (operation === tokenOperation) return this.#issueToken();
    return this.#runs[operation]?.(request) ?? badRequest(`${operation} is not an operation`);
  }

  /** Basic checks come first; all else is found out when its turn has come. */
  #queue(operation: string, request: Json, code: string | string[] | undefined): Outcome {
    if (!isObject(request)) return badRequest('not an object');
    if (typeof code !== 'string' || code === '') return badRequest('the request-code is missing');
    const problems = problemsOf(operation, request);
    if (problems.length > 0) return badRequest(problems.join('; '));
    this.queue.add(code, request, () => this.#run(operation, request));
    return done({ requestCode: code }, 'Data successfully sent to the queue');
  }

  #issueToken(): Outcome {
    const token = randomUUID();
    const endsAt = this.#clock.now() + (this.#options.tokenTtlMs ?? 15 * 60_000);
    this.#tokens.set(token, endsAt);
    return done({ token, ttl: Math.floor(endsAt / 1000) });
  }
}

const success = (message: string, data: Json): JsonObject => ({ status: 200, success: true, message, data });

function failure(errorCode: string, message: string, status = statusOf(errorCode)): JsonObject {
  return { status, success: false, message, data: {}, errorCode, ticketNumber: randomUUID() };
}

/** Most codes end in their HTTP status; TOK.EXP.001 is a 401 and SM.WTR.001 a 500. */
function statusOf(errorCode: string): number {
  if (errorCode === 'TOK.EXP.001') return 401;
  const end = Number(errorCode.split('.').at(-1));
  return end >= 400 && end < 600 ? end : 500;
}
