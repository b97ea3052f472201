/** The usual ways to prove who we are to a system whose documents name none: chosen in the configuration. */
import { TidegateError } from '../../base/errors.ts';
import type { Identity } from '../rest.ts';
import { type HmacOptions, hmacLogin } from './hmac.ts';
import { type OAuthOptions, oauthLogin } from './oauth.ts';
import type { Login, LoginContext } from './port.ts';

export type LoginOptions =
  | { kind: 'none' }
  /** A secret in a header, e.g. `authorization` and `Token 976f…`. */
  | { kind: 'header'; name: string; value: string }
  | { kind: 'basic'; user: string; password: string }
  | ({ kind: 'oauth2' } & OAuthOptions)
  | ({ kind: 'hmac' } & HmacOptions);

/** Fails with `CONFIG_INVALID` when something cannot be sent or read; no call is made yet. */
export function createLogin(options: LoginOptions, context: LoginContext): Login {
  switch (options.kind) {
    case 'none':
      return constant({});
    case 'header': {
      const { name, value } = options;
      return constant({ [name.toLowerCase()]: sendable(context.system, 'value', value) });
    }
    case 'basic': {
      const pair = Buffer.from(`${options.user}:${options.password}`, 'utf8').toString('base64');
      return constant({ authorization: `Basic ${pair}` });
    }
    case 'oauth2':
      return oauthLogin(options, context);
    case 'hmac':
      return hmacLogin(
        { ...options, keyId: sendable(context.system, 'keyId', options.keyId) },
        context.clock,
      );
  }
}

const constant = (identity: Identity): Login => ({
  identify: () => identity,
  renew: () => false,
  close: async () => undefined,
});

function sendable(system: string, key: string, value: string): string {
  if (/^[\x20-\x7e]+$/.test(value) && value.trim() === value) return value;
  throw new TidegateError('CONFIG_INVALID', 'the value cannot be sent in a header', {
    subject: `${system} login.${key}`,
    expected: 'printable ASCII, without blanks or a line break at its ends',
  });
}
