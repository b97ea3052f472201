/** The session token: fetched once for all calls, renewed before it ends. */
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { answerOf, text } from './operation.ts';
import type { Judged } from './verdict.ts';

/** The reference says 15 minutes, and shows a `ttl` of 30 hours: the shorter one counts. */
const maxLifeMs = 15 * 60_000;
/** Renewed this long before it ends, so that no call sets out with a token that ends underway. */
const renewEarlyMs = 60_000;

const tokenData = z.looseObject({ token: text, ttl: z.number() });

/** A read for our purposes: a token too many does no harm. */
export const generateToken: Judged = {
  id: 'Auth/generateToken',
  kind: 'read',
  response: answerOf(tokenData),
};

export interface Session {
  token(): Promise<string>;
  /** Servify said that this token has ended; a newer one that another call has fetched meanwhile stays. */
  expired(token: string): void;
  /** Epoch milliseconds at which the current token ends, if there is one. */
  endsAt(): number | null;
}

interface Token {
  value: string;
  renewAt: number;
  endsAt: number;
}

/** @param fetch one call of `Auth/generateToken`, giving the payload of its answer; may fail as a call does */
export function createSession(fetch: () => Promise<unknown>, clock: Clock): Session {
  let current: Token | null = null;
  let fetching: Promise<Token> | null = null;

  async function renew(): Promise<Token> {
    const issuedAt = clock.now();
    const { token, ttl } = tokenData.parse(await fetch());
    const endsAt = Math.min(ttl * 1000, issuedAt + maxLifeMs);
    const life = endsAt - issuedAt;
    if (life <= 0) {
      throw new TidegateError('TARGET_REFUSES', 'the session token had ended before it was issued', {
        subject: generateToken.id,
        fix: "Compare this machine's clock with the real time.",
      });
    }
    current = { value: token, endsAt, renewAt: endsAt - Math.min(renewEarlyMs, life / 2) };
    return current;
  }

  return {
    async token() {
      if (current !== null && clock.now() < current.renewAt) return current.value;
      fetching ??= renew().finally(() => {
        fetching = null;
      });
      return (await fetching).value;
    },
    expired(token) {
      if (current?.value === token) current = null;
    },
    endsAt: () => current?.endsAt ?? null,
  };
}
