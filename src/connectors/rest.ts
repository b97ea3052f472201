/** The connector of a system that speaks plain JSON over HTTP. What differs from system to system is given: how to log in, and how to judge an answer. */
import type { Pool } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { always, type Permit } from '../base/permit.ts';
import { parseAddress } from './address.ts';
import { createPool, type HttpAnswer, HttpTrouble, send } from './http.ts';
import { explainTrouble, type Failed, type ReadAnswer, type Settled } from './judging.ts';
import type { CallResult, Connector, Operation } from './port.ts';
import { checkRequest, placeFields } from './request.ts';

export interface RestOptions {
  /** https unless on loopback; a path in it stays in front of every operation's. */
  baseUrl: string;
  /** For a request with its answer, in milliseconds. */
  deadlineMs: number;
  connections: number;
  maxAnswerBytes: number;
  clock: Clock;
}

export interface RestSystem<O extends Operation = Operation> {
  name: string;
  operations: ReadonlyMap<string, O>;
  /** Headers that prove who we are; asked before every call. */
  identify(operation: O): Promise<Record<string, string>> | Record<string, string>;
  /** What an answer means. Must never throw. */
  judge(operation: O, answer: ReadAnswer, now: number): Settled | Failed;
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

  const call = async (id: string, request: JsonObject, permit: Permit): Promise<CallResult> => {
    const operation = system.operations.get(id);
    if (operation === undefined) throw new Error(`${system.name} has no operation ${id}`);
    checkRequest(operation, request);
    const placed = placeFields(operation, request);
    const identity = await system.identify(operation);
    const body = placed.body === null ? null : JSON.stringify(placed.body);
    const answer = await exchange(operation, {
      method: operation.method,
      path: basePath + placed.path,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...placed.headers,
        ...identity,
      },
      body,
      deadlineMs: options.deadlineMs,
      maxAnswerBytes: options.maxAnswerBytes,
      permit,
    });
    const verdict = system.judge(operation, { ...answer, body: parse(answer.text) }, options.clock.now());
    if (verdict.kind === 'failed') throw verdict.error;
    return verdict.result;
  };

  const exchange = async (operation: Operation, request: Parameters<typeof send>[1]): Promise<HttpAnswer> => {
    try {
      return await send(http, request);
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
      closed ??= http.close();
      return closed;
    },
  };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
