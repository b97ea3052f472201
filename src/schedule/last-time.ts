import type { Times } from './times.ts';

const MINUTE_MS = 60_000;

/** The last time that lies after `after` and not after `at`; `null` when there is none. */
export function lastTime({ next }: Pick<Times, 'next'>, at: number, after: number): number | null {
  // Looking back further and further, so that no more times are gone through than lie in the second half of the way.
  for (let back = MINUTE_MS; ; back *= 2) {
    const from = Math.max(after, at - back);
    let found = next(from);
    if (found !== null && found <= at) {
      for (let later = next(found); later !== null && later <= at; later = next(later)) found = later;
      return found;
    }
    if (from === after) return null;
  }
}
