/** The session token. */
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { text } from '../fields.ts';
import { keepToken, type TokenKeeper } from '../token.ts';
import { answerOf, servifyCall } from './operation.ts';

/** The reference says 15 minutes, and shows a `ttl` of 30 hours: the shorter one counts. */
const maxLifeMs = 15 * 60_000;

const tokenData = z.looseObject({ token: text, ttl: z.number() });

/** A read for our purposes: a token too many does no harm. No mapping may ask for it: sessions are the transport's own. */
export const generateToken = servifyCall({
  id: 'Auth/generateToken',
  kind: 'read',
  purpose: 'Get the session token that every other call goes out with',
  request: z.strictObject({}),
  response: answerOf(tokenData),
  repeat: { mode: 'safe' },
  reference: () => null,
});

/** @param fetch one call of `Auth/generateToken`, giving the payload of its answer; may fail as a call does */
export function createSession(fetch: () => Promise<unknown>, clock: Clock): TokenKeeper {
  return keepToken(async (askedAt) => {
    const { token, ttl } = tokenData.parse(await fetch());
    const endsAt = Math.min(ttl * 1000, askedAt + maxLifeMs);
    if (endsAt > askedAt) return { value: token, endsAt };
    throw new TidegateError('TARGET_REFUSES', 'the session token had ended before it was issued', {
      subject: generateToken.id,
      fix: "Compare this machine's clock with the real time.",
    });
  }, clock);
}
