/**
 * Asked right before something leaves that cannot be taken back: a call, a rename, a removal. The `TidegateError` that it throws stops it, and nothing has left. A process that
 * was paused learns here that its right to act has ended; checks further away would let through what was only waiting for its turn.
 */
export type Permit = () => void;

/** Where nobody else can be acting. */
export const always: Permit = () => undefined;
