/** What a server does with files, as far as it was found out by trying it. */
import { z } from 'zod';

export const serverTraits = z.strictObject({
  /** What a plain rename does when the new name is taken. */
  renameOntoExisting: z.enum(['refused', 'replaces']),
  /** A rename that replaces on purpose is offered. Nothing of ours needs it. */
  posixRename: z.boolean(),
  /** A file can be given a second name, which is refused when it is taken. */
  hardlink: z.boolean(),
  /** Two writes within so many milliseconds may show the same time; `null` when the times say nothing. Never stated too small. */
  modifiedAtResolutionMs: z.number().positive().nullable(),
  /** Whether the stated size of a file is the number of its bytes. */
  sizes: z.enum(['exact', 'unreliable']),
  /** How many of us are let in at the same time, at least, counted up to `mostSessions`; `null` when nobody logs in. */
  sessions: z.number().int().positive().nullable(),
});

export type ServerTraits = z.infer<typeof serverTraits>;

/** Enough to tell whether a second process gets in; more would only look like an attack. */
export const mostSessions = 4;

/** As long as nothing was tried: what makes us most careful. Sizes are demanded to fit, because that refuses more than comparing without them. */
export const cautiousTraits: ServerTraits = {
  renameOntoExisting: 'replaces',
  posixRename: false,
  hardlink: false,
  modifiedAtResolutionMs: null,
  sizes: 'exact',
  sessions: null,
};
