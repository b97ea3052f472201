/** OAuth2 client credentials (RFC 6749 4.4): a bearer token, fetched from a token address. */
import { z } from 'zod';
import { TidegateError } from '../../base/errors.ts';
import { always } from '../../base/permit.ts';
import { parseAddress } from '../address.ts';
import { createPool, type HttpAnswer, HttpTrouble, send } from '../http.ts';
import { explainTrouble } from '../judging.ts';
import { readJson } from '../rest.ts';
import { keepToken, type Token } from '../token.ts';
import type { Login, LoginContext } from './port.ts';

export interface OAuthOptions {
  /** https, unless on loopback. */
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** `null` asks for none. */
  scope: string | null;
  /** Whether the client id and secret go as basic authentication or within the form. */
  credentials: 'basic' | 'form';
}

/** A read for our purposes: a token too many does no harm. */
const tokenCall = { id: 'login/token', kind: 'read' } as const;

/** RFC 6749 5.1 lets `expires_in` be left out: then the token is taken to last this long. */
const assumedLifeSeconds = 300;
const maxAnswerBytes = 64 * 1024;

const tokenAnswer = z.looseObject({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().positive().optional(),
});

export function oauthLogin(options: OAuthOptions, { system, deadlineMs, clock }: LoginContext): Login {
  const { origin } = parseAddress(`${system} login.tokenUrl`, options.tokenUrl);
  const http = createPool(origin, 1, deadlineMs / 2);
  // As it stands: unlike a base address, it may rightly end with a slash.
  const request = tokenRequest(options, new URL(options.tokenUrl).pathname);
  const keeper = keepToken(async (askedAt) => {
    try {
      const answer = await send(http, {
        ...request,
        deadlineMs,
        maxAnswerBytes,
        keepAlive: false,
        permit: always,
      });
      return readToken(answer, askedAt);
    } catch (error) {
      throw error instanceof HttpTrouble ? explainTrouble(tokenCall, error) : error;
    }
  }, clock);
  return {
    identify: async () => ({ authorization: `Bearer ${await keeper.token()}` }),
    renew({ authorization = '' }) {
      keeper.expired(authorization.slice('Bearer '.length));
      return true;
    },
    close: () => http.close(),
  };
}

function tokenRequest({ clientId, clientSecret, scope, credentials }: OAuthOptions, path: string) {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== null) form.set('scope', scope);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (credentials === 'form') {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  } else {
    // RFC 6749 2.3.1: each is form-encoded before they are joined.
    const pair = [clientId, clientSecret].map(formEncoded).join(':');
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return { method: 'POST' as const, path, headers, body: form.toString() };
}

const formEncoded = (text: string): string => new URLSearchParams({ t: text }).toString().slice(2);

function readToken(answer: HttpAnswer, askedAt: number): Token {
  const { status } = answer;
  const fit = status === 200 ? tokenAnswer.safeParse(readJson(answer)) : null;
  if (fit?.success) {
    const { access_token, expires_in = assumedLifeSeconds } = fit.data;
    return { value: access_token, endsAt: askedAt + expires_in * 1000 };
  }
  if (status >= 500 || status === 429 || status === 408) {
    throw new TidegateError('CALL_FAILED', `the token address answered ${status}`, {
      subject: tokenCall.id,
      retry: 'later',
    });
  }
  throw new TidegateError('TARGET_REFUSES', `the token address gave no bearer token (status ${status})`, {
    subject: tokenCall.id,
    fix: 'Check tokenUrl, clientId, clientSecret and scope.',
  });
}
