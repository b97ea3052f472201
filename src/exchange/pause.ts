/** What a person has paused: nothing new begins, and what is under way ends. */
import type { Ledger, Pausable, Pause } from '../ledger/port.ts';

/** What something belongs to: a feed and its partner, say. */
export type Named = Readonly<Partial<Record<Pausable, string>>>;

/** The pause that covers it; of several the one that ends last. Pure. */
export function covering(pauses: readonly Pause[], named: Named): Pause | null {
  const covers = pauses.filter(({ what, name }) => named[what] === name);
  const [longest = null] = covers.toSorted((one, other) => endOf(other) - endOf(one));
  return longest;
}

const endOf = ({ until }: Pause): number => until ?? Number.POSITIVE_INFINITY;

/** Asked whenever something is about to begin, so that a word of a person counts at once. */
export async function pauseOf(
  named: Named,
  ledger: Pick<Ledger, 'pauses'>,
  now: number,
): Promise<Pause | null> {
  return covering(await ledger.pauses(now), named);
}
