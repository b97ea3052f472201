/** A token that proves who we are: fetched once for all calls, renewed before it ends. */
import type { Clock } from '../base/clock.ts';

/** Renewed this long before it ends, so that no call sets out with a token that ends underway. */
const renewEarlyMs = 60_000;

export interface Token {
  value: string;
  /** Epoch milliseconds. */
  endsAt: number;
}

export interface TokenKeeper {
  token(): Promise<string>;
  /** The other side said that this token has ended; a newer one that another call has fetched meanwhile stays. */
  expired(token: string): void;
  /** Epoch milliseconds at which the current token ends, if there is one. */
  endsAt(): number | null;
}

/** @param fetch may fail as a call does; it is told when it was asked */
export function keepToken(fetch: (askedAt: number) => Promise<Token>, clock: Clock): TokenKeeper {
  let current: (Token & { renewAt: number }) | null = null;
  let fetching: Promise<Token> | null = null;

  async function renew(): Promise<Token> {
    const askedAt = clock.now();
    const token = await fetch(askedAt);
    const life = token.endsAt - askedAt;
    current = { ...token, renewAt: token.endsAt - Math.min(renewEarlyMs, life / 2) };
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
