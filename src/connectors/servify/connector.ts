import type { Pool } from 'undici';
import { TidegateError } from '../../base/errors.ts';
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { always, type Permit } from '../../base/permit.ts';
import { createPool, type HttpAnswer, HttpTrouble, send, startDeadline } from '../http.ts';
import type { ReadAnswer } from '../judging.ts';
import { explainTrouble } from '../judging.ts';
import type { CallResult, Connector, Operation } from '../port.ts';
import { checkRequest, placeFields } from '../request.ts';
import type { TokenKeeper } from '../token.ts';
import { sign } from './crypto.ts';
import { type CryptoPool, createCryptoPool } from './crypto-pool.ts';
import type { ServifyOperation } from './operation.ts';
import { servifyOperations } from './operations.ts';
import { type Prepared, prepare, type ServifyOptions } from './options.ts';
import { createSession, generateToken } from './session.ts';
import { type Judged, judge, type Verdict } from './verdict.ts';

export type { ServifyOptions } from './options.ts';

/** Servify's operations. Fails with `CONFIG_INVALID` when address or keys are unusable; no call is made yet. */
export function createServifyConnector(options: ServifyOptions): ServifyConnector {
  return new ServifyConnector(options, prepare(options));
}

interface Bounds {
  /** Milliseconds left of the call's deadline. */
  remaining(): number;
  permit: Permit;
}

export class ServifyConnector implements Connector {
  readonly system = 'servify';
  readonly operations: ReadonlyMap<string, ServifyOperation> = servifyOperations;
  readonly #options: ServifyOptions;
  readonly #basePath: string;
  readonly #http: Pool;
  /** `null` when the bodies go plain. */
  readonly #crypto: CryptoPool | null;
  readonly #session: TokenKeeper;
  #closed: Promise<void> | null = null;
  #identity: { second: number; headers: Readonly<Record<string, string>> } | null = null;

  constructor(options: ServifyOptions, prepared: Prepared) {
    this.#options = options;
    this.#basePath = prepared.basePath;
    this.#http = createPool(prepared.origin, options.connections, options.deadlineMs / 2);
    this.#crypto = options.encryption === 'none' ? null : createCryptoPool(prepared, options.cryptoThreads);
    this.#session = createSession(() => this.#fetchToken(), options.clock);
  }

  async call(operation: Operation, request: JsonObject, permit: Permit = always): Promise<CallResult> {
    const own = this.operations.get(operation.id);
    if (own === undefined) throw new Error(`servify has no operation ${operation.id}`);
    checkRequest(own, request);
    const bounds = { remaining: startDeadline(this.#options.deadlineMs), permit };
    const verdict = await this.#attempt(own, request, bounds);
    // Refused before it had an effect, so the one repetition is still the first attempt.
    const final = verdict.kind === 'session-expired' ? await this.#attempt(own, request, bounds) : verdict;
    return settled(own, final);
  }

  async check(): Promise<string> {
    await this.#session.token();
    const endsAt = this.#session.endsAt();
    const until = endsAt === null ? '' : ` until ${new Date(endsAt).toISOString()}`;
    return `session token received${until}, answer ${this.#crypto === null ? 'plain' : 'decrypted'}`;
  }

  /** Lets calls underway end within their deadline; may be called again. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#http.close();
    await this.#crypto?.close();
  }

  async #attempt(operation: ServifyOperation, request: JsonObject, bounds: Bounds): Promise<Verdict> {
    const token = await this.#session.token();
    const { headers, body } = placeFields(operation, request);
    const identified = { ...headers, 'client-session-id': token };
    const answer = await this.#exchange(operation, body ?? {}, identified, bounds);
    const verdict = judge(operation, answer, this.#options.clock.now(), request);
    if (verdict.kind === 'session-expired') this.#session.expired(token);
    return verdict;
  }

  async #fetchToken(): Promise<Json> {
    const bounds = { remaining: startDeadline(this.#options.deadlineMs), permit: always };
    const answer = await this.#exchange(generateToken, {}, {}, bounds);
    if (answer.body === undefined && answer.status === 200) {
      throw new TidegateError('TARGET_REFUSES', 'the answer that brings the session token cannot be read', {
        subject: generateToken.id,
        fix: 'Check that Servify has the public key that belongs to the configured private key.',
      });
    }
    const result = settled(generateToken, judge(generateToken, answer, this.#options.clock.now()));
    if (result.accepted) return result.answer;
    throw new TidegateError(
      'TARGET_REFUSES',
      `no session token was given (${result.code || result.status})`,
      {
        subject: generateToken.id,
        fix: 'Check client id, keys and address.',
      },
    );
  }

  /** One request and its answer, encrypted and decrypted. */
  async #exchange(
    operation: Judged,
    request: JsonObject,
    headers: Record<string, string>,
    bounds: Bounds,
  ): Promise<ReadAnswer> {
    const plain = JSON.stringify(request);
    const body = this.#crypto === null ? plain : await encryptBody(this.#crypto, operation, plain);
    const answer = await this.#post(operation, body, headers, bounds);
    const { status, headers: answered, bytes } = answer;
    return { status, headers: answered, body: await this.#read(bytes.toString('utf8')) };
  }

  async #post(
    operation: Judged,
    body: string,
    headers: Record<string, string>,
    bounds: Bounds,
  ): Promise<HttpAnswer> {
    try {
      return await send(this.#http, {
        method: 'POST',
        path: `${this.#basePath}/${operation.id}`,
        headers: { ...this.#identify(), ...headers },
        body,
        deadlineMs: bounds.remaining(),
        maxAnswerBytes: this.#options.maxAnswerBytes,
        permit: bounds.permit,
      });
    } catch (error) {
      throw error instanceof HttpTrouble ? explainTrouble(operation, error) : error;
    }
  }

  /** The same for all calls of one second, which is as fine as the signed date is. */
  #identify(): Readonly<Record<string, string>> {
    const { clientId, clientSecret, clock, host } = this.#options;
    const second = Math.floor(clock.now() / 1000);
    if (this.#identity?.second === second) return this.#identity.headers;
    const date = new Date(second * 1000).toUTCString();
    const headers = {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'client-id': clientId,
      'x-host': host,
      'x-date': date,
      'hmac-signature': sign(clientSecret, date, host),
    };
    this.#identity = { second, headers };
    return headers;
  }

  /** Failures of identification come as plain JSON, everything else encrypted: both are read. */
  async #read(text: string): Promise<Json | undefined> {
    const outer = parseJson(text);
    if (!isObject(outer) || typeof outer['$data'] !== 'string') return outer;
    // A worker that broke leaves the answer as unreadable as a wrong key does.
    const inner = await this.#crypto?.decrypt(outer['$data']).catch(() => null);
    return typeof inner === 'string' ? parseJson(inner) : undefined;
  }
}

async function encryptBody(crypto: CryptoPool, operation: Judged, plain: string): Promise<string> {
  try {
    return `{"$data":"${await crypto.encrypt(plain)}"}`;
  } catch (cause) {
    throw new TidegateError('CALL_FAILED', 'the request could not be encrypted', {
      subject: operation.id,
      retry: 'later',
      cause,
    });
  }
}

function settled(operation: Judged, verdict: Verdict): CallResult {
  if (verdict.kind === 'settled') return verdict.result;
  if (verdict.kind === 'failed') throw verdict.error;
  throw new TidegateError('CALL_FAILED', 'Servify does not take the session token that it has just given', {
    subject: operation.id,
    retry: 'later',
  });
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
