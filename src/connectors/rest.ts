/** The connector of a system that speaks plain JSON over HTTP. What differs from system to system is given: how to log in, and how to judge an answer. */
import type { Pool } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { always, type Permit } from '../base/permit.ts';
import { parseAddress } from './address.ts';
import { createPool, type HttpAnswer, HttpTrouble, send, startDeadline } from './http.ts';
import { explainTrouble, type Failed, type ReadAnswer, type Settled } from './judging.ts';
import type { CallResult, Connector, Method, Operation } from './port.ts';
import { checkRequest, placeFields } from './request.ts';

export interface RestOptions {
  /** https unless on loopback; a path in it stays in front of every operation's. */
  baseUrl: string;
  /** For a request with its answer, in milliseconds. */
  deadlineMs: number;
  connections: number;
  /** Whether a connection takes several calls; see `HttpRequest`. */
  keepAlive: boolean;
  maxAnswerBytes: number;
  clock: Clock;
}

/** What is about to leave, as far as a login may have to sign it. */
export interface Outgoing {
  method: Method;
  /** With the base address's own path and the query. */
  path: string;
  body: string | null;
}

export type Identity = Readonly<Record<string, string>>;

export interface RestSystem<O extends Operation = Operation> {
  name: string;
  operations: ReadonlyMap<string, O>;
  /** The request as it goes out, where that is not as it was asked for; it fits the operation. */
  prepare?(operation: O, request: JsonObject): JsonObject;
  /** Headers that prove who we are, in lower case; asked before every call. */
  identify(operation: O, outgoing: Outgoing): Promise<Identity> | Identity;
  /** The target answered 401 to this identity: whether the next one will be another, so that the call, which had no effect, goes again. */
  renew?(identity: Identity): boolean;
  /** What the body says, where it need not be JSON; `undefined` when it is not what the system speaks. */
  read?(operation: O, answer: HttpAnswer): Json | undefined;
  /** What an answer means for the request that was sent. Must never throw. */
  judge(operation: O, answer: ReadAnswer, now: number, sent: JsonObject): Settled | Failed;
  close?(): Promise<void>;
  /** Operations for `check` alone. */
  probes?: ReadonlyMap<string, O>;
  /** Proves address and credentials, by a read; one line of what was seen. */
  check(call: (operation: string, request: JsonObject) => Promise<CallResult>): Promise<string>;
}

/** Fails with `CONFIG_INVALID` when the address is unusable; no call is made yet. */
export function createRestConnector<O extends Operation>(
  system: RestSystem<O>,
  options: RestOptions,
): Connector {
  const { origin, basePath } = parseAddress(system.name, options.baseUrl);
  const http: Pool = createPool(origin, options.connections, options.deadlineMs / 2);
  let closed: Promise<void> | null = null;

  const call = async (id: string, asked: JsonObject, permit: Permit): Promise<CallResult> => {
    const operation = system.operations.get(id) ?? system.probes?.get(id);
    if (operation === undefined) throw new Error(`${system.name} has no operation ${id}`);
    checkRequest(operation, asked);
    const request = system.prepare?.(operation, asked) ?? asked;
    const placed = placeFields(operation, request);
    const outgoing: Outgoing = {
      method: operation.method,
      path: basePath + placed.path,
      body: placed.body === null ? null : JSON.stringify(placed.body),
    };
    const remaining = startDeadline(options.deadlineMs);
    const attempt = async (): Promise<{ identity: Identity; answer: HttpAnswer }> => {
      const identity = await system.identify(operation, outgoing);
      const headers = { ...headersOf(outgoing), ...placed.headers, ...identity };
      return { identity, answer: await exchange(operation, outgoing, headers, remaining(), permit) };
    };
    const first = await attempt();
    const again = first.answer.status === 401 && system.renew?.(first.identity) === true;
    const { answer } = again ? await attempt() : first;
    const body = system.read ? system.read(operation, answer) : readJson(answer);
    const { status, headers } = answer;
    const verdict = system.judge(operation, { status, headers, body }, options.clock.now(), request);
    if (verdict.kind === 'failed') throw verdict.error;
    return verdict.result;
  };

  const exchange = async (
    operation: Operation,
    outgoing: Outgoing,
    headers: Record<string, string>,
    deadlineMs: number,
    permit: Permit,
  ): Promise<HttpAnswer> => {
    const { keepAlive, maxAnswerBytes } = options;
    try {
      return await send(http, { ...outgoing, headers, deadlineMs, keepAlive, maxAnswerBytes, permit });
    } catch (error) {
      throw error instanceof HttpTrouble ? explainTrouble(operation, error) : error;
    }
  };

  return {
    system: system.name,
    operations: system.operations,
    call: ({ id }, request, permit = always) => call(id, request, permit),
    check: () => system.check((id, request) => call(id, request, always)),
    close() {
      closed ??= http.close().then(() => system.close?.());
      return closed;
    },
  };
}

const headersOf = ({ body }: Outgoing): Record<string, string> => ({
  accept: 'application/json',
  'accept-encoding': 'identity',
  ...(body === null ? {} : { 'content-type': 'application/json' }),
});

/** An answer without a body says `null`; `undefined` when it is not JSON. */
export function readJson({ bytes }: Pick<HttpAnswer, 'bytes'>): Json | undefined {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
