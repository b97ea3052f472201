import type { z } from 'zod';

/** Something that can be asked of one system only: what the body must be, and what is then done. */
export interface Lever {
  body: z.ZodType;
  /** Gives what it has made of it, as JSON can write it; `undefined` when there is nothing of that name. */
  pull(body: unknown): unknown;
}

export const lever = <T>(body: z.ZodType<T>, pull: (asked: T) => unknown): Lever => ({
  body,
  pull: (given) => pull(body.parse(given)),
});
