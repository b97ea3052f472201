/** The server's side of the usual logins, written apart from the connectors' so that the two check each other. */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Answer, json } from './answering.ts';
import type { Asked } from './simulated-system.ts';

export type SandboxLogin =
  | { kind: 'none' }
  | { kind: 'header'; name: string; value: string }
  | { kind: 'basic'; user: string; password: string }
  | { kind: 'oauth2'; clientId: string; clientSecret: string; ttlSeconds?: number }
  /** Signs method, path with query, date and the hash of the body, a line each, in hex; headers `x-key`, `x-date` and `x-signature`. */
  | { kind: 'hmac'; keyId: string; secret: string };

/** Where the tokens of `oauth2` are given out. */
export const tokenPath = '/oauth/token';
export const tokenOperation = 'login/token';

const dateWindowMs = 5 * 60_000;

type Arrived = Pick<Asked, 'method' | 'url' | 'headers' | 'body'>;

export class Doorman {
  readonly #login: SandboxLogin;
  readonly #clock: Clock;
  /** Token -> epoch milliseconds of its end. */
  readonly #tokens = new Map<string, number>();

  constructor(login: SandboxLogin, clock: Clock = systemClock) {
    this.#login = login;
    this.#clock = clock;
  }

  admits(asked: Arrived): boolean {
    const login = this.#login;
    const { authorization = '' } = asked.headers;
    switch (login.kind) {
      case 'none':
        return true;
      case 'header':
        return asked.headers[login.name.toLowerCase()] === login.value;
      case 'basic':
        return authorization === basic(login.user, login.password);
      case 'oauth2':
        return (this.#tokens.get(authorization.replace(/^Bearer /, '')) ?? 0) > this.#clock.now();
      case 'hmac':
        return this.#signed(login, asked);
    }
  }

  /** Answers at `tokenPath`, as RFC 6749 says. */
  issue({ headers, body }: Arrived): Answer {
    const login = this.#login;
    if (login.kind !== 'oauth2') return json(400, { error: 'unsupported_grant_type' });
    const form = new URLSearchParams(body);
    if (form.get('grant_type') !== 'client_credentials')
      return json(400, { error: 'unsupported_grant_type' });
    const within =
      form.get('client_id') === login.clientId && form.get('client_secret') === login.clientSecret;
    if (!within && headers.authorization !== basic(encoded(login.clientId), encoded(login.clientSecret)))
      return json(401, { error: 'invalid_client' });
    const token = randomUUID();
    const seconds = login.ttlSeconds ?? 3600;
    this.#tokens.set(token, this.#clock.now() + seconds * 1000);
    return json(200, { access_token: token, token_type: 'Bearer', expires_in: seconds });
  }

  expire(): void {
    this.#tokens.clear();
  }

  #signed(
    { keyId, secret }: { keyId: string; secret: string },
    { method, url, headers, body }: Arrived,
  ): boolean {
    const date = String(headers['x-date'] ?? '');
    const time = Date.parse(date);
    if (headers['x-key'] !== keyId || !(Math.abs(this.#clock.now() - time) <= dateWindowMs)) return false;
    const hash = createHash('sha256').update(body).digest('hex');
    const right = createHmac('sha256', secret).update([method, url, date, hash].join('\n')).digest();
    const given = Buffer.from(String(headers['x-signature'] ?? ''), 'hex');
    return given.length === right.length && timingSafeEqual(given, right);
  }
}

/** RFC 6749 2.3.1. */
const encoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
