export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  attempts: number;
  firstMs: number;
  mostMs: number;
}

/**
 * How long to wait after the n-th failed attempt (from 1): doubling from `firstMs` up to `mostMs`, of which a random half is taken off so that
 * callers do not come back in step. What the other side asked for is never undercut.
 */
export function backoffMs(
  failures: number,
  policy: RetryPolicy,
  askedMs: number | undefined,
  random: () => number,
): number {
  const full = Math.min(policy.mostMs, policy.firstMs * 2 ** (failures - 1));
  return Math.max(askedMs ?? 0, Math.round(full / 2 + (full / 2) * random()));
}
